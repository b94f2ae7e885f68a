// A server on `ws` that reads slowly, and a large upload to it. Shows backpressure: the sender makes no more than fits,
// because it waits for `queue.drained()` as soon as a message had to wait.
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { createSocket } from '@hawser/core'
import { WebSocket, WebSocketServer } from 'ws'
import { listen } from '../common/listen.js'
import { narrate } from '../common/narrate.js'

/** @typedef {{ bytes: number, sha256: string }} Sum What arrived, all in all. */

/**
 * @param {object} [options]
 * @param {number} [options.rate] how many bytes it reads in a second, on each connection
 */
export async function startUpload({ rate = 32 * 1024 * 1024 } = {}) {
  const http = createServer()
  const sockets = new WebSocketServer({ server: http })
  /** @type {Set<NodeJS.Timeout>} */
  const pauses = new Set()

  sockets.on('connection', (client) => {
    const hash = createHash('sha256')
    let bytes = 0
    client.on('message', (data, isBinary) => {
      if (!isBinary) {
        return client.send(JSON.stringify(/** @satisfies {Sum} */ ({ bytes, sha256: hash.digest('hex') })))
      }
      const { length } = /** @type {Buffer} */ (data)
      hash.update(/** @type {Buffer} */ (data))
      bytes += length
      client.pause()
      const pause = setTimeout(
        () => {
          pauses.delete(pause)
          client.resume()
        },
        (length / rate) * 1_000,
      )
      pauses.add(pause)
    })
  })

  const { port, close } = await listen(http)
  return {
    url: `ws://127.0.0.1:${port}/`,
    async close() {
      for (const pause of pauses) clearTimeout(pause)
      await close()
    },
  }
}

/**
 * Sends all of it at the pace of the connection: `bufferedAmount` stays at the high-water mark and one chunk more at most,
 * and one chunk waits. An upload is for one connection: where that ends, what is left is dropped and this rejects.
 *
 * @param {import('@hawser/core').Socket<any, import('@hawser/core').WireData>} socket open
 * @param {Iterable<Uint8Array> | AsyncIterable<Uint8Array>} source a generator, a ReadableStream, a file's stream
 */
export async function upload(socket, source) {
  const connection = new AbortController()
  const { signal } = connection
  const off = socket.on('close', ({ code }) =>
    connection.abort(new Error(`The connection ended with ${code} before all was sent.`)),
  )
  try {
    for await (const chunk of source) {
      signal.throwIfAborted()
      socket.send(chunk, { signal })
      if (socket.queue.get().messages > 0) await socket.queue.drained()
    }
    await socket.queue.drained()
    signal.throwIfAborted()
  } finally {
    off()
  }
}

/** @param {number} bytes @param {number} [size] of a chunk */
export function* noise(bytes, size = 64 * 1024) {
  for (let left = bytes; left > 0; left -= size) yield randomBytes(Math.min(size, left))
}

/** @param {import('../common/narrate.js').Print} print */
export async function run(print) {
  const server = await startUpload()
  const socket = createSocket(server.url, { environment: { WebSocket } })
  narrate(socket, print)
  socket.connect()
  await socket.opened()
  const hash = createHash('sha256')
  let most = 0
  const source = function* () {
    for (const chunk of noise(32 * 1024 * 1024)) {
      hash.update(chunk)
      most = Math.max(most, (socket.transport?.bufferedAmount ?? 0) + socket.queue.get().bytes)
      yield chunk
    }
  }
  await upload(socket, source())
  socket.send('that is all')
  await socket.once('message')
  print(`sent 32 MiB, SHA-256 ${hash.digest('hex')}; never more than ${most} bytes waited here`)
  await socket.close()
  await server.close()
}
