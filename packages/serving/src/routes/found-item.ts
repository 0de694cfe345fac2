/** How an item that a search has found is answered: its numbers rounded, with the parts of its score where they are asked for. */
import type { RulesUse } from '../rules/rules.js';
import { RULE_WEIGHT } from '../search/blend.js';
import type { FoundItem } from '../search/searcher.js';
import { rounded } from './shown.js';

interface Part {
  readonly kind: string;
  /** Of `rule`: its id. */
  readonly rule?: string;
  readonly contribution: number;
}

export interface ShownItem extends Pick<FoundItem, 'id' | 'score' | 'highlights'> {
  readonly parts?: readonly Part[];
}

/** `explain`: with its parts. */
export function foundItem(item: FoundItem, explain: boolean, rules: RulesUse | undefined): ShownItem {
  const { id, score, highlights } = item;
  return {
    id,
    score: rounded(score),
    ...(highlights === undefined ? {} : { highlights }),
    ...(explain ? { parts: [...partsOf(item), ...rulesOf(item, rules)] } : {}),
  };
}

function partsOf({ parts }: FoundItem): readonly Part[] {
  return Object.entries(parts).flatMap(([kind, part]) => (part === 0 || kind === 'rule' ? [] : [{ kind, contribution: rounded(part) }]));
}

/** Each rule that has a part in it; one that has pinned it adds nothing. */
function rulesOf({ id, source }: FoundItem, rules: RulesUse | undefined): readonly Part[] {
  const raised = rules?.raises === true ? rules.raisedBy(id) : [];
  const pins = source === 'pin' ? (rules?.pins ?? []).filter(({ item }) => item === id).slice(-1) : [];
  return [...raised.map(({ rule, by }) => ({ kind: 'rule', rule, contribution: rounded(RULE_WEIGHT * by) })), ...pins.map(({ rule }) => ({ kind: 'rule', rule, contribution: 0 }))];
}
