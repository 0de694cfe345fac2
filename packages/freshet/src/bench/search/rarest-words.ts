/** Of each title its two rarest words among all titles: what a shopper who knows what he wants types, and several items may answer. Pure. */
export function rarestWords(titles: ReadonlyMap<string, string>): (id: string) => string | undefined {
  const counts = new Map<string, number>();
  const wordsOf = (title: string): string[] => [...new Set(title.toLowerCase().match(/\p{L}{2,}/gu) ?? [])];
  for (const title of titles.values()) for (const word of wordsOf(title)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return (id) => {
    const words = wordsOf(titles.get(id) ?? '').sort((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0) || (a < b ? -1 : 1));
    return words.length < 2 ? undefined : words.slice(0, 2).join(' ');
  };
}
