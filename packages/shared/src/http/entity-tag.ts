/**
 * Entity tags and the condition `If-None-Match` (RFC 9110, 8.8.3 and 13.1.2). Pure.
 *
 * Tags are weak: the same one stands for an answer and for its compressed form.
 */
import { createHash } from 'node:crypto';

const HASH_CHARS = 22;
/** Of a list each member, its weakness left out; a tag may hold commas. */
const MEMBERS = /(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g;

export function entityTagOf(content: string | Buffer): string {
  return `W/"${createHash('sha256').update(content).digest('base64url').slice(0, HASH_CHARS)}"`;
}

/** Whether the client has the content of this tag already: it is one of the list, by weak comparison, or the header is `*`. */
export function hasTag(ifNoneMatch: string | readonly string[] | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const header = typeof ifNoneMatch === 'string' ? ifNoneMatch : ifNoneMatch.join(',');
  if (header.trim() === '*') return true;
  const wanted = tag.replace(/^W\//, '');
  return Array.from(header.matchAll(MEMBERS), ([, opaque]) => opaque).includes(wanted);
}
