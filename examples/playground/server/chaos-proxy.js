// A TCP proxy in front of a server on this machine, which breaks connections the way that networks and processes do.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { listen, listenOn } from '@hawser/example-server'
import { createLane, reset } from './lane.js'

/** @typedef {import('node:net').Socket} Socket */
/** @typedef {import('node:net').Server} Server */
/** @typedef {{ client: Socket, server: Socket, pump: () => void }} Link */
/** @typedef {Awaited<ReturnType<typeof startChaosProxy>>} ChaosProxy */

/** Milliseconds. More would be a stall. */
const MAX_LATENCY = 60_000

/**
 * @param {object} options
 * @param {number} options.target the port of the server
 * @param {number} [options.port] the port to listen on; a free one where it is taken, or 0
 * @param {() => void} [options.changed] called after each change of what can be looked at
 */
export async function startChaosProxy({ target, port: preferred = 0, changed = () => {} }) {
  /** @type {import('./lane.js').Weather} */
  const weather = { stalled: false, rate: null, latency: 0 }
  /** @type {Set<Link>} */
  const links = new Set()
  /** @type {Server | undefined} */
  let listener
  /** @type {Promise<void>} */
  let turn = Promise.resolve()

  const port = await start((server) => listen(server, preferred))

  /** @param {(server: import('node:http').Server) => Promise<number>} listening */
  async function start(listening) {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, link)
    // What listens on loopback does so for HTTP by its type, and for any server in fact.
    const port = await listening(/** @type {import('node:http').Server} */ (server))
    listener = server
    return port
  }

  /** @param {Socket} client */
  function link(client) {
    const server = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const lanes = [createLane(client, server, weather), createLane(server, client, weather)]
    const made = { client, server, pump: () => lanes.forEach(({ pump }) => void pump()) }
    links.add(made)
    for (const socket of [client, server]) {
      // A broken connection is what this proxy is for; `close` follows.
      socket.on('error', () => {})
      socket.on('close', () => {
        if (client.closed && server.closed) links.delete(made)
        changed()
      })
    }
    changed()
  }

  function resetAll() {
    for (const { client, server } of links) {
      reset(client)
      reset(server)
    }
  }

  /** @param {Partial<import('./lane.js').Weather>} change */
  function become(change) {
    Object.assign(weather, change)
    for (const { pump } of links) pump()
    changed()
  }

  /**
   * One after the other: a port can only be listened on again when the listening before has ended.
   *
   * @param {() => Promise<void>} change
   */
  function inTurn(change) {
    const done = turn.then(change)
    turn = done.catch(() => {})
    return done
  }

  async function kill() {
    if (!listener) return
    const closed = once(listener, 'close')
    listener.close()
    listener = undefined
    resetAll()
    await closed
    changed()
  }

  async function restart() {
    if (listener) return
    await start((server) => listenOn(server, port))
    changed()
  }

  return {
    port,
    url: `ws://127.0.0.1:${port}/`,

    /** Refuses new connections and ends the others, as a process that dies does. What was held is gone. */
    kill: () => inTurn(kill),

    /** Listens again, on the port of before; other faults stay. Rejects where somebody else has taken the port. */
    restart: () => inTurn(restart),

    /** Resets every connection (RST). What was held is gone. */
    reset: resetAll,

    /** Passes nothing on and ends nothing, on new connections too: half-open. */
    stall: () => become({ stalled: true }),

    /** Passes on what was held, and what comes. */
    heal: () => become({ stalled: false }),

    /**
     * @param {object} [link]
     * @param {number | null} [link.rate] bytes per second in each direction of each connection
     * @param {number} [link.latency] milliseconds that each chunk takes longer; throws a `RangeError` where one is out
     *   of range
     */
    slow({ rate = null, latency = 0 } = {}) {
      if (rate !== null && !(rate >= 1 && rate < Infinity))
        throw new RangeError('rate is 1 or more bytes a second.')
      if (!(latency >= 0 && latency <= MAX_LATENCY))
        throw new RangeError(`latency is 0 to ${MAX_LATENCY} ms.`)
      become({ rate, latency })
    },

    /** Connections of clients that are there now, half-open ones included. */
    connections: () => [...links].filter(({ client }) => !client.destroyed).length,

    faults: () => ({ killed: listener === undefined, ...weather }),

    /** The end. */
    close: () => inTurn(kill),
  }
}
