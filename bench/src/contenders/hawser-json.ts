// Hawser with `json()` and no confirmation: the app gives each message its id.

import { createSocket, json, offlineQueue } from '@hawser/core'
import type { Contender } from './contender'

const queue = offlineQueue({ maxMessages: 1_000_000, maxBytes: 1_000_000_000 })
interface Message {
  readonly text?: string
  /** For the server. */
  readonly order?: string
  readonly id?: string
}

const plain = json()

/** As `json()`, but orders for the server, and what it says, are plain text. */
export const codec = {
  ...plain,
  encodeWith: (message: object, opening: string) =>
    'order' in message ? undefined : plain.encodeWith?.(message, opening),
  encode: (message: unknown) => (message as Message).order ?? JSON.stringify(message),
  decode: (data: unknown) => ((data as string)[0] === '{' ? JSON.parse(data as string) : data),
}

export const messageOf = (text: string): Message => (text[0] === '!' ? { order: text } : { text })

export default {
  speaks: 'ws',
  queues: true,
  reconnects: true,
  note: 'with JSON, and an id in each message',
  connect({ url, WebSocket, onOpen, onMessage }) {
    const socket = createSocket(url, { environment: { WebSocket }, queue, codec })
    let sequence = 0
    socket.on('open', onOpen)
    socket.on('message', (data) => onMessage(data as string))
    socket.connect()
    return {
      send: (text) =>
        void socket.send(text[0] === '!' ? messageOf(text) : { text, id: `bench-0-${++sequence}` }),
      close: () => void socket.close(),
    }
  },
} satisfies Contender
