// One direction of one connection through the proxy: bytes go in at one socket, and out at the other as the faults let
// them.

/** @typedef {import('node:net').Socket} Socket */
/** @typedef {{ stalled: boolean, rate: number | null, latency: number }} Weather */

/** Bytes that are held at most. Beyond, the proxy reads no more, and they stay with the sender. */
const MAX_HELD = 64 * 1024

/** On a slow link so many milliseconds' worth of bytes pass at a time. */
const STEP = 20

/**
 * @param {Socket} from
 * @param {Socket} to
 * @param {Readonly<Weather>} weather may change at any time; `pump` then looks at it
 */
export function createLane(from, to, weather) {
  /** @type {{ bytes: Buffer, at: number }[]} */
  const held = []
  let heldBytes = 0
  /** On a slow link, when the bytes before have passed. */
  let freeAt = 0
  /** @type {'end' | 'reset' | undefined} */
  let ending
  /** @type {NodeJS.Timeout | undefined} */
  let timer

  from.on('data', (bytes) => {
    held.push({ bytes, at: performance.now() })
    heldBytes += bytes.length
    pump()
  })
  from.on('end', () => {
    ending = 'end'
    pump()
  })
  from.on('close', (hadError) => {
    if (hadError) ending = 'reset'
    pump()
  })
  to.on('drain', pump)

  function pump() {
    clearTimeout(timer)
    if (weather.stalled) return press()
    while (held[0] && to.writable && !to.writableNeedDrain) {
      const early = dueAt(held[0]) - performance.now()
      if (early > 0) {
        timer = setTimeout(pump, early).unref()
        break
      }
      pass(held[0])
    }
    // The end comes after everything that was sent before it.
    if (!held[0] && ending === 'end') to.end()
    if (!held[0] && ending === 'reset') reset(to)
    press()
  }

  /** @param {{ at: number }} chunk */
  function dueAt({ at }) {
    const arrivesAt = at + weather.latency
    return weather.rate === null ? arrivesAt : Math.max(arrivesAt, freeAt)
  }

  /** @param {{ bytes: Buffer }} chunk the oldest */
  function pass(chunk) {
    const { rate } = weather
    const size = rate === null ? chunk.bytes.length : Math.ceil((rate * STEP) / 1_000)
    const passing = chunk.bytes.subarray(0, size)
    to.write(passing)
    chunk.bytes = chunk.bytes.subarray(size)
    if (chunk.bytes.length === 0) held.shift()
    heldBytes -= passing.length
    if (rate !== null) freeAt = performance.now() + (passing.length / rate) * 1_000
  }

  function press() {
    if (heldBytes > MAX_HELD) from.pause()
    else from.resume()
  }

  return { pump }
}

/**
 * Ends a socket with a RST, at once. Where `resetAndDestroy()` meets a FIN that is on its way, it fails and the socket is
 * never closed (Node 20): such a socket is let go without a RST. And older versions of Node send that FIN themselves,
 * unless `destroySoon()` is kept from it.
 *
 * @param {Socket} socket
 */
export function reset(socket) {
  socket.destroySoon = socket.destroy
  if (socket.writableEnded && !socket.writableFinished) socket.destroy()
  else socket.resetAndDestroy()
}
