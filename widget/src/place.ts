// Where the loader came from, and so where its panel and its service are.

/** `/widget.js`, `/widget/{hash}/loader.js`, or a file of another name in the place of the first; and its query. */
const KNOWN = /(?:widget\/[0-9a-f]+\/loader\.js|[^/?#]*)(?:[?#].*)?$/;

/** The service's address, with a slash at the end, from that of the loader; it may have a path prefix. */
export function baseOf(script: string): string {
  return script.replace(KNOWN, '');
}

/** The panel's address below the service's. A number other than 0 tells a new attempt from a failed one,
 * which a browser may remember. */
export function panelUrl(base: string, version: string, attempt: number): string {
  return `${base}widget/${version}/panel.js${attempt ? `?attempt=${attempt}` : ''}`;
}

/** The script that is running, when a page's tag has loaded it. An element of that name may be in its place. */
export function currentScript(): HTMLScriptElement | null {
  const script = document.currentScript;
  return script instanceof HTMLScriptElement ? script : null;
}

/** The address of the running script; a module has no tag, but its address is in every trace. */
export function scriptUrl(script: HTMLScriptElement | null, trace: string): string {
  return script?.src || trace.match(/\b(?:https?|file):\/\/[^\s()]+?(?=(?::\d+){1,2}(?:[\s)]|$))/)?.[0] || 'http://localhost/widget.js';
}
