/** Rules as they are sent → as they are stored, or one 422 with the place of every fault. */
import type { Rule, RuleAction } from '@freshet/shared/domain/rules';
import { cleanText } from '@freshet/shared/domain/text';
import { readTimestamp } from '@freshet/shared/domain/timestamp';
import type { ProblemItem } from '@freshet/shared/http/problem';
import { readFilter } from '../filter/expression.js';
import { RULE_LIMITS } from './rule-schemas.js';
import { BLANK, cleanId, unfit } from './ids.js';

export interface SentRule {
  readonly id?: string;
  readonly action: RuleAction;
  readonly by?: number;
  readonly at?: number;
  readonly items?: readonly string[];
  readonly filter?: object;
  readonly segments?: readonly string[];
  readonly from?: string;
  readonly until?: string;
}

/** As many faults as the validator lists. */
const MAX_FINDINGS = 20;
/** Rules may begin and end whenever: what readTimestamp holds against the future of events doesn't count here. */
const FAR_FUTURE = Date.UTC(9_999, 0);

type Refuse = (field: string, code: string, detail: string) => void;

export function readRules(sent: readonly SentRule[]): readonly Rule[] {
  const errors: ProblemItem[] = [];
  const ids = new Set<string>();
  const rules = sent.map((rule, i) => {
    const refuse: Refuse = (field, code, detail) => void errors.push({ pointer: `/rules/${i}/${field}`, code, detail });
    const read = readRule(rule, `${i + 1}`, refuse);
    if (ids.has(read.id)) refuse('id', 'uniqueItems', 'is the id of another rule, too');
    ids.add(read.id);
    return read;
  });
  const raising = rules.filter(({ action, filter }) => filter !== undefined && (action === 'boost' || action === 'bury')).length;
  if (raising > RULE_LIMITS.raisingFilters) errors.push({ pointer: '/rules', code: 'maxItems', detail: `must not have more than ${RULE_LIMITS.raisingFilters} rules that boost or bury by a filter: name items instead` });
  if (errors.length > 0) throw unfit(...errors.slice(0, MAX_FINDINGS));
  return rules;
}

function readRule(sent: SentRule, number: string, refuse: Refuse): Rule {
  checkAction(sent, refuse);
  const { action, by, at, items, filter } = sent;
  const id = sent.id === undefined ? number : cleanText(sent.id);
  if (id === '') refuse('id', BLANK.code, BLANK.detail);
  const segments = sent.segments?.map(cleanText);
  segments?.forEach((segment, i) => void (segment === '' && refuse(`segments/${i}`, BLANK.code, BLANK.detail)));
  const [from, until] = [readTime(sent, 'from', refuse), readTime(sent, 'until', refuse)];
  if (from !== undefined && until !== undefined && from >= until) refuse('until', 'minimum', 'must be later than `from`');
  const read = filter === undefined ? undefined : readFilter(filter);
  if (read?.ok === false) for (const fault of read.faults) refuse(`filter${fault.pointer}`, fault.code, fault.detail);
  if (read?.ok === true && read.filter.conditions.length === 0) refuse('filter', 'empty', 'must have a condition: without one it would be every item');
  return {
    id,
    action,
    ...(by === undefined ? {} : { by }),
    ...(at === undefined ? {} : { at }),
    ...(items && { items: items.map((item, i) => cleanId(item, `/rules/${Number(number) - 1}/items/${i}`)) }),
    ...(filter && { filter }),
    ...(segments && { segments: [...new Set(segments)] }),
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
  };
}

function checkAction({ action, by, at, items, filter }: SentRule, refuse: Refuse): void {
  if ((action === 'boost') !== (by !== undefined)) refuse('by', by === undefined ? 'required' : 'unexpected', 'belongs to `boost`, which needs it');
  if (at !== undefined && action !== 'pin') refuse('at', 'unexpected', 'belongs to `pin`');
  if (action === 'only' && filter === undefined) refuse('filter', 'required', 'is needed by `only`');
  if ((action === 'pin' || action === 'only') && (action === 'pin' ? filter : items) !== undefined) refuse(action === 'pin' ? 'filter' : 'items', 'unexpected', `doesn’t belong to \`${action}\``);
  if (action !== 'only' && (items === undefined) === (filter === undefined)) refuse(items === undefined ? 'items' : 'filter', items === undefined ? 'required' : 'unexpected', 'which items: either `items` or `filter`');
}

function readTime(sent: SentRule, field: 'from' | 'until', refuse: Refuse): number | undefined {
  const given = sent[field];
  if (given === undefined) return undefined;
  const time = readTimestamp(given, FAR_FUTURE);
  if (time.ok) return time.ms;
  refuse(field, time.code, `can’t be used: ${time.detail}`);
  return undefined;
}
