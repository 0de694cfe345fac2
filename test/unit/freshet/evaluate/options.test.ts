import { describe, expect, it } from 'vitest';
import { planLayout } from '@freshet/trainer/parameters/layout';
import type { EvaluateFlags } from 'freshet/evaluate/flags';
import { resolveEvaluateOptions } from 'freshet/evaluate/options';
import { readRelations } from 'freshet/evaluate/relations';
import { file, tsv } from '../../../support/data-files.js';

const FILES = { train: 'a.csv', test: 'b.csv' };

describe('the options of an evaluation', () => {
  it('take a preset’s files from its directory; what the command line says wins', () => {
    const grocery = resolveEvaluateOptions('sets/grocery', { preset: 'amazon-grocery', candidates: 'all' });
    expect(grocery).toMatchObject({
      files: { train: 'sets/grocery/train.csv', dev: 'sets/grocery/dev.csv', test: 'sets/grocery/test.csv' },
      protocol: 'leave-one-out',
      reading: 'amazon-grocery',
      candidates: 'all',
    });
    expect(resolveEvaluateOptions('x', { preset: 'yoochoose-clicks-100k', test: 'other.txt' })).toMatchObject({ files: { train: 'x/train_full.txt', test: 'other.txt' }, protocol: 'sessions' });
  });

  it('hold out a part of training for --validation, and then read no other file', () => {
    expect(resolveEvaluateOptions('x', { preset: 'amazon-grocery', validation: true })).toMatchObject({ validation: true, files: { train: 'x/train.csv' } });
    expect(resolveEvaluateOptions('x', { preset: 'amazon-grocery', validation: true }).files.test).toBeUndefined();
    expect(resolveEvaluateOptions(undefined, { train: 'a.csv', validation: true }).files).toEqual({ train: 'a.csv' });
  });

  it.each<[string, string | undefined, EvaluateFlags, RegExp]>([
    ['no training file', undefined, { test: 'b.csv' }, /--train/],
    ['no test file', undefined, { train: 'a.csv' }, /--test.*--validation/],
    ['another protocol', undefined, { ...FILES, protocol: 'half' }, /sessions, leave-one-out/],
    ['sampled negatives with sessions', undefined, { ...FILES, protocol: 'sessions', candidates: '99' }, /leave-one-out/],
    ['candidates that are no number', undefined, { ...FILES, protocol: 'leave-one-out', candidates: 'some' }, /--candidates/],
    ['too many epochs', undefined, { ...FILES, epochs: '1001' }, /--epochs/],
    ['an order that there isn’t', undefined, { ...FILES, order: 'backwards' }, /--order.*shuffled, log, log-last/],
    ['a dimension between the steps', undefined, { ...FILES, dim: '100' }, /--dim takes a multiple of 16 from 16 to 512; not "100"/],
    ['a number of negatives between the steps', undefined, { ...FILES, negatives: '6' }, /--negatives takes a multiple of 4 from 4 to 4096; not "6"/],
    ['a micro-batch that is too large', undefined, { ...FILES, batch: '1024' }, /--batch takes a multiple of 4 from 4 to 512; not "1024"/],
    ['a micro-batch between the steps', undefined, { ...FILES, batch: '30' }, /--batch takes a multiple of 4/],
    ['popular negatives only', undefined, { ...FILES, popularNegatives: '1' }, /--popular-negatives takes a number from 0 to 0\.95; not "1"/],
    ['a type that there isn’t', undefined, { ...FILES, type: 'bogus' }, /--type takes one of view, click.*; not "bogus"/],
    ['nearly a type', undefined, { ...FILES, type: 'purchas' }, /not "purchas"; did you mean “purchase”/],
    ['a preset and a type', 'x', { preset: 'amazon-grocery', type: 'view' }, /--type is for files without types.*--preset/],
    ['followers of relations without relations', undefined, { ...FILES, relationFollowers: '2' }, /--relation-followers needs --relations/],
    ['weight of relations without relations', undefined, { ...FILES, relationWeight: '2' }, /--relation-weight needs --relations/],
    ['columns of relations without relations', undefined, { ...FILES, relationColumns: 'r' }, /--relation-columns needs --relations/],
    ['a temperature of 0', undefined, { ...FILES, temperature: '0' }, /--temperature/],
    ['a directory without a preset', 'x', FILES, /--preset/],
    ['a preset without a directory', undefined, { preset: 'amazon-grocery' }, /directory/],
    ['a preset that there isn’t', 'x', { preset: 'amazon-grocerie' }, /amazon-grocery/],
    ['a preset and columns', 'x', { preset: 'amazon-grocery', columns: 'user=1,item=2' }, /not both/],
  ])('refuse %s', (_, directory, flags, sentence) => {
    expect(() => resolveEvaluateOptions(directory, flags)).toThrow(sentence);
  });
});

describe('the model of an evaluation', () => {
  it.each<[string, EvaluateFlags]>([
    ['least', { dim: '16', negatives: '4', batch: '4', historyDropout: '0', popularNegatives: '0', rivals: '0', threads: '0' }],
    ['largest', { dim: '512', negatives: '4096', batch: '512', historyDropout: '0.95', popularNegatives: '0.95', rivals: '40', threads: '64' }],
  ])('is one that can be made, with the %s values that the options take', (_, flags) => {
    const { model, threads } = resolveEvaluateOptions(undefined, { ...FILES, ...flags });
    expect(() => planLayout({ model: { ...model, replay: 0 }, maxItems: 10, threads })).not.toThrow();
  });
});

describe('readRelations', () => {
  it('reads lists of ids however they are written, each other item once', async () => {
    const path = file(tsv(['item_id', 'category', 'r_along', 'r_instead'], ['1', '0', '[2, 3]', '[3, 1]'], ['2', '0', '', "['x','y']"], ['3', '0', '4|5', '6 7']));
    expect(await readRelations(path, undefined)).toEqual([
      { item: '1', others: ['2', '3'] },
      { item: '2', others: ['x', 'y'] },
      { item: '3', others: ['4', '5', '6', '7'] },
    ]);
    expect((await readRelations(path, ['r_along'])).map(({ others }) => others.length)).toEqual([2, 0, 2]);
  });

  it('names the columns there are when a list is not among them', async () => {
    const path = file('id,title\n1,hat');
    await expect(readRelations(path, undefined)).rejects.toThrow(/r_.*id, title/);
    await expect(readRelations(path, ['along'])).rejects.toThrow(/along.*id, title/);
  });
});
