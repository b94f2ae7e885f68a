// The bare socket, with JSON that has an id in it: what the contenders with `json()` put on the wire.

import type { Contender } from './contender'

export default {
  speaks: 'ws',
  queues: false,
  reconnects: false,
  connect({ url, WebSocket, onOpen, onMessage }) {
    const socket = new WebSocket(url)
    let sequence = 0
    socket.onopen = onOpen
    socket.onmessage = (event) => onMessage(event.data)
    return {
      send: (text) =>
        socket.send(text[0] === '!' ? text : JSON.stringify({ text, id: `bench-0-${++sequence}` })),
      close: () => socket.close(),
    }
  },
} satisfies Contender
