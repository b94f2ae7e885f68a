// The platform's WebSocket with nothing around it: what all the others are measured against.

import type { Contender } from './contender'

export default {
  speaks: 'ws',
  queues: false,
  reconnects: false,
  connect({ url, WebSocket, onOpen, onMessage }) {
    const socket = new WebSocket(url)
    socket.onopen = onOpen
    socket.onmessage = (event) => onMessage(event.data)
    return { send: (data) => socket.send(data), close: () => socket.close() }
  },
} satisfies Contender
