/** What is kept in the browser; where that is forbidden the page works without it. */
export function recall(key: string, where: 'tab' | 'browser'): string | null {
  try {
    return (where === 'tab' ? sessionStorage : localStorage).getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string, where: 'tab' | 'browser'): void {
  try {
    (where === 'tab' ? sessionStorage : localStorage).setItem(key, value);
  } catch {
    // Forbidden or full: it is only a convenience.
  }
}
