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
const peers = Object.keys(devDependencies).filter((name) => name !== '@hawser/core')

/** @satisfies {import('esbuild').BuildOptions} */
const shared = {
  bundle: true,
  format: 'esm',
  // One chunk for each contender: a process or a page loads its own and no other.
  splitting: true,
  target: 'es2022',
  sourcemap: true,
  alias: { '@hawser/core': here('../packages/core/src/index.ts') },
  logLevel: 'warning',
}

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
  build({
    ...shared,
    platform: 'browser',
    minify: true,
    define: { 'process.env.NODE_ENV': '"production"' },
    entryPoints: { page: here('src/hosts/page.ts') },
    outdir: here('dist/page'),
  }),
])

process.setSourceMapsEnabled(true)
await import(new URL('dist/node/main.js', import.meta.url).href)
