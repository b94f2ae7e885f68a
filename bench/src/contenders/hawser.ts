// Hawser. The queue's limits are raised, since the benchmark lets 100 000 messages wait; all else is default.

import { createSocket, offlineQueue } from '@hawser/core'
import type { Contender } from './contender'

const queue = offlineQueue({ maxMessages: 1_000_000, maxBytes: 1_000_000_000 })

export default {
  speaks: 'ws',
  queues: true,
  reconnects: true,
  note: 'offlineQueue with its limits raised',
  connect({ url, WebSocket, onOpen, onMessage }) {
    const socket = createSocket(url, { environment: { WebSocket }, queue })
    socket.on('open', onOpen)
    socket.on('message', (data) => onMessage(data as string))
    socket.connect()
    return { send: (data) => void socket.send(data), close: () => void socket.close() }
  },
} satisfies Contender
