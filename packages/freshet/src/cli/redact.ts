/** Passwords out of what is shown to people. Pure. */
const HIDDEN = '[hidden]';

/** `postgresql://ada:secret@db/x?password=y` → `postgresql://ada:[hidden]@db/x?password=[hidden]`; works on text that is no URL, too. */
export function redactUrl(text: string): string {
  return text
    // Up to the last @, so that a password with an unescaped @, : or / is hidden whole; too much is better than too little.
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^:@/?#]*):.*@/is, `$1:${HIDDEN}@`)
    .replaceAll(/([?&][^=&#]*(?:password|secret|token|key)[^=&#]*=)[^&#]*/gi, `$1${HIDDEN}`);
}
