// How one panel looks: light or dark, and its accent. Said in a constructed style sheet, which a strict
// policy allows, never in a style attribute.

import { BLACK, MIDDLE, WHITE, cssOf, inkOn, luminance, parseColour, readable, type Rgb } from './colour';
import type { Options } from './options';

export type Scheme = 'light' | 'dark';

/** What panel.css has as --surface. */
const GROUND: Record<Scheme, Rgb> = { light: WHITE, dark: [23, 27, 25] };
/** What loader.css has as --launch. */
const ACCENT: Rgb = [15, 102, 86];
/** A filled button must stand out from the ground; where it is dark, a pale fill is calmer. */
const FILL: Record<Scheme, number> = { light: 1.35, dark: 6 };
/** Over the 4.5 that WCAG 2.2 asks for, because text in the accent also stands on tinted grounds. */
const INK = 6;

/** The custom properties of one panel. */
export function lookCss(scheme: Scheme, accent: Rgb | null, font: string): string {
  const fill = readable(accent ?? ACCENT, GROUND[scheme], FILL[scheme]);
  const ink = readable(accent ?? ACCENT, GROUND[scheme], INK);
  const family = font ? `--host-font:${font};` : '';
  return `.frame{--accent:${cssOf(fill)};--on-accent:${cssOf(inkOn(fill))};--accent-ink:${cssOf(ink)};${family}}`;
}

/** Whether it is light or dark, as the author or the visitor or the page around it wants. */
export function schemeOf(options: Options, host: Element): Scheme {
  if (options.theme === 'light' || options.theme === 'dark') return options.theme;
  return (options.theme === 'host' && groundOf(host)) || preferred();
}

const preferred = (): Scheme => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');

/** The nearest background that is not see-through decides. */
function groundOf(host: Element): Scheme | null {
  for (let node = host.parentElement; node; node = node.parentElement) {
    const ground = getComputedStyle(node).backgroundColor;
    const colour = /^rgba\(.*, 0\)$/.test(ground) ? null : parseColour(ground);
    if (colour) return luminance(colour) < MIDDLE ? 'dark' : 'light';
  }
  return getComputedStyle(document.documentElement).colorScheme.startsWith('dark') ? 'dark' : null;
}

/** The accent that is wanted: the attribute, or else `--faq-chat-accent` of the page's style sheet. */
export function accentOf(options: Options, host: Element): string {
  const wanted = [options.accent, getComputedStyle(host).getPropertyValue('--faq-chat-accent').trim()];
  return wanted.find((one) => one && isColour(one)) ?? '';
}

/** A colour that any browser computes to numbers, however it was written. */
export const numeric = (colour: string): string => `color-mix(in srgb, ${colour} 100%, ${cssOf(BLACK)})`;

/** A colour and nothing more: it is put into a style sheet. */
const isColour = (text: string): boolean => !/[;{}]/.test(text) && CSS.supports('color', text);

/** The page's own typeface, for a widget that follows its host. */
export function fontOf(options: Options, host: Element): string {
  if (options.theme !== 'host' || !host.parentElement) return '';
  const font = getComputedStyle(host.parentElement).fontFamily;
  return /[;{}]/.test(font) ? '' : font;
}
