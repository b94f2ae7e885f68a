// A server that speaks to channels as Phoenix does, as far as clients can tell: joins, leaves, broadcasts, crashes,
// heartbeats. Frames are `[join_ref, ref, topic, event, payload]`.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

export type PhoenixFrame = readonly [
  joinRef: string | null,
  ref: string | null,
  topic: string,
  event: string,
  payload: any,
]

export interface PhoenixServer {
  readonly url: string
  /** Every frame that came in, by connection. */
  readonly frames: PhoenixFrame[][]
  /** The topics that each open connection has joined. */
  readonly joined: () => string[][]
  /** To all who joined, as `Endpoint.broadcast` does. */
  broadcast(topic: string, event: string, payload: unknown): void
  /** The processes of a topic end: with an error, or as they should. */
  stop(topic: string, how: 'phx_error' | 'phx_close'): void
  /** Connections end without a close frame. */
  breakAll(): void
  close(): Promise<void>
}

/** @param changed called after each frame and each connection's end */
export async function startPhoenixServer(changed: () => void = () => {}): Promise<PhoenixServer> {
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(sockets, 'listening')
  const frames: PhoenixFrame[][] = []
  const topics = new Map<WebSocket, Map<string, string | null>>()
  const send = (client: WebSocket, ...frame: PhoenixFrame) => client.send(JSON.stringify(frame))

  sockets.on('connection', (client, request) => {
    const received: PhoenixFrame[] = []
    const joins = new Map<string, string | null>()
    frames.push(received)
    topics.set(client, joins)
    if (!request.url?.startsWith('/socket/websocket?') || !request.url.includes('vsn=2.0.0'))
      client.close(1008)
    client.on('error', () => {})
    client.on('close', () => {
      topics.delete(client)
      changed()
    })
    client.on('message', (data) => {
      const frame: PhoenixFrame = JSON.parse(String(data))
      received.push(frame)
      answer(client, joins, frame)
      changed()
    })
  })

  function answer(
    client: WebSocket,
    joins: Map<string, string | null>,
    [joinRef, ref, topic, event, payload]: PhoenixFrame,
  ) {
    const reply = (status: string, response: unknown) =>
      send(client, joinRef, ref, topic, 'phx_reply', { status, response })
    const before = joins.get(topic)
    if (topic === 'phoenix') return reply('ok', {})
    if (event === 'phx_join') {
      // One process for each topic of a connection: a second join replaces the first.
      if (before !== undefined) send(client, before, before, topic, 'phx_close', {})
      if (payload.token === 'bad') return reply('error', { reason: 'unauthorized' })
      joins.set(topic, joinRef)
      return reply('ok', { welcome: topic })
    }
    if (before === undefined) {
      return event === 'phx_leave' ? reply('ok', {}) : reply('error', { reason: 'unmatched topic' })
    }
    if (event === 'phx_leave') {
      joins.delete(topic)
      reply('ok', {})
      return send(client, before, before, topic, 'phx_close', {})
    }
    broadcast(topic, event, payload)
    // A channel answers by its own join; what came for none was answered by the `ref` alone, above.
    return send(client, before, ref, topic, 'phx_reply', { status: 'ok', response: {} })
  }

  function broadcast(topic: string, event: string, payload: unknown) {
    for (const [client, joins] of topics)
      if (joins.has(topic)) send(client, null, null, topic, event, payload)
  }

  return {
    url: `ws://127.0.0.1:${(sockets.address() as AddressInfo).port}/socket`,
    frames,
    joined: () => [...topics.values()].map((joins) => [...joins.keys()]),
    broadcast,
    stop(topic, how) {
      for (const [client, joins] of topics) {
        const joinRef = joins.get(topic)
        if (joinRef === undefined) continue
        joins.delete(topic)
        send(client, joinRef, joinRef, topic, how, {})
      }
    },
    breakAll() {
      for (const client of sockets.clients) client.terminate()
    },
    async close() {
      for (const client of sockets.clients) client.terminate()
      sockets.close()
      await once(sockets, 'close')
    },
  }
}
