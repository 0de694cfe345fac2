/**
 * Looks at a Redis before the queue trusts it. In: a URL. Out: findings, each with what to change; throws only when
 * Redis can't be used at all (too old, wrong password). A Redis that doesn't answer yet is a finding, not a failure:
 * the log is polled meanwhile.
 */
import { toError, UsageError } from '../../errors.js';
import { withDeadline } from '../../lifecycle.js';
import { connect, describeRedis } from './redis.js';

const ANSWER_MS = 2_000;
/** Below, BullMQ refuses to work. */
const REQUIRED: Version = [5, 0];
const RECOMMENDED: Version = [6, 2];

type Version = readonly [major: number, minor: number];

export async function checkRedis(url: string): Promise<readonly string[]> {
  const label = describeRedis(url);
  let failure: Error | undefined;
  const connection = connect(url, { maxRetriesPerRequest: 0, lazyConnect: true, retryStrategy: () => null }, (error) => {
    failure = error;
  });
  try {
    const read = connection.connect().then(() => connection.info());
    return judge(label, parseInfo(await withDeadline(read, ANSWER_MS, label)));
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown;
    const error = failure ?? toError(thrown);
    if (/NOAUTH|WRONGPASS|NOPERM|invalid password/i.test(error.message)) {
      throw new UsageError('queue_access', `${label} refuses this user: ${error.message}. Check QUEUE_URL.`, { cause: error });
    }
    return [`${label} does not answer (${error.message}): wake-ups are off until it does; the trainer polls the log once a second meanwhile.`];
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

export function judge(label: string, info: ReadonlyMap<string, string>): readonly string[] {
  const version = info.get('redis_version') ?? '0';
  const findings: string[] = [];
  if (isBelow(version, REQUIRED)) throw new UsageError('queue_version', `${label} is version ${version}; the queue needs ${REQUIRED.join('.')} or newer, better ${RECOMMENDED.join('.')}.`);
  if (isBelow(version, RECOMMENDED)) findings.push(`${label} is version ${version}: upgrade to ${RECOMMENDED.join('.')} or newer.`);
  const policy = info.get('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    findings.push(`${label} may evict the queue's keys (maxmemory-policy ${policy}): set "maxmemory-policy noeviction".`);
  }
  if (info.get('aof_enabled') === '0') {
    findings.push(`${label} loses wake-ups when it restarts: set "appendonly yes" (nothing accepted is lost either way, but learning waits for the next poll).`);
  }
  return findings;
}

function isBelow(version: string, [major, minor]: Version): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}
