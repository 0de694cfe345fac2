/** The address to listen on: is it free, who has it, who can reach it? Facts in, findings out. Pure. */
import type { Settings } from '../cli/settings.js';
import { error, type Finding, ok, warning } from './finding.js';

export interface ListeningFacts {
  /** Why it can't be listened on; undefined when it can. */
  readonly refusal: { readonly code: string; readonly sentence: string } | undefined;
  /** The Freshet that answers there already. */
  readonly running: { readonly version: string; readonly ready: boolean; readonly problems: readonly string[] } | undefined;
}

const LOOPBACK = /^(127\.|::1$|localhost$)/;

/** A name or address, without brackets. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

export function judgeListening({ refusal, running }: ListeningFacts, settings: Pick<Settings, 'host' | 'port'>, version: string): readonly Finding[] {
  return [judgePort({ refusal, running }, settings), judgeExposure(settings), ...(running === undefined ? [] : judgeRunning(running, version))];
}

function judgePort({ refusal, running }: ListeningFacts, { host, port }: Pick<Settings, 'host' | 'port'>): Finding {
  if (running !== undefined) return ok('port', `a Freshet listens on ${host}:${port}`);
  if (refusal === undefined) return ok('port', `${host}:${port} is free`);
  return error('port', refusal.sentence, refusal.code === 'port_in_use' ? `stop what listens there, or choose another --port` : 'choose another --host or --port');
}

function judgeExposure({ host }: Pick<Settings, 'host'>): Finding {
  if (isLoopback(host)) return ok('exposure', 'only this machine can reach it');
  return warning('exposure', `everybody who can reach ${host} may send events and ask: there are no keys yet`, 'put it behind a proxy that asks for them, or listen on 127.0.0.1');
}

function judgeRunning(running: NonNullable<ListeningFacts['running']>, version: string): readonly Finding[] {
  const same = running.version === version
    ? ok('running_version', `it is release ${running.version}, as this command`)
    : warning('running_version', `it is release ${running.version}, this command is ${version}`, 'restart it after an upgrade');
  if (running.ready) return [same, ok('running_ready', 'it is ready')];
  const why = running.problems.length === 0 ? '' : `: ${running.problems.join('; ')}`;
  return [same, error('running_ready', `it is not ready${why}`, 'look at its log; /readyz?verbose says what it waits for')];
}
