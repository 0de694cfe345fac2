/**
 * Looks at a Redis before the queue trusts it. In: a URL. Out: findings, each with what to change; throws only when
 * Redis can't be used at all (too old, wrong password). A Redis that doesn't answer yet is a finding, not a failure:
 * the log is polled meanwhile.
 */
import { toError, UnavailableError, UsageError } from '../../errors.js';
import { withDeadline } from '../../lifecycle.js';
import { connect, describeRedis } from './redis.js';

const ANSWER_MS = 2_000;
/** Below, BullMQ refuses to work. */
const REQUIRED: Version = [5, 0];
const RECOMMENDED: Version = [6, 2];
/** Share of `maxmemory` from which on it is said to be nearly full. */
const NEARLY_FULL = 0.9;

type Version = readonly [major: number, minor: number];

export interface RedisFacts {
  /** Where it is, without the password. */
  readonly label: string;
  readonly info: ReadonlyMap<string, string>;
  /** The server's clock minus ours, in milliseconds. */
  readonly clockAheadMs: number;
}

/** What is, and what to change about it. */
export interface RedisFinding {
  readonly found: string;
  readonly advice: string;
}

export function sentenceOf({ found, advice }: RedisFinding): string {
  return `${found}: ${advice}.`;
}

export async function checkRedis(url: string): Promise<readonly string[]> {
  try {
    const { label, info } = await inspectRedis(url);
    return judge(label, info).map(sentenceOf);
  } catch (thrown) {
    if (!(thrown instanceof UnavailableError)) throw thrown;
    return [`${thrown.message}: wake-ups are off until it does; the trainer polls the log once a second meanwhile.`];
  }
}

/** Rejects with a `UsageError` when it refuses this user, with an `UnavailableError` when it doesn't answer. */
export async function inspectRedis(url: string): Promise<RedisFacts> {
  const label = describeRedis(url);
  let failure: Error | undefined;
  const connection = connect(url, { maxRetriesPerRequest: 0, lazyConnect: true, retryStrategy: () => null }, (error) => {
    failure = error;
  });
  const read = async (): Promise<RedisFacts> => {
    await connection.connect();
    const asked = Date.now();
    const [seconds, micros] = await connection.time();
    const answered = Date.now();
    const clockAheadMs = Number(seconds) * 1_000 + Number(micros) / 1_000 - (asked + answered) / 2;
    return { label, info: parseInfo(await connection.info()), clockAheadMs };
  };
  try {
    return await withDeadline(read(), ANSWER_MS, label);
  } catch (thrown) {
    const error = failure ?? toError(thrown);
    if (/NOAUTH|WRONGPASS|NOPERM|invalid password/i.test(error.message)) {
      throw new UsageError('queue_access', `${label} refuses this user: ${error.message}. Check QUEUE_URL.`, { cause: error });
    }
    throw new UnavailableError('queue_unavailable', `${label} does not answer (${error.message})`, { cause: error });
  } finally {
    connection.disconnect();
  }
}

/** `INFO` lines as fields: allowed also where managed servers forbid `CONFIG`. */
export function parseInfo(info: string): ReadonlyMap<string, string> {
  const fields = info.split(/\r?\n/).flatMap((line) => {
    const colon = line.indexOf(':');
    return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const];
  });
  return new Map(fields);
}

export function judge(label: string, info: ReadonlyMap<string, string>): readonly RedisFinding[] {
  const version = info.get('redis_version') ?? '0';
  const findings: RedisFinding[] = [];
  const find = (found: string, advice: string): void => void findings.push({ found: `${label} ${found}`, advice });
  if (isBelow(version, REQUIRED)) throw new UsageError('queue_version', `${label} is version ${version}; the queue needs ${REQUIRED.join('.')} or newer, better ${RECOMMENDED.join('.')}.`);
  if (isBelow(version, RECOMMENDED)) find(`is version ${version}`, `upgrade to ${RECOMMENDED.join('.')} or newer`);
  const policy = info.get('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    find(`may evict the queue's keys (maxmemory-policy ${policy})`, 'set "maxmemory-policy noeviction"');
  }
  if (info.get('aof_enabled') === '0') {
    find('loses wake-ups and waiting jobs when it restarts', 'set "appendonly yes" (nothing accepted is lost either way, but learning waits for the next poll)');
  }
  if (info.get('role') === 'slave') find('is a replica, which takes no jobs', 'give the URL of the primary');
  const [used, limit] = [Number(info.get('used_memory') ?? 0), Number(info.get('maxmemory') ?? 0)];
  if (limit > 0 && used > NEARLY_FULL * limit) find(`has used ${Math.round((100 * used) / limit)} % of its memory`, 'raise maxmemory, or the queue soon takes no jobs');
  return findings;
}

function isBelow(version: string, [major, minor]: Version): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}
