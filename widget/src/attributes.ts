// The names that a page's author may set, on <faq-chat …> and, with data- before them, on <script …>.

/** The first four tell conversations apart. */
export const ATTRIBUTES = [
  'api', 'mode', 'page', 'tags', 'theme', 'position', 'accent', 'z-index', 'suggestions', 'greeting',
  'heading', 'contact', 'persist', 'share-text', 'suggest', 'lang', 'dir', 'open',
] as const;

export type Attribute = (typeof ATTRIBUTES)[number];

/** The first is what holds when nothing, or nothing known, is set. */
export const MODES = ['launcher', 'inline'] as const;
export const POSITIONS = ['end', 'start', 'left', 'right'] as const;

/** One of the known values. */
export function oneOf<T extends string>(given: string | null, known: readonly [T, ...T[]]): T {
  return known.find((one) => one === given?.trim()) ?? known[0];
}
