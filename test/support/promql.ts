/**
 * As much of PromQL as it takes to see what an expression reads. Not a parser: promtool is (it checks every expression too).
 *
 * 1. `selectorsOf`: every series an expression names, with its matchers. `labelsOf`: every label it groups or matches by.
 * 2. `operandsOf`: parts that must have an answer for the expression to mean anything. Sets are split at and/or/unless,
 *    an outermost comparison answers 0 or 1 instead of filtering (`> bool`), `absent(x)` asks for x, offsets are dropped. So an alert that
 *    does not fire differs from an alert that nobody feeds.
 */
export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

export interface Selector {
  /** As it stands there, without range and offset. */
  readonly text: string;
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

const TOKEN = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\[[^\]]*\]|\d+(?:\.\d+)?(?:[a-z]+|e-?\d+)?|[a-zA-Z_:$][\w:$]*|=~|!~|!=|==|<=|>=|\S/g;
const LABEL_LISTS = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);
const SETS = new Set(['and', 'or', 'unless']);
const COMPARISONS = new Set(['>', '<', '>=', '<=', '==', '!=']);
const WORDS = new Set([...LABEL_LISTS, ...SETS, 'bool', 'offset']);

export function selectorsOf(expression: string): Selector[] {
  const tokens = tokensOf(expression);
  return tokens.flatMap((token, place) => (isMetric(tokens, place) ? [selectorAt(tokens, token, place)] : []));
}

/** Labels matched and grouped by, sorted. */
export function labelsOf(expression: string): string[] {
  const tokens = tokensOf(expression);
  const grouped = tokens.flatMap((token, place) => (LABEL_LISTS.has(token) && tokens[place + 1] === '(' ? inside(tokens, place + 1).filter((word) => word !== ',') : []));
  const matched = selectorsOf(expression).flatMap(({ matchers }) => matchers.map(({ label }) => label));
  return [...new Set([...grouped, ...matched])].sort();
}

export function operandsOf(expression: string): string[] {
  return split(unwrapped(tokensOf(expression))).map(join);
}

function tokensOf(expression: string): string[] {
  return expression.replaceAll(/#.*$/gm, '').match(TOKEN) ?? [];
}

function isMetric(tokens: readonly string[], place: number): boolean {
  const token = tokens[place] ?? '';
  // A function or an aggregation is followed by a bracket, the latter also by its labels.
  const isCalled = ['(', 'by', 'without'].includes(tokens[place + 1] ?? '');
  if (!/^[a-zA-Z_:]/.test(token) || WORDS.has(token) || isCalled) return false;
  // A bare word inside braces or a list is a label.
  const opener = enclosing(tokens, place);
  if (opener === undefined) return true;
  return tokens[opener] === '(' && !LABEL_LISTS.has(tokens[opener - 1] ?? '');
}

/** Where the bracket opens that a token stands in. */
function enclosing(tokens: readonly string[], place: number): number | undefined {
  let depth = 0;
  for (let at = place - 1; at >= 0; at--) {
    const token = tokens[at] ?? '';
    if (token === ')' || token === '}') depth++;
    if ((token === '(' || token === '{') && depth-- === 0) return at;
  }
  return undefined;
}

function selectorAt(tokens: readonly string[], metric: string, place: number): Selector {
  if (tokens[place + 1] !== '{') return { text: metric, metric, matchers: [] };
  const words = inside(tokens, place + 1);
  const matchers = words.flatMap((operator, at) => (['=', '!=', '=~', '!~'].includes(operator) ? [{ label: words[at - 1] ?? '', operator, value: (words[at + 1] ?? '').slice(1, -1) }] : []));
  return { text: `${metric}{${words.join('')}}`, metric, matchers };
}

/** What stands between the bracket at `open` and its partner. */
function inside(tokens: readonly string[], open: number): string[] {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const token = tokens[at] ?? '';
    if ('({'.includes(token)) depth++;
    if (')}'.includes(token) && --depth === 0) return tokens.slice(open + 1, at);
  }
  throw new Error(`a bracket is not closed: ${tokens.join(' ')}`);
}

function unwrapped(tokens: readonly string[]): readonly string[] {
  const whole = tokens[0] === '(' && inside(tokens, 0).length === tokens.length - 2;
  if (whole) return unwrapped(tokens.slice(1, -1));
  const absence = tokens[0] === 'absent' && inside(tokens, 1).length === tokens.length - 3;
  return absence ? tokens.slice(2, -1) : tokens;
}

function split(tokens: readonly string[]): (readonly string[])[] {
  let depth = 0;
  const at = tokens.findIndex((token) => {
    if ('({'.includes(token)) depth++;
    if (')}'.includes(token)) depth--;
    return depth === 0 && SETS.has(token);
  });
  if (at < 0) return [answering(tokens)];
  return [...split(unwrapped(tokens.slice(0, at))), ...split(unwrapped(tokens.slice(at + 1)))];
}

/** The outermost comparison only: one further in selects what is computed with. */
function answering(tokens: readonly string[]): string[] {
  return tokens.flatMap((token, place) => {
    const isComparison = COMPARISONS.has(token) && enclosing(tokens, place) === undefined && tokens[place + 1] !== 'bool';
    if (token === 'offset' || tokens[place - 1] === 'offset') return [];
    return isComparison ? [token, 'bool'] : [token];
  });
}

function join(tokens: readonly string[]): string {
  return tokens.join(' ').replaceAll(/ \[/g, '[').replaceAll(/(\w) \(/g, '$1(').replaceAll(/ \{ (.*?) \}/g, (_, body: string) => `{${body.replaceAll(' ', '')}}`);
}
