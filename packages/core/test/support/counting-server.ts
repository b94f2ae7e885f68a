// A real WebSocket server (ws) on a free loopback port that counts: which message came, how often and in which order.
// It drops doubles by id and says what it has, as far as it is told to.

import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

export interface CountingServerOptions {
  /** How it acknowledges: not at all, each message by itself, or those of one turn together. @default 'none' */
  readonly acks?: 'none' | 'each' | 'batches'
  /** Whether it drops what it knows by its id. @default false */
  readonly dropsDoubles?: boolean
}

/** What a client sends: `n` is the sender's own count, from 0 on. A message without an `id` is known by its `n`. */
export interface CountedMessage {
  readonly n: number
  readonly id?: string
}

export interface Arrival {
  readonly n: number
  /** It was not dropped. */
  readonly isTaken: boolean
  readonly connection: CountedConnection
}

export interface CountedConnection {
  /** What became of it, as far as the server was told. */
  fate: string | undefined
}

export interface CountingServer {
  readonly port: number
  counts(): { arrivals: number; open: number }
  /** All that came, in order. */
  arrivals(): readonly Arrival[]
  /** Notes what becomes of the connection from this port. */
  note(port: number, fate: string): void
  /** Closes it by the server's own will. */
  leave(port: number, code: number): void
  stop(): void
}

/** @param changed called whenever the counts have changed */
export async function startCountingServer(
  { acks = 'none', dropsDoubles = false }: CountingServerOptions,
  changed: () => void,
): Promise<CountingServer> {
  const arrivals: Arrival[] = []
  const seen = new Set<string | number>()
  /** By the port that they come from, which is theirs as long as they last. */
  const connections = new Map<number | undefined, CountedConnection & { readonly socket: WebSocket }>()

  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', (socket, { socket: stream }) => {
    stream.unref()
    const { remotePort } = stream
    const connection = { socket, fate: undefined }
    connections.set(remotePort, connection)
    changed()
    const acknowledge = acknowledger(socket, acks)
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as CountedMessage | { type: 'ping' }
      if ('type' in message) return socket.send(JSON.stringify({ ...message, type: 'pong' }))
      const { n, id = n } = message
      arrivals.push({ n, isTaken: !(dropsDoubles && seen.has(id)), connection })
      seen.add(id)
      // A double as well: its sender has not heard that it arrived.
      acknowledge(id)
      changed()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (connections.get(remotePort) === connection) connections.delete(remotePort)
      changed()
    })
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo

  return {
    port,
    counts: () => ({ arrivals: arrivals.length, open: server.clients.size }),
    arrivals: () => arrivals,
    note(port, fate) {
      const connection = connections.get(port)
      if (connection) connection.fate = fate
    },
    leave: (port, code) => connections.get(port)?.socket.close(code),
    stop() {
      server.close()
      for (const socket of server.clients) socket.terminate()
    },
  }
}

function acknowledger(socket: WebSocket, how: NonNullable<CountingServerOptions['acks']>) {
  if (how === 'none') return () => {}
  if (how === 'each') return (id: string | number) => socket.send(JSON.stringify({ type: 'ack', ids: id }))
  let ids: (string | number)[] = []
  return (id: string | number) => {
    if (ids.push(id) > 1) return
    setImmediate(() => {
      socket.send(JSON.stringify({ type: 'ack', ids }))
      ids = []
    })
  }
}
