/**
 * What values a setting can have: one text, as an option, a variable or a file's scalar has it, parsed and bounded. Pure.
 * `parse` throws an `Error` whose message continues “NAME must …”.
 */
import { isIP } from 'node:net';
import { checkCustomTypes } from '@freshet/shared/domain/custom-types';
import type { CustomTypes } from '@freshet/shared/domain/event';
import { checkTypeWeights, type TypeWeights } from '@freshet/shared/domain/type-weights';
import { checkSynonyms, type SynonymGroups } from '@freshet/serving/search/synonyms';

export interface Kind<T> {
  /** As help shows it between angle brackets. */
  readonly placeholder: string;
  /** What is allowed, for the reference. */
  readonly allowed: string;
  readonly parse: (text: string) => T;
  /** The same value as one text again. */
  readonly format: (value: T) => string;
  readonly choices?: readonly string[];
  /** How a file may write it besides one text: a list of texts, or a map of text to number. */
  readonly shape?: 'list' | 'map';
}

interface Unit {
  readonly placeholder?: string;
  readonly step?: number;
}

export function whole(least: number, most: number, { placeholder = 'number', step = 1 }: Unit = {}): Kind<number> {
  const allowed = `a ${step === 1 ? 'whole number' : `multiple of ${step}`} from ${least} to ${most}`;
  return {
    placeholder,
    allowed,
    format: String,
    parse: (text) => {
      const value = Number(text);
      if (!/^\d+$/.test(text) || value < least || value > most || value % step !== 0) throw new Error(`must be ${allowed}`);
      return value;
    },
  };
}

/** A number that need not be whole. */
export function decimal(least: number, most: number): Kind<number> {
  const allowed = `a number from ${least} to ${most}`;
  return {
    placeholder: 'number',
    allowed,
    format: String,
    parse: (text) => {
      const value = Number(text);
      if (!/^-?(\d+\.?\d*|\.\d+)$/.test(text) || value < least || value > most) throw new Error(`must be ${allowed}`);
      return value;
    },
  };
}

export function oneOf<const V extends string>(...values: readonly V[]): Kind<V> {
  return {
    placeholder: values.length === 2 ? values.join('|') : 'name',
    allowed: `one of ${values.join(', ')}`,
    choices: values,
    format: String,
    parse: (text) => {
      const found = values.find((value) => value === text);
      if (found === undefined) throw new Error(`must be one of ${values.join(', ')}`);
      return found;
    },
  };
}

export function path(placeholder: string): Kind<string> {
  return { placeholder, allowed: 'a path', format: String, parse: readable };
}

export function optionalPath(placeholder: string): Kind<string | undefined> {
  return { placeholder, allowed: 'a path', format: (value) => value ?? '', parse: readable };
}

/** `schemes` without the colon; undefined stands for “not given”. */
export function address(...schemes: readonly string[]): Kind<string | undefined> {
  const allowed = `a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(', ')}`;
  return {
    placeholder: 'url',
    allowed,
    format: (value) => value ?? '',
    parse: (text) => {
      if (!schemes.some((scheme) => readable(text).toLowerCase().startsWith(`${scheme}:`))) throw new Error(`must be ${allowed}`);
      return text;
    },
  };
}

export const webAddress: Kind<string> = {
  placeholder: 'url',
  allowed: 'a URL that begins with http:// or https://',
  format: String,
  parse: (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) throw new Error('must be a URL that begins with http:// or https://');
    if (url.username !== '' || url.password !== '') throw new Error('must be without a user and a password');
    return text;
  },
};

/** Where to listen. */
export const listenHost: Kind<string> = {
  placeholder: 'address',
  allowed: 'an address or a name of this machine',
  format: String,
  parse: (text) => {
    if (isIP(text) === 0 && !HOST_NAME.test(text)) throw new Error('must be an address or a name of this machine, without a port, such as 127.0.0.1, 0.0.0.0 or ::');
    return text;
  },
};

/** Names in a Host header; `*` for all. */
export const hostNames: Kind<readonly string[]> = listOf('names', 'host names without a port, separated by commas; * for all', (name) => {
  if (name !== '*' && (!HOST_NAME.test(name) || isIP(name) !== 0)) throw new Error('must be host names without a port, such as shop.example, separated by commas (addresses are always allowed), or *');
});

export const webOrigins: Kind<readonly string[]> = listOf('origins', 'origins such as https://shop.example, separated by commas', (origin) => {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.origin !== origin) throw new Error('must be origins such as https://shop.example, without a path, separated by commas');
});

/** `wishlist=0.5,subscribe=2` */
export const typeWeights: Kind<CustomTypes> = weightsOf('wishlist=0.5,subscribe=2', checkCustomTypes);

/** `view=0.5,purchase=8`: of built-in types. */
export const lossWeights: Kind<TypeWeights> = weightsOf('view=0.5,purchase=8', checkTypeWeights);

/** `mug=cup,sofa=couch=settee` */
export const wordGroups: Kind<SynonymGroups> = {
  placeholder: 'groups',
  allowed: 'groups of words that mean the same, such as mug=cup,sofa=couch=settee',
  shape: 'list',
  format: (groups) => groups.map((group) => group.join('=')).join(','),
  parse: (text) => checkSynonyms(parts(text).map((group) => group.split('=').map((word) => word.trim()))),
};

function weightsOf(example: string, check: (weights: TypeWeights) => TypeWeights): Kind<TypeWeights> {
  return {
    placeholder: 'weights',
    allowed: `names with weights above 0 and at most 100, such as ${example}`,
    shape: 'map',
    format: (types) => Object.entries(types).map(([name, weight]) => `${name}=${weight}`).join(','),
    parse: (text) => {
      const pairs = parts(text).map((part) => parseWeight(part, example));
      const twice = pairs.find(([name], place) => pairs.findIndex(([other]) => other === name) < place);
      if (twice !== undefined) throw new Error(`must name each type once, but has ${twice[0]} twice`);
      return check(Object.fromEntries(pairs));
    },
  };
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

function parseWeight(part: string, example: string): [name: string, weight: number] {
  const match = /^\s*([^=\s]+)\s*=\s*(\d+(?:\.\d+)?|\.\d+)\s*$/.exec(part);
  if (match === null) throw new Error(`must be names with weights, such as ${example}`);
  return [match[1] ?? '', Number(match[2])];
}

function listOf(placeholder: string, allowed: string, check: (part: string) => void): Kind<readonly string[]> {
  return {
    placeholder,
    allowed,
    shape: 'list',
    format: (values) => values.join(','),
    parse: (text) => {
      const values = parts(text);
      for (const value of values) check(value);
      return values;
    },
  };
}

/** A comma too many is forgiven; nothing is an empty list. */
function parts(text: string): string[] {
  return visible(text).split(',').map((part) => part.trim()).filter((part) => part !== '');
}

function readable(text: string): string {
  if (text.trim() === '') throw new Error('must not be empty');
  return visible(text);
}

/** A YAML file can hold what no terminal would let through. */
function visible(text: string): string {
  if (/\p{Cc}/u.test(text)) throw new Error('must not have control characters');
  return text;
}
