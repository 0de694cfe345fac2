/** Numbers out of a large answer of `POST /v1/events` without parsing all of it. */
const NINE = 57;
const ZERO = 48;

/** The number behind the last `"field":`; undefined when there is none. */
export function scanNumber(body: Buffer, field: string): number | undefined {
  const name = `"${field}":`;
  const at = body.lastIndexOf(name, undefined, 'latin1');
  if (at < 0) return undefined;
  let value = 0;
  let digits = 0;
  for (let place = at + name.length; place < body.length; place++, digits++) {
    const code = body[place] ?? 0;
    if (code < ZERO || code > NINE) break;
    value = 10 * value + (code - ZERO);
  }
  return digits === 0 ? undefined : value;
}
