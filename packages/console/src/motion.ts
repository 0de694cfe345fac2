/**
 * Moving elements from where they were to where they are (first, last, invert, play), fading in what is new and out what
 * has gone. Nothing moves for those who asked for calm.
 */
import { calm } from './dom.js';

const MOVE: KeyframeAnimationOptions = { duration: 420, easing: 'cubic-bezier(.2,.8,.2,1)' };
const FADE: KeyframeAnimationOptions = { duration: 260, easing: 'ease-out' };

/** `change` puts the list's elements into their new order; `going` is what it takes out. */
export function animateChange(list: HTMLElement, going: readonly HTMLElement[], change: () => void): void {
  if (calm()) return change();
  const children = [...list.children].filter((child): child is HTMLElement => child instanceof HTMLElement && !child.classList.contains('ghost'));
  const before = new Map(children.map((child) => [child, child.getBoundingClientRect()]));
  change();
  for (const child of going) fadeOut(list, child, before.get(child));
  for (const child of list.children) {
    if (!(child instanceof HTMLElement) || child.classList.contains('ghost')) continue;
    const first = before.get(child);
    if (first === undefined) fadeIn(child);
    else move(child, first);
  }
}

function move(child: HTMLElement, first: DOMRect): void {
  for (const running of child.getAnimations()) running.cancel();
  const last = child.getBoundingClientRect();
  const [x, y] = [first.left - last.left, first.top - last.top];
  if (Math.abs(x) < 1 && Math.abs(y) < 1) return;
  child.animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: 'none' }], MOVE);
}

function fadeIn(child: HTMLElement): void {
  child.animate([{ opacity: 0, transform: 'scale(.94)' }, { opacity: 1, transform: 'none' }], { ...FADE, delay: 90, fill: 'backwards' });
}

/** What goes is shown for a moment where it was, out of the list's flow and out of reach. */
function fadeOut(list: HTMLElement, child: HTMLElement, was: DOMRect | undefined): void {
  if (was === undefined) return;
  const base = list.getBoundingClientRect();
  const ghost = child.cloneNode(true) as HTMLElement;
  ghost.classList.add('ghost');
  ghost.inert = true;
  ghost.setAttribute('aria-hidden', 'true');
  delete ghost.dataset['id'];
  Object.assign(ghost.style, { left: `${was.left - base.left}px`, top: `${was.top - base.top}px`, width: `${was.width}px`, height: `${was.height}px` });
  list.append(ghost);
  const fading = ghost.animate([{ opacity: 1 }, { opacity: 0, transform: 'scale(.92)' }], FADE);
  const end = (): void => ghost.remove();
  fading.finished.then(end, end);
}
