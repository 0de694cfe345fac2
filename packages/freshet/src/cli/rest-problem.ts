/** An RFC 9457 problem as Freshet sends it → one sentence that says what was wrong and where. Pure. */
export interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
}

/** The first few say enough; the rest is counted. */
const SHOWN = 3;

/** Undefined for anything else than a problem. */
export function readProblem(text: string): Problem | undefined {
  const body = parse(text);
  if (!isRecord(body) || typeof body['code'] !== 'string' || typeof body['detail'] !== 'string') return undefined;
  const errors = Array.isArray(body['errors']) ? (body['errors'] as readonly unknown[]) : [];
  return { code: body['code'], detail: body['detail'], errors: errors.filter(isRecord).map((one) => ({ pointer: stringOf(one['pointer']), detail: stringOf(one['detail']) })) };
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function problemSentence({ detail, errors }: Problem): string {
  const shown = errors.slice(0, SHOWN).map((error) => (error.pointer === '' ? error.detail : `${error.pointer}: ${error.detail}`));
  const more = errors.length > SHOWN ? [`and ${errors.length - SHOWN} more`] : [];
  return errors.length === 0 ? detail : `${detail} (${[...shown, ...more].join('; ')})`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
