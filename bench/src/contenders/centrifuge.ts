// centrifuge over its WebSocket transport. Its server is a minimal one, written for the benchmark.

import { Centrifuge } from 'centrifuge'
import { MemorySocket } from '../memory-socket'
import type { Contender } from './contender'

/** Says what a server says before the first message: that the connection is accepted, and how often it pings. */
class GreetingSocket extends MemorySocket {
  private greeted = false

  override send(data: string): void {
    if (this.greeted) return super.send(data)
    this.greeted = true
    const { id } = JSON.parse(data)
    const reply = { id, connect: { client: 'bench', version: '', ping: 25, pong: true } }
    // Not in the same task, as no server could.
    setTimeout(() => this.deliver({ data: JSON.stringify(reply) }), 0)
  }
}

export default {
  speaks: 'centrifuge',
  queues: false,
  reconnects: true,
  note: 'against a minimal server written for the benchmark, which pings every 25 s as Centrifugo does',
  memory: GreetingSocket,
  connect({ url, WebSocket, onOpen, onMessage, events }) {
    const client = new Centrifuge(url, { websocket: WebSocket, networkEventTarget: events ?? null })
    client.on('connected', onOpen)
    client.on('message', ({ data }) => onMessage(data))
    client.connect()
    return { send: (data) => void client.send(data), close: () => client.disconnect() }
  },
} satisfies Contender
