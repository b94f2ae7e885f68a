// partysocket's WebSocket class. `on…` properties, not listeners: its cheapest way to hear of a message.

import ReconnectingWebSocket from 'partysocket/ws'
import type { Contender } from './contender'

export default {
  speaks: 'ws',
  queues: true,
  reconnects: true,
  connect({ url, WebSocket, onOpen, onMessage }) {
    const socket = new ReconnectingWebSocket(url, undefined, { WebSocket })
    socket.onopen = onOpen
    socket.onmessage = (event) => onMessage(event.data)
    return { send: (data) => socket.send(data), close: () => socket.close() }
  },
} satisfies Contender
