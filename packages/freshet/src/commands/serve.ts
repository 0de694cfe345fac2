/**
 * `freshet start | ingest | trainer | serving`: runs until told to stop, then drains.
 * Prints where it listens and what to try first.
 */
import type { Logger } from '@freshet/shared/logger';
import { type Role, ROLES, runFreshet } from '../compose/run.js';
import type { Settings } from '../cli/settings.js';
import { demoCatalogue } from '../demo/catalogue.js';

export interface ServeOptions {
  readonly settings: Settings;
  readonly roles: readonly Role[];
  readonly version: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

export async function serve({ settings, roles, version, log, signal, print }: ServeOptions): Promise<void> {
  const running = runFreshet({ settings, roles, version, log });
  const stop = (): void => void running.stop().catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const url = await running.url;
    print(`Freshet ${version} (${roles.join(', ')}) listens on ${url}`);
    await running.ready;
    if (roles.length === ROLES.length) for (const line of firstSteps(url, settings)) print(line);
    print('ready; stop with Ctrl-C');
    await running.done;
    print('stopped: everything accepted is stored');
  } catch (error) {
    // Asked to stop while it was starting: nothing has failed.
    if (!signal.aborted) throw error;
    await running.stop();
  }
}

function firstSteps(url: string, { demo, seed }: Settings): string[] {
  const item = (demo === 'on' ? demoCatalogue(seed)[0]?.id : undefined) ?? 'mug-1';
  return [
    '',
    'Tell it what a shopper did, then ask for her list:',
    `  curl -s ${url}/v1/events -H 'content-type: application/json' -d '[{"type":"view","user_id":"ada","item_id":"${item}"}]'`,
    `  curl -s '${url}/v1/users/ada/recommendations?limit=5'`,
    '',
  ];
}
