// Style sheets of a shadow root. A constructed one needs nothing of the page's policy.

export interface Sheet {
  replace(css: string): void;
}

/** Adds a sheet to the root. Browsers too old for constructed sheets get an element. */
export function addSheet(root: ShadowRoot, css: string): Sheet {
  if (!('adoptedStyleSheets' in root)) return elementSheet(root, css);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  return { replace: (next) => sheet.replaceSync(next) };
}

function elementSheet(root: ShadowRoot, css: string): Sheet {
  const style = document.createElement('style');
  style.textContent = css;
  root.prepend(style);
  return { replace: (next) => { style.textContent = next; } };
}
