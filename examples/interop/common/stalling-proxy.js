// A TCP proxy that can go silent: bytes are still taken, but none arrive any more. So it is when a cable is cut, or when a
// router on the way has forgotten a connection: neither end is told.
import { connect, createServer } from 'node:net'
import { listen } from './listen.js'

/** @param {number} target the port of the server behind it */
export async function startStallingProxy(target) {
  /** By the port from which the server sees them. @type {Map<number | undefined, () => void>} */
  const stalls = new Map()
  const proxy = createServer((client) => {
    const server = connect(target, '127.0.0.1')
    let stalled = false
    for (const [from, to] of /** @type {const} */ ([
      [client, server],
      [server, client],
    ])) {
      from.on('data', (bytes) => stalled || to.write(bytes))
      from.on('error', () => {})
      from.on('close', () => stalled || to.destroy())
    }
    // The end of a stalled connection is the proxy's own matter.
    client.on('close', () => server.destroy())
    server.on('connect', () => {
      const { localPort } = server
      stalls.set(localPort, () => {
        stalled = true
      })
      server.on('close', () => stalls.delete(localPort))
    })
  })
  const { port, close } = await listen(proxy)
  return {
    port,
    /**
     * Nothing goes through that connection any more; others, and new ones, are as before.
     *
     * @param {number | undefined} port from which the server sees it
     */
    stall: (port) => stalls.get(port)?.(),
    close,
  }
}
