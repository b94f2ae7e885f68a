// A server for clients in the same process: put its `WebSocket` into `environment.WebSocket`, and script it.

import type { WebSocketConstructor } from '../types'
import {
  type MemoryBehaviour,
  MemoryConnection,
  type MemoryLogEntry,
  type MemoryMode,
} from './memory-connection'
import { MemorySocket } from './memory-socket'

export interface MemoryServerOptions extends MemoryBehaviour {
  /** Where clients connect to. Any other address does too: what a client asked for stands in its `url`. @default 'ws://memory.test/' */
  readonly url?: string
  /** What becomes of clients that connect. @default 'accept' */
  readonly mode?: MemoryMode
}

export interface MemoryServer {
  /** Give it to `environment.WebSocket`. */
  readonly WebSocket: WebSocketConstructor
  readonly url: string
  /** What becomes of the clients that connect from now on. */
  mode: MemoryMode
  /** One for each client ever made, in that order, refused and ignored ones too. */
  readonly connections: readonly MemoryConnection[]
  /** The newest of them. Throws where there is none. */
  readonly latest: MemoryConnection
  /** What happened on all of them, in the order of the wire. */
  readonly log: readonly MemoryLogEntry[]
  /** How many clients are not CLOSED. */
  readonly live: number
  /** How many handlers are attached to clients, dead ones included. */
  readonly handlers: number
}

/**
 * Makes a server for tests: accepts, refuses, stalls, closes and dies on demand. Opens no port and sets no timer.
 *
 * @example
 * const clock = manualClock()
 * const server = memoryServer({ clock, onMessage: (frame, connection) => connection.send(frame) })
 * const socket = createSocket(server.url, { environment: { clock, WebSocket: server.WebSocket } })
 * socket.connect()
 * await clock.advance(0)
 * socket.send('hi')
 * server.latest.received // ['hi']
 */
export function memoryServer(options: MemoryServerOptions = {}): MemoryServer {
  const { url = 'ws://memory.test/', mode = 'accept' } = options
  const connections: MemoryConnection[] = []
  const log: MemoryLogEntry[] = []
  const note = (entry: MemoryLogEntry) => log.push(entry)

  class WebSocket extends MemorySocket {
    constructor(
      address: string | URL,
      protocols: string | readonly string[] = [],
      extra: { headers?: Record<string, string> } = {},
    ) {
      const request = { protocols: [protocols].flat(), headers: extra.headers ?? {} }
      super(address, request.protocols, (socket) => {
        const connection = new MemoryConnection(connections.length, socket, request, options, note)
        connections.push(connection)
        connection.meet(server.mode)
        return connection.peer()
      })
    }
  }

  const server: MemoryServer = {
    WebSocket,
    url,
    mode,
    connections,
    get latest() {
      const connection = connections.at(-1)
      if (!connection) throw new Error('No client has connected to this memory server')
      return connection
    },
    log,
    get live() {
      return connections.filter(({ client }) => client.readyState !== client.CLOSED).length
    },
    get handlers() {
      return connections.reduce((sum, { client }) => sum + client.handlers, 0)
    },
  }
  return server
}
