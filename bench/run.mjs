// Bundles the benchmark with esbuild and runs it: node run.mjs [section …] [--quick] [--node | --chromium].
//
// Hawser is bundled from this checkout's sources, so no build is needed first. In Node the peers stay outside the bundle
// and load as Node resolves them from their npm releases; for the page they are bundled as any app would.

import { readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** @param {string} path */
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const { devDependencies } = JSON.parse(readFileSync(here('package.json'), 'utf8'))
const peers = Object.keys(devDependencies).filter((name) => !name.startsWith('@hawser/'))

/** @satisfies {import('esbuild').BuildOptions} */
const shared = {
  bundle: true,
  format: 'esm',
  // One chunk for each contender: a process or a page loads its own and no other.
  splitting: true,
  target: 'es2022',
  sourcemap: true,
  alias: {
    '@hawser/core': here('../packages/core/src/index.ts'),
    '@hawser/core/indexeddb': here('../packages/core/src/indexeddb/index.ts'),
    '@hawser/core/requests': here('../packages/core/src/requests/index.ts'),
    '@hawser/core/bindings': here('../packages/core/src/bindings/index.ts'),
    '@hawser/react': here('../packages/react/src/index.ts'),
    '@hawser/vue': here('../packages/vue/src/index.ts'),
  },
  logLevel: 'warning',
}

const page = (/** @type {string} */ mode, /** @type {string} */ outdir) =>
  build({
    ...shared,
    platform: 'browser',
    minify: true,
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    entryPoints: { page: here('src/hosts/page.ts') },
    outdir: here(outdir),
  })

rmSync(here('dist'), { recursive: true, force: true })
await Promise.all([
  build({
    ...shared,
    platform: 'node',
    external: [...peers, 'esbuild', 'playwright'],
    entryPoints: {
      main: here('src/main.ts'),
      runner: here('src/hosts/node-runner.ts'),
      server: here('src/server/server.ts'),
    },
    outdir: here('dist/node'),
  }),
  page('production', 'dist/page'),
  // Only for what depends on React's StrictMode.
  page('development', 'dist/page/development'),
])

process.setSourceMapsEnabled(true)
await import(new URL('dist/node/main.js', import.meta.url).href)
