// Which language a widget speaks.

export const LANGUAGES = ['en', 'de', 'fr', 'es', 'pt', 'it', 'nl', 'ar'] as const;

export type Language = (typeof LANGUAGES)[number];

/** The language for a tag such as `pt-BR`; English where there are no texts for it. */
export function languageOf(tag: string): Language {
  const wanted = tag.toLowerCase().split(/[-_]/)[0];
  return LANGUAGES.find((one) => one === wanted) ?? 'en';
}

/** What the author set on the widget, else the nearest `lang` around it, else the visitor's own. */
export function tagOf(host: Element): string {
  const marked = host.closest('[lang]:not([lang=""])');
  return marked?.getAttribute('lang') ?? navigator.language ?? 'en';
}

export type Direction = 'ltr' | 'rtl';

/** The direction of a language's script; for one without texts, that of the page. */
export function directionOf(tag: string, host: Element): Direction {
  const language = languageOf(tag);
  if (!tag.toLowerCase().startsWith(language)) return getComputedStyle(host).direction as Direction;
  return language === 'ar' ? 'rtl' : 'ltr';
}
