/** Files of an evaluation as events: who is who, what comes when. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EvaluateFlags } from 'freshet/evaluate/flags';
import { resolveEvaluateOptions } from 'freshet/evaluate/options';
import { readSplits } from 'freshet/evaluate/splits';
import { directory, gz, tsv } from '../../../support/data-files.js';

async function read(files: Readonly<Record<string, string | Buffer>>, flags: EvaluateFlags) {
  const path = directory(files);
  const named = Object.fromEntries(Object.keys(files).map((role) => [role, join(path, role)]));
  return readSplits(resolveEvaluateOptions(undefined, { ...named, ...flags }), () => undefined);
}

const SESSIONS: EvaluateFlags = { protocol: 'sessions', columns: 'session=s,item=i,time=t' };
const USERS: EvaluateFlags = { protocol: 'leave-one-out', columns: 'user=u,item=i,time=t' };

describe('readSplits', () => {
  it('reads a comma and a tab separated file, plain and gzipped, with ids that are words', async () => {
    const { train, test } = await read({ train: gz(tsv(['u', 'i', 't'], ['Ann', 'red hat', '1700000000'])), test: 'u,i,t\nAnn,"blue, light",1700000060' }, USERS);
    expect(train.map(({ item }) => item)).toEqual(['red hat']);
    expect(test.map(({ item }) => item)).toEqual(['blue, light']);
    expect(test[0]?.user).toBe(train[0]?.user);
  });

  it('takes places for files without a header, and the order of the file for files without times: each part after the one before', async () => {
    const { train, dev, test } = await read({ train: 'u1,a\nu1,b', dev: 'u1,c', test: 'u1,d' }, { protocol: 'leave-one-out', columns: 'user=1,item=2' });
    const all = [...train, ...dev, ...test];
    expect(all.map(({ item }) => item)).toEqual(['a', 'b', 'c', 'd']);
    expect(all.every(({ ts }, i) => ts > (all[i - 1]?.ts ?? 0))).toBe(true);
  });

  it('lets every session of every file stand alone, even with an id or a user in common', async () => {
    const { train, test } = await read(
      { train: 's,u,i,t\n1,ann,a,1700000000\n2,ann,b,1700000060', test: 's,u,i,t\n1,ann,c,1700000120' },
      { protocol: 'sessions', columns: 'session=s,user=u,item=i,time=t' },
    );
    expect(new Set([...train, ...test].map(({ user }) => user)).size).toBe(3);
    expect([...train, ...test].every(({ session }) => session === undefined)).toBe(true);
  });

  it('puts events in time order, ties as in the file', async () => {
    const { train } = await read({ train: 's,i,t\n1,late,1700000100\n1,first,1700000000\n1,second,1700000000', test: 's,i,t\n2,x,1700000000' }, SESSIONS);
    expect(train.map(({ item }) => item)).toEqual(['first', 'second', 'late']);
  });

  it('never puts a user’s test event before what he did in training', async () => {
    const { train, test } = await read({ train: 'u,i,t\na,x,1700000500\nb,x,1700000000', test: 'u,i,t\na,y,1700000100\nb,y,1700000100' }, USERS);
    expect(test.find(({ user }) => user === train.at(-1)?.user)?.ts).toBe(1_700_000_500_000);
    expect(test.find(({ user }) => user === train[0]?.user)?.ts).toBe(1_700_000_100_000);
  });

  it('moves times before 2000 by one constant in all files', async () => {
    const { train, test } = await read({ train: 'u,i,t\na,x,100\na,y,160', test: 'u,i,t\na,z,220' }, USERS);
    expect([...train, ...test].map(({ ts }) => ts - Date.UTC(2000, 0, 1))).toEqual([0, 60_000, 120_000]);
  });

  it.each<[string, string, string, EvaluateFlags]>([
    ['names that ids have', 'SessionId,ItemId\nu1,a\nu1,b', 'u2,a\nu2,b', { protocol: 'sessions', columns: 'session=1,item=2' }],
    ['words above whole numbers', 's,i\n1,7\n1,8', '2,7\n2,8', { protocol: 'sessions', columns: 'session=1,item=2' }],
    ['a word above times', 'who,what,when\nann,hat,1700000000\nann,mug,1700000060', 'bob,hat,1700000100\nbob,mug,1700000160', { protocol: 'leave-one-out', columns: 'user=1,item=2,time=3' }],
  ])('takes places of a file with a header, too (%s), and never the header as an event', async (_, train, test, flags) => {
    const read1 = await read({ train, test }, flags);
    expect([read1.train.length, read1.test.length]).toEqual([2, 2]);
    expect(read1.tallies.map(({ tally }) => tally.total)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('says why a file has no usable event', async () => {
    const files = { train: 'u,i,k\na,x,bogus\na,y,bogus', test: 'u,i,k\na,x,view' };
    await expect(read(files, { ...USERS, columns: 'user=u,item=i,type=k' })).rejects.toThrow(/train has no usable event: 2 rejected \(.*\/type\); first: event 1 \(.*bogus/);
    await expect(read({ train: files.test, test: files.train }, { ...USERS, columns: 'user=u,item=i,type=k' })).rejects.toThrow(/test has no usable event: 2 rejected/);
  });

  it('says what it left out', async () => {
    const { tallies } = await read({ train: 'u,i,t\na,x,1700000000\na,,1700000000\na,y,never', test: 'u,i,t\na,z,1700000000' }, USERS);
    expect(tallies.map(({ tally }) => tally.total).filter((total) => total > 0)).toEqual([2]);
  });
});
