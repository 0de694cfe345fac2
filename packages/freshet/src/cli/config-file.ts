/**
 * The configuration file: YAML (or JSON, which is a part of it), one key a setting, in snake_case. The only importer of yaml.
 *
 * 1. Which one: `--config`, else FRESHET_CONFIG, else `freshet.yaml`, `.yml` or `.json` in the working directory; two of those are refused.
 * 2. Every problem names the file and the line: unknown and doubled keys (with the key probably meant), wrong shapes, no value.
 * 3. It may have settings that a command doesn't use: one file for all services.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import { didYouMean } from '@freshet/shared/domain/nearest-name';
import type { Given, Source } from './given.js';
import { keyName, SETTING_NAMES, type SettingName, settingOf } from './settings.js';

export const STANDARD_FILES: readonly string[] = ['freshet.yaml', 'freshet.yml', 'freshet.json'];

/** `file` is how sentences name it. */
export function parseConfigFile(text: string, file: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (node: { readonly range?: readonly number[] | null | undefined } | null | undefined): number => lines.linePos(node?.range?.[0] ?? 0).line;
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) return { given: new Map(), problems: broken.map((error) => `${file} line ${lines.linePos(error.pos[0]).line}: ${plain(error.message)}`) };
  const contents: unknown = document.contents;
  if (contents === null || contents === undefined || (isScalar(contents) && contents.value === null)) return { given: new Map(), problems: [] };
  if (!isMap(contents)) return { given: new Map(), problems: [`${file} line ${lineOf(contents as Node)}: the file must be a map of settings, such as “port: 8080”`] };
  return readPairs(contents, { file, lineOf });
}

interface Place {
  readonly file: string;
  readonly lineOf: (node: Node) => number;
}

function readPairs(map: YAMLMap, { file, lineOf }: Place): Source {
  const given = new Map<SettingName, Given>();
  const problems: string[] = [];
  for (const { key, value } of map.items as readonly { key: Node; value: Node | null }[]) {
    const line = lineOf(key);
    const word = isScalar(key) ? String(key.value) : 'a key that is no word';
    const name = SETTING_NAMES.find((one) => keyName(one) === word);
    if (name === undefined) problems.push(`${file} line ${line}: ${word} is no setting${didYouMean(word, SETTING_NAMES.map(keyName))}`);
    else {
      const text = textOf(name, value);
      if (typeof text === 'string') given.set(name, { text, origin: { from: 'file', name: file, line } });
      else problems.push(`${file} line ${line}: ${word} ${text.problem}`);
    }
  }
  return { given, problems };
}

type Text = string | { readonly problem: string };

/** One text, as an option would have it. */
function textOf(name: SettingName, value: Node | null): Text {
  const { kind } = settingOf(name);
  if (value === null || (isScalar(value) && value.value === null)) return { problem: 'has no value: give it one, or take the line out' };
  if (isAlias(value)) return { problem: 'must be written out, not an alias' };
  if (isScalar(value)) return scalarText(value.value, value.source, kind.choices);
  if (isSeq(value) && kind.shape === 'list') return listText(value);
  if (isMap(value) && kind.shape === 'map') return mapText(value);
  return { problem: `must be ${kind.allowed}, not a ${isSeq(value) ? 'list' : 'map'}` };
}

/** A number's own digits, so that none is lost; `true` and `false` where the choice is on or off. */
function scalarText(value: unknown, source: string | undefined, choices: readonly string[] | undefined): string {
  if (typeof value === 'boolean' && choices?.includes('on') === true) return value ? 'on' : 'off';
  return typeof value === 'string' ? value : (source ?? String(value));
}

function listText(list: YAMLSeq): Text {
  const words = list.items.map((item) => (isScalar(item) && typeof item.value === 'string' ? item.value : undefined));
  if (words.some((word) => word === undefined || word.includes(','))) return { problem: 'must be a list of texts' };
  return words.join(',');
}

function mapText(map: YAMLMap): Text {
  const pairs = map.items.map(({ key, value }) => {
    const known = isScalar(key) && typeof key.value === 'string' && isScalar(value) && typeof value.value === 'number';
    return known && !/[,=]/.test(key.value as string) ? `${key.value as string}=${value.value as number}` : undefined;
  });
  return pairs.includes(undefined) ? { problem: 'must be a map of names to numbers' } : pairs.join(',');
}

/** The parser's first line, as the end of a sentence of ours. */
function plain(message: string): string {
  const [first = ''] = message.split('\n');
  return first.replace(/^Map keys must be unique$/, 'this key stands there twice');
}
