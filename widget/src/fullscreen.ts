// On a small screen the panel is all of it, and shrinks with what an on-screen keyboard leaves.

import type { Sheet } from './sheet';

/** The same as in panel.css: narrow, or low, as with a page zoomed to 200 % or a phone on its side. */
export const SMALL = '(max-width: 480px), (max-height: 460px)';

/** Keeps the panel within the visual viewport; the sheet holds nothing else. */
export function followViewport(sheet: Sheet, signal: AbortSignal): void {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const follow = () => {
    const zoomed = Math.abs(viewport.scale - 1) > 0.01; // the visitor looks closer: leave the panel where it is
    sheet.replace(zoomed ? '' : `.panel{--seen:${viewport.height}px;--above:${viewport.offsetTop}px}`);
  };
  viewport.addEventListener('resize', follow, { signal });
  viewport.addEventListener('scroll', follow, { signal });
  follow();
}

/** Keeps Tab inside a panel that hides everything else. */
export function keepTabInside(panel: HTMLElement, event: KeyboardEvent): void {
  if (event.key !== 'Tab' || !matchMedia(SMALL).matches) return;
  const stops = [...panel.querySelectorAll<HTMLElement>('a[href], button, input, [tabindex="0"]')]
    .filter((node) => node.getClientRects().length > 0);
  const active = (panel.getRootNode() as ShadowRoot).activeElement;
  const [leaving, entering] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
  if (active !== leaving && active !== panel) return;
  event.preventDefault();
  entering?.focus();
}
