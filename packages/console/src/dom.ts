/** Elements made by hand. Text is always set as text: nothing that comes from an answer is ever read as markup. */

type Child = Node | string | undefined;

export type Props = Readonly<Record<string, string | number | boolean | undefined>>;

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: readonly Child[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  setAttributes(made, props);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

export function svg<K extends keyof SVGElementTagNameMap>(tag: K, props: Props = {}, ...children: readonly Child[]): SVGElementTagNameMap[K] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  setAttributes(made, props);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** false and undefined: not set; true: set without a value. */
function setAttributes(element: Element, props: Props): void {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
}

/** A part of the page that its HTML has. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/** Of a kind that is checked. */
export function part<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = byId(id);
  if (found instanceof kind) return found;
  throw new Error(`#${id} is no ${kind.name}`);
}

/** A share of the whole as a CSS variable, set by script because the policy allows no style attributes. */
export function setShare(element: HTMLElement | SVGElement, share: number, name = '--share'): void {
  element.style.setProperty(name, `${(Math.max(0, Math.min(1, share)) * 100).toFixed(2)}%`);
}

export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function calm(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
