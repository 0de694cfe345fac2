/** What a check has found, in words: what is, and what to change. Pure. */
export type Level = 'ok' | 'warning' | 'error';

export interface Finding {
  /** Stable, for scripts: `postgres_synchronous_commit`. */
  readonly check: string;
  readonly level: Level;
  readonly found: string;
  /** What to do about it; none when all is well. */
  readonly advice?: string;
}

export function ok(check: string, found: string): Finding {
  return { check, level: 'ok', found };
}

/** Freshet works, but not as well, as safely or as long as it could. */
export function warning(check: string, found: string, advice: string): Finding {
  return { check, level: 'warning', found, advice };
}

/** Freshet doesn't start, or loses a promise. */
export function error(check: string, found: string, advice: string): Finding {
  return { check, level: 'error', found, advice };
}
