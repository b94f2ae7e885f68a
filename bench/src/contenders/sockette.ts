// sockette. It takes no class, only the global one.

import Sockette from 'sockette'
import type { Contender } from './contender'

export default {
  speaks: 'ws',
  queues: false,
  reconnects: true,
  note: 'has no queue: send throws before open',
  connect({ url, WebSocket, onOpen, onMessage }) {
    globalThis.WebSocket = WebSocket
    const socket = new Sockette(url, { onopen: onOpen, onmessage: (event) => onMessage(event.data) })
    return { send: (data) => socket.send(data), close: () => socket.close() }
  },
} satisfies Contender
