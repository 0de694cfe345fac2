/**
 * The gate of a label that gives answers to a version: what the quality log has of it against what answers now. Once for all processes, from what is
 * stored, so that they can't differ; what each finds by itself when it loads the version is its trial (probation).
 *
 * 1. A refusal is 422 with the figures, stands in the model's events, and leaves the label as it was. `force` passes without looking.
 * 2. The windows of both sides are disjoint, and none is of a lineage before the one its version belongs to.
 */
import { judgeVersion } from '@freshet/shared/domain/quality/judge-version';
import { problem } from '@freshet/shared/http/problem';
import type { ModelEvents } from '@freshet/shared/ports/model-events';
import type { LabelName, ModelLabels } from '@freshet/shared/ports/model-labels';
import type { QualityLog } from '@freshet/shared/ports/quality-log';

export interface LabelGateParts {
  readonly labels: Pick<ModelLabels, 'list'>;
  readonly quality: Pick<QualityLog, 'between'>;
  readonly modelEvents: Pick<ModelEvents, 'add'>;
}

/** An hour of them at ten seconds each, on either side. */
const WINDOWS = 360;
const SEED = 1;
const NEWEST = Number.MAX_SAFE_INTEGER;

/** Rejects with a 422 when what is stored speaks against it. A shadow answers nobody: nothing is asked of it. */
export async function passGate({ labels, quality, modelEvents }: LabelGateParts, label: LabelName, version: number): Promise<void> {
  if (label === 'shadow') return;
  const serving = (await labels.list()).find((one) => one.label === 'stable')?.version ?? NEWEST;
  if (serving === version) return;
  const [older, newer] = [Math.min(version, serving), Math.max(version, serving)];
  const [before, after] = await Promise.all([quality.between({ after: 0, upTo: older }, WINDOWS), quality.between({ after: older, upTo: newer }, WINDOWS)]);
  const sides = version < serving ? { version: before, serving: after } : { version: after, serving: before };
  const judged = judgeVersion(sides, { seed: SEED });
  if (judged.refusals.length === 0) return;
  const reason = judged.refusals.map(({ code, message }) => `${code}: ${message}`).join('; ');
  await modelEvents.add({ kind: 'refused', version, ...(serving === NEWEST ? {} : { previous: serving }), replica: '', reason: `${label}: ${reason}` });
  throw problem(422, 'version_worse', {
    detail: `What was predicted while version ${version} was the newest speaks against it: ${reason}. \`force\` lets it pass.`,
    options: { errors: judged.refusals.map(({ code, message }) => ({ pointer: '/version', code, detail: message })) },
  });
}
