// A large upload to a server that reads slowly: what waits here stays small, and all of it arrives.
import { createHash, randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { noise, startUpload, upload } from '../servers/upload.js'
import { open } from './support.js'

const MiB = 1024 * 1024
const chunk = 64 * 1024
/** What a frame has around its payload (RFC 6455, section 5.2): `ws` counts it as well. */
const frameHeader = 14

/** @type {Awaited<ReturnType<typeof startUpload>>} */
let server
afterEach(() => server.close())

/** A socket of which it is known how much ever waited in it: looked at after each frame, and at each change of the queue. */
async function watched({ highWaterMark = 65_536 } = {}) {
  const most = { buffered: 0, queued: 0, messages: 0 }
  class Watched extends WebSocket {
    /** @override @param {any} data */
    send(data) {
      super.send(data)
      most.buffered = Math.max(most.buffered, this.bufferedAmount)
    }
  }
  const opened = open(server.url, { highWaterMark, environment: { WebSocket: Watched } })
  const { socket } = opened
  socket.queue.subscribe(() => {
    const { messages, bytes } = socket.queue.get()
    most.messages = Math.max(most.messages, messages)
    most.queued = Math.max(most.queued, bytes)
  })
  await socket.opened()
  return { ...opened, most }
}

/** Passes chunks on, and adds them up on the way. @param {Iterable<Uint8Array>} chunks */
function summed(chunks) {
  const hash = createHash('sha256')
  let bytes = 0
  return {
    *source() {
      for (const chunk of chunks) {
        hash.update(chunk)
        bytes += chunk.length
        yield chunk
      }
    },
    sum: () => ({ bytes, sha256: hash.copy().digest('hex') }),
  }
}

/** Chunks of all sizes, from one byte to three times the usual. @param {number} total */
function* uneven(total) {
  for (let left = total, i = 0; left > 0; i++) {
    const size = Math.min(left, i % 5 === 0 ? 1 : (i * 7_919) % (3 * chunk))
    yield randomBytes(size)
    left -= size
  }
}

/** @type {[string, () => Iterable<Uint8Array>, number, number][]} */
const streams = [
  ['32 MiB in even chunks', () => noise(32 * MiB, chunk), 65_536, chunk],
  ['16 MiB in chunks of all sizes', () => uneven(16 * MiB), 65_536, 3 * chunk],
  ['16 MiB with a high-water mark of 1 MiB', () => noise(16 * MiB, chunk), MiB, chunk],
]

describe('an upload', () => {
  it.each(streams)('B73 of %s arrives whole, and little waits', async (_, make, highWaterMark, largest) => {
    server = await startUpload()
    const { socket, heard, most, closes, errors } = await watched({ highWaterMark })
    const { source, sum } = summed(make())
    await upload(socket, source())
    socket.send('that is all')
    expect(JSON.parse(String((await heard(1))[0]))).toEqual(sum())
    // It did fill: otherwise nothing of this is proven.
    expect(most.buffered).toBeGreaterThanOrEqual(highWaterMark)
    expect(most.buffered).toBeLessThanOrEqual(highWaterMark + largest + frameHeader)
    expect(most).toMatchObject({ messages: 1 })
    expect(most.queued).toBeLessThanOrEqual(largest)
    expect(socket.queue.get().dropped).toBe(0)
    expect([...closes, ...errors]).toEqual([])
  })

  it('B73 of a ReadableStream is read no faster than it is sent', async () => {
    server = await startUpload()
    const { socket, heard, most } = await watched()
    const { source, sum } = summed(noise(16 * MiB, chunk))
    const chunks = source()
    let pulled = 0
    let ahead = 0
    const stream = new ReadableStream(
      {
        pull(controller) {
          const { value, done } = chunks.next()
          if (done) return controller.close()
          pulled += value.length
          const { bytes } = socket.queue.get()
          ahead = Math.max(ahead, bytes + (socket.transport?.bufferedAmount ?? 0))
          controller.enqueue(value)
        },
      },
      { highWaterMark: 0 },
    )
    await upload(socket, /** @type {AsyncIterable<Uint8Array>} */ (/** @type {unknown} */ (stream)))
    socket.send('that is all')
    expect(JSON.parse(String((await heard(1))[0]))).toEqual(sum())
    expect(pulled).toBe(16 * MiB)
    // A chunk is asked for only where the one before went out at once.
    expect(ahead).toBeLessThanOrEqual(65_536 + chunk + frameHeader)
    expect(most.messages).toBe(1)
  })

  it.each([
    ['is replaced', (/** @type {import('@hawser/core').Socket} */ socket) => socket.reconnect()],
    [
      'dies',
      (/** @type {import('@hawser/core').Socket} */ { transport }) =>
        /** @type {WebSocket} */ (/** @type {unknown} */ (transport)).terminate(),
    ],
  ])('whose connection %s rejects, and nothing of it goes to the next', async (_, end) => {
    server = await startUpload({ rate: MiB })
    const { socket, heard, opens } = await watched()
    const { source, sum } = summed(noise(64 * MiB, chunk))
    const off = socket.queue.subscribe(() => {
      if (socket.queue.get().messages === 0 || sum().bytes < MiB) return
      off()
      // A part waits here, and others in the transport.
      queueMicrotask(() => end(socket))
    })
    await expect(upload(socket, source())).rejects.toThrow('ended with 1006')
    expect(socket.queue.get().messages).toBe(0)
    socket.send('what have you got?')
    expect(JSON.parse(String((await heard(1))[0]))).toMatchObject({ bytes: 0 })
    expect(opens()).toBe(2)
  })
})
