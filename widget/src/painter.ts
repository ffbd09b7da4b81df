// Keeps one widget's look in step with its attributes, the visitor's preference and the page around it.

import { parseColour } from './colour';
import { accentOf, fontOf, lookCss, numeric, schemeOf } from './look';
import type { Options } from './options';
import { addSheet, type Sheet } from './sheet';
import type { Shell } from './shell';

/** What pages change when they switch between light and dark, or between languages. */
const WATCHED = { attributes: true, attributeFilter: ['class', 'style', 'lang', 'dir', 'data-theme'] };

export class Painter {
  readonly #shell: Shell;
  readonly #sheet: Sheet;
  #painted = '';

  constructor(shell: Shell) {
    this.#shell = shell;
    this.#sheet = addSheet(shell.root, '');
  }

  /** Sets the scheme and the sheet, if they are to be others than they are. */
  paint(options: Options): void {
    const { host, frame } = this.#shell;
    const wanted = [schemeOf(options, host), accentOf(options, host), fontOf(options, host)] as const;
    if (this.#painted === wanted.join()) return;
    this.#painted = wanted.join();
    const [scheme, accent, font] = wanted;
    const colour = accent ? parseColour(this.#computed(numeric(accent))) : null;
    frame.dataset.scheme = scheme;
    this.#sheet.replace(lookCss(scheme, colour, font));
  }

  /** Calls back when the look may have to change, at most once a frame, until the signal aborts. */
  watch(changed: () => void, signal: AbortSignal): void {
    let waiting = 0;
    const soon = () => {
      waiting ||= requestAnimationFrame(() => {
        waiting = 0;
        changed();
      });
    };
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', soon, { signal });
    const observer = new MutationObserver(soon);
    observer.observe(document.documentElement, WATCHED);
    observer.observe(document.body, WATCHED);
    signal.addEventListener('abort', () => {
      observer.disconnect();
      cancelAnimationFrame(waiting);
    });
  }

  /** What the browser makes of a colour. */
  #computed(css: string): string {
    this.#sheet.replace(`.frame{outline-color:${css}!important}`);
    return getComputedStyle(this.#shell.frame).outlineColor;
  }
}
