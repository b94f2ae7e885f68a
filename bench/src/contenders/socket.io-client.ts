// socket.io-client over its WebSocket transport alone, with one event per message. Speaks a protocol of its own, so that
// its server is socket.io on `ws`, in the same process as the others' `ws`.

import { io, WebSocket as Transport } from 'socket.io-client'
import { MemorySocket } from '../memory-socket'
import type { Contender } from './contender'

/** Says what a server says before the first message: the session, then the namespace. */
class GreetingSocket extends MemorySocket {
  private greeted = false

  override accept(): void {
    super.accept()
    const session = {
      sid: 'bench',
      upgrades: [],
      pingInterval: 25_000,
      pingTimeout: 20_000,
      maxPayload: 1_000_000,
    }
    this.deliver({ data: `0${JSON.stringify(session)}` })
  }

  override send(data: string): void {
    if (this.greeted) return super.send(data)
    this.greeted = true
    // Not in the same task, as no server could.
    setTimeout(() => this.deliver({ data: '40{"sid":"bench"}' }), 0)
  }
}

export default {
  speaks: 'socket.io',
  queues: true,
  reconnects: true,
  note: 'WebSocket transport only, socket.io server',
  memory: GreetingSocket,
  frame: (text) => `42${JSON.stringify(['message', text])}`,
  connect({ url, WebSocket, onOpen, onMessage }) {
    class GivenWebSocket extends Transport {
      override createSocket(uri: string) {
        return new WebSocket(uri)
      }
    }
    const socket = io(url.replace('ws:', 'http:'), { transports: [GivenWebSocket], forceNew: true })
    socket.on('connect', onOpen)
    socket.on('message', onMessage)
    return { send: (data) => void socket.emit('message', data), close: () => void socket.close() }
  },
} satisfies Contender
