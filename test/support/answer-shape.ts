/**
 * Does an answer shown in the docs still have the shape of the real one? Documents may leave fields out and differ in their
 * values, but what they show must be there, of the same kind; and words that programs match on must be the same.
 */
const WORDS = new Set(['code', 'status', 'pointer', 'state', 'fallback', 'type', 'queue', 'redrivable', 'described']);

/** Objects whose fields are names of things there happen to be: a version of a heartbeat has few tables' rows. */
const MAPS = new Set(['rows']);

/** Where the two differ, a sentence each; `shown` is the docs', `real` the process's. */
export function differences(shown: unknown, real: unknown, place = ''): readonly string[] {
  if (Array.isArray(shown)) {
    if (!Array.isArray(real)) return [`${place} is no list`];
    return shown.flatMap((one: unknown, i) => {
      const nearest = real.map((candidate: unknown) => differences(one, candidate, `${place}/${i}`)).toSorted((a, b) => a.length - b.length)[0];
      return nearest ?? [`${place}/${i} is not there`];
    });
  }
  if (isObject(shown)) {
    if (!isObject(real)) return [`${place} is no object`];
    return Object.entries(shown).flatMap(([key, value]) => {
      const at = `${place}/${key}`;
      if (!Object.hasOwn(real, key)) return MAPS.has(place.slice(place.lastIndexOf('/') + 1)) ? [] : [`${at} is not there`];
      if (WORDS.has(key) && !isObject(value) && value !== real[key]) return [`${at} is ${JSON.stringify(real[key])}, not ${JSON.stringify(value)}`];
      return differences(value, real[key], at);
    });
  }
  // A share of nothing is null: a value, as a number is.
  if (real === null && typeof shown === 'number') return [];
  return typeof shown === typeof real ? [] : [`${place} is ${typeof real}, not ${typeof shown}`];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
