/**
 * How deep a value sent to us may be nested. Nothing that we use is deeper than two levels; far deeper values parse, but overflow
 * the stack of whoever writes them out again.
 */
import type { Problem } from './problem.js';

const MAX_DEPTH = 32;

export const TOO_DEEP: Problem = { code: 'too_deep', pointer: '', detail: `This is nested deeper than ${MAX_DEPTH} levels.` };

/** Looks at no more than it must: an event of plain fields costs one pass over them. */
export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth >= MAX_DEPTH) return true;
  // Parsed JSON inherits nothing enumerable; a list of its values for each event costs more than looking at them.
  const fields = value as Readonly<Record<string, unknown>>;
  for (const name in fields) if (typeof fields[name] === 'object' && isTooDeep(fields[name], depth + 1)) return true;
  return false;
}
