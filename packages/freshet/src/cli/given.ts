/** What somebody has said about a setting, and where. */
import type { SettingName } from './settings.js';

export type Origin =
  | { readonly from: 'option'; readonly name: string }
  | { readonly from: 'environment'; readonly name: string }
  | { readonly from: 'file'; readonly name: string; readonly line: number }
  | { readonly from: 'default' };

export interface Given {
  readonly text: string;
  readonly origin: Origin;
}

/** What one source says, and what is wrong with it: one sentence each. */
export interface Source {
  readonly given: ReadonlyMap<SettingName, Given>;
  readonly problems: readonly string[];
}

/** How a sentence about the value begins. */
export function placeOf(origin: Origin, key: string): string {
  switch (origin.from) {
    case 'option':
    case 'environment':
      return origin.name;
    case 'file':
      return `${origin.name} line ${origin.line}: ${key}`;
    case 'default':
      return key;
  }
}

/** Where a value came from, for people. */
export function describeOrigin(origin: Origin): string {
  switch (origin.from) {
    case 'option':
      return `option ${origin.name}`;
    case 'environment':
      return `environment ${origin.name}`;
    case 'file':
      return `${origin.name} line ${origin.line}`;
    case 'default':
      return 'default';
  }
}
