/** What stands for an item's id where an id is too long: 32 bits. Tokens are sealed with them, so it never changes. */

/** Of an item's id: FNV-1a over its UTF-16 code units, mixed. */
export function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
