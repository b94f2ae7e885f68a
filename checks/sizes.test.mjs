// What an app pays for: bundled by esbuild, minified, brotli. What the README says of it holds, and so do the limits,
// but for those that are missed: they may not be missed by more.
import { readFileSync } from 'node:fs'
import { brotliCompressSync, constants } from 'node:zlib'
import { build } from 'esbuild'
import { beforeAll, expect, it } from 'vitest'

const core = (/** @type {string} */ names) => ({
  code: `export { ${names} } from '@hawser/core'`,
  external: [],
})
/** A door beside the core's own: what it has that createSocket does not bring along. */
const door = (/** @type {string} */ name, /** @type {string} */ names) => ({
  code: `export { createSocket } from '@hawser/core'; export { ${names} } from '@hawser/core/${name}'`,
  external: [],
  beyond: 'createSocket',
})
const face = (/** @type {string} */ name) => ({
  code: `export * from '${name}'`,
  external: ['@hawser/core', 'react', 'vue'],
})
/** All that a face brings along, with the part of the core that only faces use. */
const withFace = (/** @type {string} */ name) => ({
  code: `export { createSocket } from '@hawser/core'; export * from '${name}'`,
  external: ['react', 'vue'],
  beyond: 'createSocket',
})

/**
 * `limit` is in bytes beyond the part `beyond`, or beyond nothing; a part without one is only told. `missed`: how large the
 * part has become all the same.
 *
 * @typedef {{ code: string, external: string[], beyond?: string, limit?: number, missed?: number }} Part
 * @type {Record<string, Part>}
 */
const parts = {
  createSocket: { ...core('createSocket'), limit: 6000, missed: 15_760 },
  tokenAuth: { ...core('createSocket, tokenAuth'), beyond: 'createSocket', limit: 800, missed: 1800 },
  heartbeat: { ...core('createSocket, heartbeat'), beyond: 'createSocket', limit: 800, missed: 1300 },
  rotation: { ...core('createSocket, rotation'), beyond: 'createSocket' },
  acks: { ...core('createSocket, acks'), beyond: 'createSocket' },
  pongs: { ...core('createSocket, pongs'), beyond: 'createSocket' },
  indexeddb: {
    code: "export { createSocket } from '@hawser/core'; export * from '@hawser/core/indexeddb'",
    external: [],
    beyond: 'createSocket',
    limit: 3000,
    missed: 3_610,
  },
  json: { ...core('createSocket, json'), beyond: 'createSocket', limit: 800 },
  requests: { ...door('requests', 'createRequests, envelope'), limit: 1200, missed: 2500 },
  channels: { ...door('channels', 'createChannels, positions'), limit: 1200, missed: 1700 },
  websocket: { ...door('websocket', 'ReconnectingWebSocket, hawserWebSocket'), limit: 1500, missed: 1650 },
  react: { ...face('@hawser/react'), limit: 1500 },
  vue: { ...face('@hawser/vue'), limit: 1500 },
  reactInAll: withFace('@hawser/react'),
  vueInAll: withFace('@hawser/vue'),
}

/** @type {Record<string, number>} */
const sizes = {}

beforeAll(async () => {
  for (const [name, { code, external, beyond }] of Object.entries(parts)) {
    sizes[name] = (await compressed(code, external)) - (beyond ? (sizes[beyond] ?? 0) : 0)
  }
  const row = (/** @type {[string, Part]} */ [name, { beyond, limit }]) => {
    const size = sizes[name] ?? Number.NaN
    const over = limit && size > limit ? `: missed by ${size - limit} B` : ''
    return `  ${name.padEnd(14)} ${beyond ? '+' : ' '}${String(size).padStart(5)} B${limit ? ` of ${limit}` : ''}${over}`
  }
  console.log(['Sizes, minified and brotli:', ...Object.entries(parts).map(row)].join('\n'))
})

const limited = Object.entries(parts).filter(([, { limit }]) => limit)

it.each(limited)('%s keeps its limit, or what it is known to miss it by', (name, part) => {
  expect(sizes[name]).toBeLessThanOrEqual(part.missed ?? part.limit ?? 0)
})

it.each(limited)('%s is not called a miss when it is none', (name, { limit, missed }) => {
  if (missed) expect(sizes[name]).toBeGreaterThan(limit ?? 0)
})

it('B118 the README quotes each size as it is', () => {
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
