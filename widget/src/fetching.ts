// Fetching the panel: one module, checked against the hash that the loader was built with.

import { el } from './dom';
import { panelUrl } from './place';
import type { PanelModule } from './shell';

let attempts = 0;
let fetched: Promise<PanelModule> | null = null;

/** The panel's module; fetched once a page, and anew after a failure. */
export function fetchPanel(root: ShadowRoot, base: string): Promise<PanelModule> {
  fetched ??= load(root, panelUrl(base, PANEL.version, attempts++)).catch((error: unknown) => {
    fetched = null;
    throw error;
  });
  return fetched;
}

/** `import()` knows no integrity, but takes what a preload with one has fetched, or failed to. */
async function load(root: ShadowRoot, url: string): Promise<PanelModule> {
  const preload = el('link', {
    rel: 'modulepreload', href: url, integrity: PANEL.integrity, crossorigin: 'anonymous',
  });
  root.append(preload);
  try {
    return await import(url) as PanelModule;
  } finally {
    preload.remove();
  }
}
