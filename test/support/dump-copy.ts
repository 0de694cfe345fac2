/** A database's dump held in memory, to be put into another one: the two halves of a backup without its file. */
import { openDumpSource } from '@freshet/shared/adapters/postgres/dump/source';
import { type Filled, fillDatabase, type FilledTable, type FillRequest } from '@freshet/shared/adapters/postgres/dump/target';

export interface DumpCopy {
  readonly content: FillRequest['content'];
  readonly rows: ReadonlyMap<string, readonly Buffer[]>;
}

export async function dumpOf(url: string): Promise<DumpCopy> {
  const source = await openDumpSource(url);
  try {
    const rows = new Map<string, Buffer[]>();
    const tables: FilledTable[] = [];
    for (const table of source.content.tables) {
      const chunks: Buffer[] = [];
      const count = await source.read(table, async (stream) => {
        for await (const chunk of stream) chunks.push(Buffer.from(chunk));
      });
      rows.set(`${table.schema}.${table.name}`, chunks);
      tables.push({ ...table, rows: count });
    }
    return { content: { ...source.content, tables }, rows };
  } finally {
    await source.close();
  }
}

export async function putInto(url: string, { content, rows }: DumpCopy, change: Partial<FillRequest> = {}): Promise<Filled> {
  const rowsOf = async function* (table: FilledTable): AsyncGenerator<Buffer> {
    for (const chunk of rows.get(`${table.schema}.${table.name}`) ?? []) yield await Promise.resolve(chunk);
  };
  return fillDatabase(url, { content, rowsOf, replace: false, signal: new AbortController().signal, ...change });
}
