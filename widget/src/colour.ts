// Colours that can be read, whatever accent the page's author chooses.

/** Red, green and blue of sRGB, each in [0, 255]. */
export type Rgb = readonly [number, number, number];

export const WHITE: Rgb = [255, 255, 255];
export const BLACK: Rgb = [16, 20, 18];

/** Reads what a browser computes for a colour: `rgb(…)` or `color(srgb …)`; null for anything else. */
export function parseColour(computed: string): Rgb | null {
  const scale = computed.startsWith('color(srgb ') ? 255 : computed.startsWith('rgb') ? 1 : 0;
  const [red, green, blue] = (computed.match(/[\d.]+(?:e-?\d+)?/g) ?? []).map((part) => Number(part) * scale);
  if (!scale || red === undefined || green === undefined || blue === undefined) return null;
  return [red, green, blue];
}

export const cssOf = (colour: Rgb): string => `rgb(${colour.map(Math.round).join(' ')})`;

/** Relative luminance, in [0, 1] (WCAG 2.2). */
export function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** In [1, 21] (WCAG 2.2, "contrast ratio"). */
export function contrast(one: Rgb, other: Rgb): number {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

/** White or near black, whichever can be read better on a colour. */
export const inkOn = (colour: Rgb): Rgb => (contrast(WHITE, colour) >= contrast(BLACK, colour) ? WHITE : BLACK);

/** The colour nearest to the given one, darker or lighter, with at least this contrast on a ground. */
export function readable(colour: Rgb, ground: Rgb, ratio: number): Rgb {
  const dark = luminance(ground) < MIDDLE;
  for (let share = 0; share < 1; share += 0.05) {
    const shade = dark ? lighter(colour, share) : mix(colour, BLACK, share);
    if (contrast(shade, ground) >= ratio) return shade;
  }
  return dark ? WHITE : BLACK;
}

/** A luminance in the middle, as the eye sees it: black and white are read equally well on it. */
export const MIDDLE = 0.18;

const mix = (one: Rgb, other: Rgb, share: number): Rgb =>
  one.map((part, row) => part + (other[row]! - part) * share) as unknown as Rgb;

/** Brighter first and paler second: white alone would make a deep colour grey. */
function lighter(colour: Rgb, share: number): Rgb {
  const room = 255 / Math.max(...colour, 1) - 1;
  const brighter = colour.map((part) => part * (1 + share * Math.min(room, 3))) as unknown as Rgb;
  return mix(brighter, WHITE, share * 0.6);
}
