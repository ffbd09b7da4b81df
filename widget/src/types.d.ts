/** A style sheet, minified by the build. */
declare module '*.css' {
  const css: string;
  export default css;
}

/** Written into the loader by the build: which panel belongs to it. */
declare const PANEL: { readonly version: string; readonly integrity: string };
