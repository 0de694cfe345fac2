/** Public sets with a split of their own, so that an evaluation of one is a line: the files, the protocol and the settings that are the set's. */
import { join } from 'node:path';
import { didYouMean } from '@freshet/shared/domain/nearest-name';
import { UsageError } from '@freshet/shared/errors';
import type { EvaluateFlags } from './flags.js';

interface SplitPreset {
  readonly name: string;
  /** The preset of `replay` that reads the files. */
  readonly reading: string;
  /** What the command line would say, files relative to the set's directory. */
  readonly flags: EvaluateFlags;
}

const PRESETS: readonly SplitPreset[] = [
  { name: 'yoochoose-clicks-100k', reading: 'yoochoose', flags: { train: 'train_full.txt', test: 'test.txt', protocol: 'sessions' } },
  {
    name: 'amazon-grocery',
    reading: 'amazon-grocery',
    flags: { train: 'train.csv', dev: 'dev.csv', test: 'test.csv', protocol: 'leave-one-out', candidates: '99' },
  },
];

export const SPLIT_PRESETS: readonly string[] = PRESETS.map(({ name }) => name);

/** The command line with what the preset adds; what it says itself wins. */
export function withPreset(directory: string | undefined, flags: EvaluateFlags): { readonly flags: EvaluateFlags; readonly reading?: string } {
  if (flags.preset === undefined) {
    if (directory !== undefined) throw new UsageError('preset_missing', `${directory}: a directory needs --preset; else name the files with --train and --test.`);
    return { flags };
  }
  const preset = PRESETS.find(({ name }) => name === flags.preset);
  if (preset === undefined) throw new UsageError('preset_unknown', `There is no preset "${flags.preset}"; there are ${SPLIT_PRESETS.join(', ')}${didYouMean(flags.preset, SPLIT_PRESETS)}.`);
  if (flags.columns !== undefined) throw new UsageError('columns_or_preset', 'Give --columns or --preset, not both.');
  if (directory === undefined) throw new UsageError('file_missing', `--preset ${preset.name} needs the directory of its files.`);
  const { train, dev, test, ...others } = preset.flags;
  const files = Object.fromEntries(Object.entries({ train, dev, test }).flatMap(([role, name]) => (name === undefined ? [] : [[role, join(directory, name)]])));
  return { flags: { ...others, ...files, ...flags }, reading: preset.reading };
}
