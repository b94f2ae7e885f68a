// The proxy by itself, in front of a bare TCP server: how much it takes, in which order it passes it on, and that it
// lets go of everything.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startChaosProxy } from '../../server/chaos-proxy.js'
import { reset } from '../../server/lane.js'

/** @typedef {import('node:net').Socket} Socket */

const CHUNK = Buffer.alloc(64 * 1024, 'x')

/** Chunks. More than what all buffers of the system on the way can hold. */
const FLOOD = 1_024

/** @type {import('node:net').Server} */
let target
/** @type {import('../../server/chaos-proxy.js').ChaosProxy} */
let proxy
/** @type {Set<Socket>} the ends of the connections */
const sockets = new Set()
/** @type {Set<() => void>} */
const waiting = new Set()

beforeEach(async () => {
  target = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(target, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (target.address())
  proxy = await startChaosProxy({
    target: port,
    changed: () => {
      for (const look of waiting) look()
    },
  })
})

afterEach(async () => {
  await proxy.close()
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  target.close()
})

/**
 * Both ends of a connection through the proxy. Neither reads before the test does.
 *
 * @returns {Promise<{ client: Socket, server: Socket }>}
 */
async function connection() {
  const served = once(target, 'connection')
  const client = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true })
  await once(client, 'connect')
  const [server] = await served
  for (const socket of [client, server]) sockets.add(socket.on('error', () => {}))
  return { client, server }
}

/** Resolves with what ended the socket: an error code, or `end`. @param {Socket} socket */
function ended(socket) {
  return new Promise((resolve) => {
    socket.on('error', (error) => resolve('code' in error ? error.code : error))
    socket.on('end', () => resolve('end'))
    socket.resume()
  })
}

/** Resolves when the proxy has so many connections. @param {number} count */
function connections(count) {
  return /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      const look = () => {
        if (proxy.connections() !== count) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  )
}

/** Comes back after a few turns of the network, with everything under way on this machine passed on. */
async function settle() {
  const echo = createServer((socket) => void socket.pipe(socket)).listen(0, '127.0.0.1')
  await once(echo, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (echo.address())
  const socket = connect(port, '127.0.0.1')
  for (let turn = 0; turn < 10; turn++) {
    socket.write('.')
    await once(socket, 'data')
  }
  socket.destroy()
  echo.close()
}

/**
 * Writes a flood, one chunk after the other.
 *
 * @param {Socket} socket
 */
function flood(socket) {
  let taken = 0
  const over = (async () => {
    for (let chunk = 0; chunk < FLOOD && !socket.destroyed; chunk++) {
      await new Promise((done) => socket.write(CHUNK, done))
      taken++
    }
  })()
  return {
    /** Resolves with the chunks that were taken, when no more are. */
    async stuck() {
      for (let before = -1; before !== taken; ) {
        before = taken
        await settle()
      }
      return taken
    },
    over,
  }
}

/** Resolves with the error that a socket meets which goes on writing. @param {Socket} socket */
function refusal(socket) {
  const refused = once(socket, 'close').catch(({ code }) => code)
  flood(socket)
  return refused
}

/** @param {Socket} socket */
async function countBytes(socket) {
  let bytes = 0
  for await (const part of socket) bytes += part.length
  return bytes
}

describe('what is held', () => {
  it.each([
    ['the receiver does not read', () => {}],
    ['the link is slow', () => proxy.slow({ rate: 1 })],
    ['the link takes long', () => proxy.slow({ latency: 60_000 })],
    ['the link is stalled', () => proxy.stall()],
  ])('has a limit while %s, and all of it arrives in the end', async (_, hinder) => {
    const { client, server } = await connection()
    hinder()
    const { stuck, over } = flood(client)
    expect(await stuck()).toBeLessThan(FLOOD / 2)

    proxy.heal()
    proxy.slow()
    const [bytes] = await Promise.all([countBytes(server), over.then(() => client.end())])
    expect(bytes).toBe(FLOOD * CHUNK.length)
  })

  it.each([
    ['the end', (/** @type {Socket} */ socket) => socket.end()],
    ['the reset', reset],
  ])('arrives before %s that came after it, on a slow link', async (_, finish) => {
    const { client, server } = await connection()
    proxy.slow({ rate: 20_000, latency: 50 })
    const sent = CHUNK.subarray(0, 4_000)
    await new Promise((done) => client.write(sent, done))
    await settle()
    finish(client)
    let bytes = 0
    server.on('data', (part) => {
      bytes += part.length
    })
    // A reset right behind data is an end to Node as well.
    await ended(server)
    expect(bytes).toBe(sent.length)
  })
})

describe('a stall', () => {
  it.each(
    /** @type {const} */ ([
      ['server', 'client'],
      ['client', 'server'],
    ]),
  )('keeps what the %s sent for the %s, though its sender is gone', async (from, to) => {
    const ends = await connection()
    proxy.stall()
    const sent = CHUNK.subarray(0, 4_000)
    await new Promise((done) => ends[from].write(sent, done))
    await settle()
    reset(ends[from])
    await settle()
    let bytes = 0
    ends[to].on('data', (part) => {
      bytes += part.length
    })
    proxy.heal()
    await ended(ends[to])
    expect(bytes).toBe(sent.length)
    await connections(0)
  })
})

describe('a reset', () => {
  it('tells a server that still writes that its client is gone', async () => {
    const { client, server } = await connection()
    client.destroy()
    expect(await ended(server)).toBe('end')
    expect(await refusal(server)).toMatch(/ECONNRESET|EPIPE/)
  })

  it('does not wait for who does not read', async () => {
    const { client, server } = await connection()
    await flood(server).stuck()
    proxy.reset()
    expect(proxy.connections()).toBe(0)
    await Promise.all([ended(client), ended(server)])
  })

  it('lets go of a socket that is just sending its end', async () => {
    const { client, server } = await connection()
    proxy.stall()
    server.end()
    await settle()
    proxy.heal()
    // By now the system has been asked to send the end, and has not answered.
    await new Promise(process.nextTick)
    proxy.reset()
    await proxy.kill()
    expect(await Promise.all([ended(client), ended(server)])).toEqual(['end', 'ECONNRESET'])
    expect(await refusal(client)).toMatch(/ECONNRESET|EPIPE/)
  })

  it.each(
    /** @type {const} */ ([
      ['server', 'client'],
      ['client', 'server'],
    ]),
  )('of the %s reaches the %s, and nothing is left of it', async (from, to) => {
    const ends = await connection()
    reset(ends[from])
    expect(await ended(ends[to])).toBe('ECONNRESET')
    await connections(0)
  })

  it('is what clients meet where the server is not there', async () => {
    target.close()
    await once(target, 'close')
    const client = connect(proxy.port, '127.0.0.1')
    expect(await ended(client)).toBe('ECONNRESET')
    target.listen(0, '127.0.0.1')
  })
})

describe('kill and restart', () => {
  it('take effect one after the other, whenever they were asked for', async () => {
    const { kill, restart } = proxy
    await Promise.all([kill(), kill(), restart(), restart(), kill()])
    expect(proxy.faults().killed).toBe(true)
    await Promise.all([restart(), kill(), restart(), restart()])
    expect(proxy.faults().killed).toBe(false)
    await connection()
    expect(proxy.connections()).toBe(1)
  })
})
