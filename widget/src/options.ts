// What the page's author sets, as the panel reads it.

import { MODES, oneOf, type Attribute } from './attributes';

export type Theme = 'auto' | 'light' | 'dark' | 'host';

export interface Options {
  /** Where the service is; ends in a slash, so that paths resolve below it. */
  readonly api: string;
  readonly inline: boolean;
  readonly theme: Theme;
  /** Any CSS colour; empty for the widget's own. */
  readonly accent: string;
  readonly page: string;
  readonly tags: readonly string[];
  /** Questions to begin with; null leaves the choice to the FAQ's order. */
  readonly suggestions: readonly string[] | null;
  readonly greeting: string;
  readonly heading: string;
  /** mailto:, tel:, an address of the web, `event`, or empty. */
  readonly contact: string;
  /** Whether the conversation may be kept in session storage. */
  readonly persist: boolean;
  /** Whether events may carry what the visitor wrote. */
  readonly shareText: boolean;
  /** Whether the service is asked for suggestions while the visitor types. */
  readonly suggest: boolean;
}

/** Attributes as options. What cannot be used is as if it had not been set. */
export function readOptions(read: (name: Attribute) => string | null, base: string): Options {
  const text = (name: Attribute) => read(name)?.trim() ?? '';
  const suggestions = read('suggestions');
  return {
    api: apiOf(text('api'), base),
    inline: oneOf(read('mode'), MODES) === 'inline',
    theme: oneOf(read('theme'), ['auto', 'light', 'dark', 'host']),
    accent: text('accent'),
    page: text('page'),
    tags: listOf(text('tags'), ','),
    suggestions: suggestions === null ? null : listOf(suggestions, '|'),
    greeting: text('greeting'),
    heading: text('heading'),
    contact: text('contact'),
    persist: text('persist') === 'session',
    shareText: isOn(read('share-text')),
    suggest: text('suggest') !== 'off',
  };
}

/** The service's address, relative to where the loader came from. */
function apiOf(given: string, base: string): string {
  let url = new URL(base);
  try {
    url = new URL(given || base, base);
  } catch {
    // Not an address: the loader's own service is the better guess.
  }
  return url.href.replace(/[?#].*$/, '').replace(/\/*$/, '/');
}

function listOf(given: string, separator: string): readonly string[] {
  return given.split(separator).map((one) => one.trim()).filter(Boolean);
}

/** As with HTML's own attributes, being there is enough; `false` and `off` are understood too. */
function isOn(given: string | null): boolean {
  return given !== null && !['false', 'off'].includes(given.trim());
}
