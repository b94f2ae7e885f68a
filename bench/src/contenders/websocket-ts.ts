// websocket-ts, with the queue and the backoff of its README, for it has neither by default. It takes no class, only the
// global one.

import { ArrayQueue, ConstantBackoff, WebsocketBuilder } from 'websocket-ts'
import type { Contender } from './contender'

export default {
  speaks: 'ws',
  queues: true,
  reconnects: true,
  note: "with its README's ArrayQueue and ConstantBackoff(1000)",
  connect({ url, WebSocket, onOpen, onMessage }) {
    globalThis.WebSocket = WebSocket
    const socket = new WebsocketBuilder(url)
      .withBuffer(new ArrayQueue())
      .withBackoff(new ConstantBackoff(1_000))
      .onOpen(onOpen)
      .onMessage((_, event) => onMessage(event.data))
      .build()
    return { send: (data) => socket.send(data), close: () => socket.close() }
  },
} satisfies Contender
