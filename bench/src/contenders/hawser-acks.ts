// Hawser with `json()` and acks: it gives each message its id, and keeps it until the server has it.

import { acks, createSocket, offlineQueue } from '@hawser/core'
import { MemorySocket } from '../memory-socket'
import type { Contender } from './contender'
import { codec, messageOf } from './hawser-json'

const queue = offlineQueue({
  maxMessages: 1_000_000,
  maxBytes: 1_000_000_000,
  confirm: acks({ isAck: (message) => message.ack }),
})

/** At each 128th message, acks all that went before it. */
class AckingSocket extends MemorySocket {
  #last = ''

  override send(data: string): void {
    super.send(data)
    if ((this.sent & 127) === 0) this.deliver({ data: `{"ack":{"upTo":"${JSON.parse(this.#last).id}"}}` })
    this.#last = data
  }
}

export default {
  speaks: 'ws',
  queues: true,
  reconnects: true,
  note: 'with JSON and acks',
  memory: AckingSocket,
  connect({ url, WebSocket, onOpen, onMessage }) {
    const socket = createSocket(url, { environment: { WebSocket }, queue, codec })
    socket.on('open', () => {
      socket.send({ order: '!acks' })
      onOpen()
    })
    socket.on('message', (data) => onMessage(data as string))
    socket.connect()
    return {
      send: (text) => void socket.send(messageOf(text)),
      close: () => void socket.close(),
    }
  },
} satisfies Contender
