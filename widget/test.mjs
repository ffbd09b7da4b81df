// Runs test/*.test.ts with Node's own test runner; esbuild turns them into JavaScript first.

import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const HERE = dirname(fileURLToPath(import.meta.url));

const tests = (await readdir(join(HERE, 'test'))).filter((name) => name.endsWith('.test.ts'));
const folder = await mkdtemp(join(tmpdir(), 'faq-chat-'));
await build({
  entryPoints: tests.map((name) => join(HERE, 'test', name)),
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node18',
  loader: { '.css': 'empty' },
});
const files = tests.map((name) => join(folder, name.replace('.ts', '.mjs')));
const { status } = spawnSync(process.execPath, ['--test', ...files], { stdio: 'inherit' });
await rm(folder, { recursive: true });
process.exit(status ?? 1);
