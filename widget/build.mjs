// Builds qa/widget/ from src/: panel.js, then loader.js, which knows the panel by its hash.
//
//     node build.mjs [FOLDER]

import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const HERE = dirname(fileURLToPath(import.meta.url));
const TARGET = ['es2022', 'chrome111', 'firefox113', 'safari16.4'];

/** Style sheets as strings, minified like the rest. */
const styles = {
  name: 'styles',
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { loader: 'css', minify: true, target: TARGET });
      return { contents: code.trim(), loader: 'text' };
    });
  },
};

async function bundle(name, format, define = {}) {
  const { outputFiles: [file] } = await build({
    entryPoints: [join(HERE, 'src', `${name}.ts`)],
    absWorkingDir: HERE,
    bundle: true,
    minify: true,
    write: false,
    charset: 'utf8',
    legalComments: 'none',
    target: TARGET,
    format,
    define,
    plugins: [styles],
  });
  return file.text;
}

const integrity = (text) => `sha384-${createHash('sha384').update(text).digest('base64')}`;

const panel = await bundle('panel', 'esm');
const known = (version) => ({ PANEL: JSON.stringify({ version, integrity: integrity(panel) }) });
// The version names both files, and the loader holds it: so it is the hash of both before it is put in.
const unnamed = await bundle('loader', 'iife', known(''));
const version = createHash('sha256').update(panel).update(unnamed).digest('hex').slice(0, 12);
const loader = await bundle('loader', 'iife', known(version));

const folder = process.argv[2] ?? join(HERE, '..', 'qa', 'widget');
const manifest = {
  version,
  files: { 'loader.js': { integrity: integrity(loader) }, 'panel.js': { integrity: integrity(panel) } },
};
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'panel.js'), panel);
await writeFile(join(folder, 'loader.js'), loader);
await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
