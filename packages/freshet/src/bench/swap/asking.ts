/** Connections that ask for similar items without pause, and look into each answer whether it is one version's. */
import { setTimeout as sleep } from 'node:timers/promises';
import { toError } from '@freshet/shared/errors';
import { type Connection, openConnection } from '../load/connection.js';
import { encodeGet } from '../load/request.js';
import { itemName } from './numbered-model.js';

export interface AskingOptions {
  readonly url: URL;
  readonly connections: number;
  readonly items: number;
  readonly versionOf: (score: number) => number;
}

export interface Asked {
  readonly answers: number;
  /** Versions that they named. */
  readonly versions: number;
  readonly mixed: number;
  readonly errors: number;
  readonly firstFault: string | undefined;
}

export interface Asking {
  /** Resolves once so many were answered. */
  reached(answers: number): Promise<void>;
  stop(): Promise<Asked>;
}

interface Answer {
  readonly model_version: number;
  readonly items: readonly { readonly score: number }[];
}

const LIMIT = 10;
const LOOK_EVERY_MS = 2;

export function askWithoutPause({ url, connections, items, versionOf }: AskingOptions): Asking {
  const versions = new Set<number>();
  let answers = 0;
  let mixed = 0;
  let errors = 0;
  let firstFault: string | undefined;
  let going = true;

  const fault = (what: string): void => void (firstFault ??= what);
  const look = (body: Buffer): void => {
    const answer = JSON.parse(body.toString('utf8')) as Answer;
    answers++;
    versions.add(answer.model_version);
    const found = answer.items.map(({ score }) => versionOf(score));
    if (answer.items.length === LIMIT && found.every((version) => version === answer.model_version)) return;
    mixed++;
    fault(`version ${answer.model_version} with items of ${[...new Set(found)].join(', ')} (${answer.items.length} items)`);
  };
  const askOnce = async (connection: Connection, item: number): Promise<void> => {
    try {
      const { status, body } = await connection.send(encodeGet(`/v1/items/${itemName(item)}/similar?limit=${LIMIT}`));
      if (status === 200) return look(body);
      errors++;
      fault(`${status} ${body.toString('utf8', 0, 300)}`);
    } catch (thrown) {
      errors++;
      fault(toError(thrown).message);
    }
  };
  const ask = async (lane: number): Promise<void> => {
    const connection = openConnection({ host: url.hostname, port: Number(url.port) });
    for (let n = lane; going; n += connections) await askOnce(connection, 1 + ((n * 7_919) % items));
    connection.close();
  };
  const running = Promise.all(Array.from({ length: connections }, (_, lane) => ask(lane)));

  return {
    async reached(wanted) {
      while (answers + errors < wanted) await sleep(LOOK_EVERY_MS);
    },
    async stop() {
      going = false;
      await running;
      return { answers, versions: versions.size, mixed, errors, firstFault };
    },
  };
}
