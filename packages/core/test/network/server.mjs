// The server of the network tests, a process of its own: it says what came in on which connection, sends each message
// back, answers pings, and hands out the page.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

/**
 * @typedef {(
 *   | { readonly type: 'listening', readonly port: number }
 *   | { readonly type: 'connected', readonly connection: number, readonly address: string }
 *   | { readonly type: 'message', readonly connection: number, readonly text: string }
 *   | { readonly type: 'closed', readonly connection: number }
 * )} ServerFact What it tells. `address`: which of the server's the connection came in at.
 */

/** @param {ServerFact} fact */
const tell = (fact) => process.send?.(fact)

/** @type {Record<string, readonly [type: string, file: string]>} */
const files = {
  '/': ['text/html', 'page.html'],
  '/client.mjs': ['text/javascript', 'client.mjs'],
  '/hawser.global.js': ['text/javascript', '../../dist/hawser.global.js'],
}

const http = createServer(async ({ url = '' }, response) => {
  const [type, file] = files[url] ?? []
  if (!file) return response.writeHead(404).end()
  response.setHeader('Content-Type', type ?? '')
  response.end(await readFile(new URL(file, import.meta.url)))
})

let connections = 0
new WebSocketServer({ server: http }).on('connection', (socket, request) => {
  const connection = connections++
  tell({ type: 'connected', connection, address: request.socket.localAddress ?? '' })
  socket.on('message', (data) => {
    const text = String(data)
    if (text === 'ping') return socket.send('pong')
    tell({ type: 'message', connection, text })
    socket.send(text)
  })
  socket.on('error', () => {})
  socket.on('close', () => tell({ type: 'closed', connection }))
})

http.listen(0, '0.0.0.0', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (http.address())
  tell({ type: 'listening', port })
})
process.on('disconnect', () => process.exit())
