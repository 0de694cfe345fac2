/** What a Markdown page links to, and what can be linked to in it, as GitHub reads it. */

export interface Link {
  readonly target: string;
  /** Without the `#`; empty for the page itself. */
  readonly anchor: string;
}

/** Links and pictures to files of this repository and to places in a page; not those to the web. */
export function localLinks(markdown: string): readonly Link[] {
  const targets = [...prose(markdown).matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|<(?:a|img|source)\s[^>]*(?:href|src|srcset)="([^"]+)"/g)].map(([, inline, html]) => inline ?? html ?? '');
  return targets.filter((target) => !/^[a-z]+:/.test(target)).map((target) => {
    const [file = '', anchor = ''] = target.split('#', 2);
    return { target: file, anchor };
  });
}

/** The anchors of a page: its headings, by GitHub's rule, the second of the same name with `-1` and so on. */
export function anchors(markdown: string): ReadonlySet<string> {
  const found = new Set<string>();
  const times = new Map<string, number>();
  for (const [, heading = ''] of prose(markdown).matchAll(/^#{1,6} +(.+?)(?: +#+)?$/gm)) {
    const slug = slugOf(heading);
    const before = times.get(slug) ?? 0;
    times.set(slug, before + 1);
    found.add(before === 0 ? slug : `${slug}-${before}`);
  }
  return found;
}

/** Lower case; spaces become hyphens; what is neither letter, digit, hyphen nor underscore goes; of a link its text stays. */
export function slugOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}

/** Without code, in which brackets and hashes mean something else. */
function prose(markdown: string): string {
  return markdown.replaceAll(/^(`{3,}|~{3,}).*\n[\s\S]*?^\1`*~*$/gm, '').replaceAll(/(`+)[^`\n]+\1(?!\()/g, (code) => code.replaceAll(/[[\]()#]/g, ' '));
}
