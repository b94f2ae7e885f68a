// The network between a client and its server: it counts connections, and breaks them.
import { connect, createServer } from 'node:net'
import { listen } from '../../../common/listen.js'

/** @typedef {import('node:net').Socket} Socket */
/** @typedef {Awaited<ReturnType<typeof startProxy>>} Proxy */

/** @param {number} target the port of the server */
export async function startProxy(target) {
  /** @type {Set<{ client: Socket, server: Socket, stalled: boolean }>} */
  const links = new Set()
  /** @type {Set<() => void>} */
  const waiting = new Set()
  let accepted = 0
  let most = 0

  const { port, close } = await listen(
    createServer((client) => {
      const server = connect(target, '127.0.0.1')
      const link = { client, server, stalled: false }
      links.add(link)
      accepted += 1
      for (const [from, to] of [
        [client, server],
        [server, client],
      ]) {
        from?.on('data', (bytes) => link.stalled || to?.write(bytes))
        // A broken connection is what this proxy is for; `close` follows.
        from?.on('error', () => {})
        from?.on('close', () => link.stalled || to?.destroy())
      }
      const over = () => {
        links.delete(link)
        changed()
      }
      // Any sign of the client's end will do: `close` follows in a later turn, and takes long on a busy machine.
      for (const sign of ['end', 'error', 'close']) client.on(sign, over)
      client.on('close', () => server.destroy())
      // Not before it is answered: on a busy machine the end of the one before may be read after this one has come.
      server.once('data', () => {
        most = Math.max(most, links.size)
      })
      changed()
    }),
  )

  function changed() {
    for (const look of waiting) look()
  }

  return {
    port,
    /** Connections of clients: all that came, those that are there, and the most that were when one was answered. */
    counts: () => ({ accepted, live: links.size, most }),

    /** Ends each connection with a reset (TCP RST), to both sides. */
    reset() {
      for (const { client, server } of links) for (const end of [client, server]) reset(end)
    },

    /** Half-open: nothing goes through the connections of now any more, and neither end is told. New ones work. */
    stall() {
      for (const link of links) link.stalled = true
    },

    /**
     * Resolves as soon as the counts are so.
     *
     * @param {(counts: { accepted: number, live: number, most: number }) => boolean} are
     */
    until(are) {
      return /** @type {Promise<void>} */ (
        new Promise((resolve) => {
          const look = () => {
            if (!are({ accepted, live: links.size, most })) return
            waiting.delete(look)
            resolve()
          }
          waiting.add(look)
          look()
        })
      )
    },

    close,
  }
}

/** @param {Socket} socket */
function reset(socket) {
  // Node cannot reset a socket that is just sending its end.
  if (socket.writableEnded && !socket.writableFinished) socket.destroy()
  else socket.resetAndDestroy()
}
