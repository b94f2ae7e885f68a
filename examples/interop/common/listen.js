// Where the servers of these examples listen: on loopback, at a free port.
import { once } from 'node:events'

/**
 * Listens. What it gives ends the server with all of its connections, whatever they are up to.
 *
 * @param {import('node:net').Server} server HTTP, HTTPS or bare TCP
 * @returns {Promise<{ port: number, close: () => Promise<void> }>}
 */
export async function listen(server) {
  /** @type {Set<import('node:net').Socket>} */
  const connections = new Set()
  server.on('connection', (connection) => {
    connections.add(connection)
    connection.on('close', () => connections.delete(connection))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const connection of connections) connection.destroy()
      await closed
    },
  }
}
