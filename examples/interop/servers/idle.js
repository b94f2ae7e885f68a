// An echo on `ws` behind a reverse proxy that cuts connections on which nothing was said for a while, as most do. Shows what
// follows: 1006 and a retry; and how a heartbeat keeps the connection, with an interval below the proxy's patience
// and the protocol's own pings, which every server answers.
import { createServer } from 'node:http'
import { connect, createServer as createProxy } from 'node:net'
import { createSocket, heartbeat, wsPings } from '@hawser/core'
import { WebSocket, WebSocketServer } from 'ws'
import { listen } from '../common/listen.js'
import { narrate } from '../common/narrate.js'

/**
 * @param {object} [options]
 * @param {number} [options.patience] milliseconds of silence after which the proxy cuts
 */
export async function startIdle({ patience = 1_000 } = {}) {
  const http = createServer()
  const sockets = new WebSocketServer({ server: http })
  sockets.on('connection', (client) => {
    client.on('message', (data, binary) => client.send(data, { binary }))
  })
  const server = await listen(http)

  const proxy = createProxy((client) => {
    const upstream = connect(server.port, '127.0.0.1')
    client.pipe(upstream).pipe(client)
    for (const [end, other] of [
      [client, upstream],
      [upstream, client],
    ]) {
      end?.on('error', () => {})
      end?.on('close', () => other?.destroy())
    }
    client.setTimeout(patience, () => client.destroy())
  })
  const { port, close } = await listen(proxy)
  return {
    url: `ws://127.0.0.1:${port}/`,
    async close() {
      await close()
      await server.close()
    },
  }
}

/** @param {import('../common/narrate.js').Print} print */
export async function run(print) {
  const server = await startIdle()
  print('without a heartbeat:')
  const silent = createSocket(server.url, { environment: { WebSocket } })
  narrate(silent, print)
  silent.connect()
  await silent.once('close')
  await silent.close()

  print('with a heartbeat:')
  /** @type {() => void} */
  let answered = () => {}
  const socket = createSocket(server.url, {
    heartbeat: heartbeat({ interval: 300, timeout: 5_000 }),
    inspect: ({ type }) => {
      if (type === 'latency') answered()
    },
    environment: { WebSocket, protocolPings: wsPings },
  })
  narrate(socket, print)
  socket.connect()
  for (let pings = 0; pings < 8; pings++) {
    await /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        answered = resolve
      })
    )
  }
  print(`eight pings later it is ${socket.state.get().status}`)
  await socket.close()
  await server.close()
}
