// The server side of the playground as one thing: the page and its controls, and the WebSocket server behind the proxy.
import { startChaosProxy } from './chaos-proxy.js'
import { startControlServer } from './control-server.js'
import { startCountingServer } from './counting-server.js'

/** @typedef {import('../protocol').Summary} Summary */

/**
 * @param {object} options
 * @param {Record<string, string>} options.files what to serve: from a path to a file, or from a path that ends in a
 *   slash to a folder
 * @param {number} [options.pagePort] the port of the page; a free one where it is taken, or 0
 * @param {number} [options.socketPort] the port of the WebSocket endpoint; likewise
 */
export async function startPlayground({ files, pagePort = 0, socketPort = 0 }) {
  /** @type {Set<() => void>} */
  const listeners = new Set()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  const server = await startCountingServer({ changed })
  const proxy = await startChaosProxy({ target: server.port, port: socketPort, changed })

  /** @returns {Summary} what was counted, and what is broken */
  const stats = () => ({
    clients: server.counts(),
    connections: proxy.connections(),
    faults: { ...proxy.faults(), refusing: server.isRefusing() },
  })
  /** @param {() => void} listener */
  const subscribe = (listener) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  const control = await startControlServer({ server, proxy, stats, subscribe, files, port: pagePort })

  return {
    /** The page. */
    url: control.url,
    /** The WebSocket endpoint, through the proxy. */
    socketUrl: proxy.url,
    stats,
    /** The end of all of it. */
    async close() {
      await control.close()
      await proxy.close()
      await server.close()
    },
  }
}
