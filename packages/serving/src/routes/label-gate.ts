/**
 * The gate of a label that gives answers to a version: what the quality log has of it against what answers now. Once for all processes, from what is
 * stored, so that they can't differ; what each finds by itself when it loads the version is its trial (probation).
 *
 * 1. A refusal is 422 with the figures, stands in the model's events, and leaves the label as it was. `force` passes without looking.
 * 2. The windows of both sides are disjoint, and none is of a lineage before the one its version belongs to.
 * 3. What passes was judged against what answers at the moment of the change: where `stable` has moved in between, it is judged anew (JUDGEMENTS
 *    times at most), a refusal, too.
 * 4. Taking `stable` away gives everybody's answers to the newest version, so that one is judged.
 */
import { judgeVersion } from '@freshet/shared/domain/quality/judge-version';
import { UnavailableError } from '@freshet/shared/errors';
import { problem } from '@freshet/shared/http/problem';
import type { ModelEvents } from '@freshet/shared/ports/model-events';
import type { JudgedAgainst, LabelName, ModelLabels, PinResult, UnpinResult } from '@freshet/shared/ports/model-labels';
import type { QualityLog } from '@freshet/shared/ports/quality-log';

export interface LabelGateParts {
  readonly labels: Pick<ModelLabels, 'list'>;
  readonly quality: Pick<QualityLog, 'between'>;
  readonly modelEvents: Pick<ModelEvents, 'add'>;
}

export interface GateWish {
  readonly label: LabelName;
  /** Undefined: the label is to be taken away. */
  readonly version?: number;
  readonly forced: boolean;
}

/** An hour of them at ten seconds each, on either side. */
const WINDOWS = 360;
const SEED = 1;
const NEWEST = Number.MAX_SAFE_INTEGER;
const JUDGEMENTS = 5;

/** Makes the change when nothing that is stored speaks against it, else rejects with a 422. */
export async function throughGate<R extends PinResult | UnpinResult>(parts: LabelGateParts, wish: GateWish, change: (against?: JudgedAgainst) => Promise<R>): Promise<R> {
  if (wish.forced || !givesAnswers(wish)) return change();
  for (let turn = 0; turn < JUDGEMENTS; turn++) {
    const stable = await stableOf(parts);
    const refusal = await judge(parts, wish, stable);
    if (refusal === undefined) {
      const result = await change({ stable });
      if (!('moved' in result && result.moved)) return result;
    } else if ((await stableOf(parts)) === stable) {
      await parts.modelEvents.add({ kind: 'refused', version: refusal.version, ...(stable === undefined ? {} : { previous: stable }), replica: '', reason: `${wish.label}: ${refusal.reason}` });
      throw refusal.problem;
    }
  }
  throw new UnavailableError('labels_busy', `The label stable was changed ${JUDGEMENTS} times while this was judged.`);
}

/** A shadow answers nobody, and whose canary is taken away is answered like everybody: nothing is asked of either. */
function givesAnswers({ label, version }: GateWish): boolean {
  return label === 'stable' || (label === 'canary' && version !== undefined);
}

async function stableOf({ labels }: Pick<LabelGateParts, 'labels'>): Promise<number | undefined> {
  return (await labels.list()).find((one) => one.label === 'stable')?.version;
}

interface VersionRefusal {
  readonly version: number;
  readonly reason: string;
  readonly problem: Error;
}

async function judge({ quality }: Pick<LabelGateParts, 'quality'>, wish: GateWish, stable: number | undefined): Promise<VersionRefusal | undefined> {
  const [version, serving] = [wish.version ?? NEWEST, stable ?? NEWEST];
  if (serving === version) return undefined;
  const [older, newer] = [Math.min(version, serving), Math.max(version, serving)];
  const [before, after] = await Promise.all([quality.between({ after: 0, upTo: older }, WINDOWS), quality.between({ after: older, upTo: newer }, WINDOWS)]);
  const sides = version < serving ? { version: before, serving: after } : { version: after, serving: before };
  const { refusals } = judgeVersion(sides, { seed: SEED });
  if (refusals.length === 0) return undefined;
  const reason = refusals.map(({ code, message }) => `${code}: ${message}`).join('; ');
  // Of the newest the newest window tells the number.
  const judged = wish.version ?? sides.version[0]?.version ?? serving;
  const [said, pointer, force] =
    wish.version === undefined
      ? [`What was predicted since version ${serving} speaks against the newest, ${judged}, which would answer without the label`, '/path/label', 'force=true']
      : [`What was predicted while version ${version} was the newest speaks against it`, '/version', 'force'];
  const errors = refusals.map(({ code, message }) => ({ pointer, code, detail: message }));
  return { version: judged, reason, problem: problem(422, 'version_worse', { detail: `${said}: ${reason}. \`${force}\` lets it pass.`, options: { errors } }) };
}
