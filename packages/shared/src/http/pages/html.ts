/**
 * HTML as text, escaped by default. In: a template and values. Out: markup that is put into others as it is.
 *
 * 1. Every value is escaped unless it is markup itself or a list of it: what comes from schemas and tables can't become tags.
 */
export interface Markup {
  readonly html: string;
}

export type Piece = string | number | Markup | readonly Markup[];

/** html`<b>${text}</b>` */
export function html(parts: TemplateStringsArray, ...values: readonly Piece[]): Markup {
  return { html: parts.map((part, i) => part + (i < values.length ? render(values[i] ?? '') : '')).join('') };
}

export const NOTHING: Markup = { html: '' };

/** Plain words in which `code` stands between backquotes, as the tables of this package are written. */
export function prose(text: string): Markup {
  return { html: escape(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>') };
}

export interface Page {
  readonly title: string;
  readonly lead: Markup;
  readonly body: Markup;
}

/** A whole document. Its style comes from a file of ours; it runs no script. */
export function page({ title, lead, body }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<header><h1>${title}</h1>${lead}</header>
<main>
${body}
</main>
</body>
</html>
`.html;
}

function render(piece: Piece): string {
  if (typeof piece === 'string') return escape(piece);
  if (typeof piece === 'number') return String(piece);
  return 'html' in piece ? piece.html : piece.map((one) => one.html).join('');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
