// What an app pays for: bundled by esbuild, minified, brotli. The limits hold, and so does what the README says.
import { readFileSync } from 'node:fs'
import { brotliCompressSync, constants } from 'node:zlib'
import { build } from 'esbuild'
import { beforeAll, expect, it } from 'vitest'

const core = (/** @type {string} */ names) => ({
  code: `export { ${names} } from '@hawser/core'`,
  external: [],
})
const face = (/** @type {string} */ name) => ({
  code: `export * from '${name}'`,
  external: ['@hawser/core', 'react', 'vue'],
})

/**
 * `limit` is in bytes beyond the part `beyond`, or beyond nothing.
 *
 * @typedef {{ code: string, external: string[], beyond?: string, limit: number }} Part
 * @type {Record<string, Part>}
 */
const parts = {
  createSocket: { ...core('createSocket'), limit: 6000 },
  tokenAuth: { ...core('createSocket, tokenAuth'), beyond: 'createSocket', limit: 800 },
  heartbeat: { ...core('createSocket, heartbeat'), beyond: 'createSocket', limit: 800 },
  json: { ...core('createSocket, json'), beyond: 'createSocket', limit: 800 },
  react: { ...face('@hawser/react'), limit: 1500 },
  vue: { ...face('@hawser/vue'), limit: 1500 },
}

/** @type {Record<string, number>} */
const sizes = {}

beforeAll(async () => {
  for (const [name, { code, external, beyond }] of Object.entries(parts)) {
    sizes[name] = (await compressed(code, external)) - (beyond ? (sizes[beyond] ?? 0) : 0)
  }
  const row = (/** @type {[string, Part]} */ [name, { beyond, limit }]) =>
    `  ${name.padEnd(14)} ${beyond ? '+' : ' '}${String(sizes[name]).padStart(5)} B of ${limit}`
  console.log(['Sizes, minified and brotli:', ...Object.entries(parts).map(row)].join('\n'))
})

it.each(Object.entries(parts))('%s keeps its limit', (name, { limit }) => {
  expect(sizes[name]).toBeLessThanOrEqual(limit)
})

it('the README quotes each size as it is', () => {
  const readme = readFileSync('../README.md', 'utf8')
  const quoted = [...readme.matchAll(/<!-- size:(\w+) -->(.*?)<!-- \/size -->/g)].map(([, name, text]) => [
    name,
    text,
  ])
  expect(quoted).not.toEqual([])
  expect(quoted).toEqual(quoted.map(([name]) => [name, inKilobytes(sizes[name ?? ''])]))
})

/**
 * @param {string} code
 * @param {string[]} external
 */
async function compressed(code, external) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external,
    write: false,
  })
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }
  return brotliCompressSync(outputFiles[0]?.contents ?? new Uint8Array(), quality).length
}

/** @param {number | undefined} bytes */
function inKilobytes(bytes = Number.NaN) {
  return `${(bytes / 1000).toFixed(1)} kB`
}
