// Style sheets of a shadow root. A constructed one needs nothing of the page's policy.

export interface Sheet {
  replace(css: string): void;
}

/** Adds a sheet to the root. */
export function addSheet(root: ShadowRoot, css: string): Sheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  return { replace: (next) => sheet.replaceSync(next) };
}
