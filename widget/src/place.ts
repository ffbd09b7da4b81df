// Where the loader came from, and so where its panel and its service are.

/** `/widget.js`, `/widget/{hash}/loader.js`, or a file of another name in the place of the first. */
const KNOWN = /(?:widget\/[0-9a-f]+\/loader\.js|[^/]*)$/;

/** The service's address, with a slash at the end, from that of the loader; it may have a path prefix. */
export function baseOf(script: string): string {
  const url = new URL(script);
  url.search = url.hash = '';
  url.pathname = url.pathname.replace(KNOWN, '');
  return url.href;
}

/** The panel's address below the service's. A number other than 0 tells a new attempt from a failed one,
 * which a browser may remember. */
export function panelUrl(base: string, version: string, attempt: number): string {
  return new URL(`widget/${version}/panel.js${attempt ? `?attempt=${attempt}` : ''}`, base).href;
}

/** The script that is running, when a page's tag has loaded it. */
export function currentScript(): HTMLScriptElement | null {
  return document.currentScript as HTMLScriptElement | null;
}

/** The address of the running script; a module has no tag, but its address is in every trace. */
export function scriptUrl(script: HTMLScriptElement | null, trace: string): string {
  if (script?.src) return script.src;
  const found = trace.match(/\b(?:https?|file):\/\/[^\s()]+?(?=(?::\d+){1,2}(?:[\s)]|$))/);
  return found?.[0] ?? 'http://localhost/widget.js';
}
