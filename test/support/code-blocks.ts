/** The fenced code blocks of a Markdown page, with the comment that stands right before each. */
export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  /** What an HTML comment on the line before says; empty for none. */
  readonly note: string;
}

export function codeBlocks(markdown: string): readonly CodeBlock[] {
  const blocks: CodeBlock[] = [];
  for (const match of markdown.matchAll(/(?:^<!-- (.*?) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm)) {
    blocks.push({ note: match[1] ?? '', language: match[2] ?? '', text: match[3] ?? '' });
  }
  return blocks;
}
