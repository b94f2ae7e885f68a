// Measures what each client adds to a page that imports it: bundled by esbuild, minified, compressed with brotli.

import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import { build } from 'esbuild'
import { table } from '../report'

const imports: Readonly<Record<string, string>> = {
  hawser: `export { createSocket } from '@hawser/core'`,
  'hawser, with tokenAuth': `export { createSocket, tokenAuth } from '@hawser/core'`,
  'hawser, with heartbeat': `export { createSocket, heartbeat } from '@hawser/core'`,
  'hawser, with json': `export { createSocket, json } from '@hawser/core'`,
  'hawser, with all three': `export { createSocket, tokenAuth, heartbeat, json } from '@hawser/core'`,
  partysocket: `export { default } from 'partysocket/ws'`,
  'reconnecting-websocket': `export { default } from 'reconnecting-websocket'`,
  sockette: `export { default } from 'sockette'`,
  'websocket-ts': `export { ArrayQueue, ConstantBackoff, WebsocketBuilder } from 'websocket-ts'`,
  'socket.io-client': `export { io } from 'socket.io-client'`,
}

export async function sizes(): Promise<void> {
  const rows = []
  for (const [name, contents] of Object.entries(imports)) rows.push({ name, value: await brotli(contents) })
  table('size: bytes, minified and brotli', rows, { digits: 0, limit: { most: 6_000 } })
  const alone = rows[0]?.value ?? Number.NaN
  for (const { name, value } of rows.slice(1, 4)) {
    const part = name.replace('hawser, with ', '')
    table(`size of ${part}: bytes more`, [{ name: 'hawser', value: value - alone }], {
      digits: 0,
      limit: { most: 800 },
    })
  }
}

async function brotli(contents: string): Promise<number> {
  const bench = fileURLToPath(new URL('../../', import.meta.url))
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: bench },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    alias: { '@hawser/core': fileURLToPath(new URL('../../../packages/core/src/index.ts', import.meta.url)) },
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
    write: false,
  })
  return brotliCompressSync(outputFiles[0]?.contents ?? '').length
}
