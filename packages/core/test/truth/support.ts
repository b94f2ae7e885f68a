// A socket for the truth tests: connected to a rig, with what happened to it written down.

import { afterEach } from 'vitest'
import {
  type CloseInfo,
  createSocket,
  type Socket,
  type SocketError,
  type SocketOptions,
} from '../../src/index'
import { environment } from '../support/harness'

const sockets: Pick<Socket, 'close' | 'queue'>[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) {
    socket.queue.clear()
    await socket.close()
  }
})

/** Not connected yet. Retries come soon, unless the test says otherwise. */
export function open<C extends SocketOptions['codec'] & object>(url: string, options: SocketOptions<C> = {}) {
  const socket = createSocket(url, {
    retryDelay: () => 20,
    closeTimeout: 500,
    ...options,
    environment: { ...environment(), ...options.environment },
  })
  sockets.push(socket)
  const messages: unknown[] = []
  const closes: CloseInfo[] = []
  const errors: SocketError[] = []
  let opens = 0
  socket.on('message', (message) => messages.push(message))
  socket.on('close', (close) => closes.push(close))
  socket.on('error', (error) => errors.push(error))
  socket.on('open', () => {
    opens += 1
  })
  return {
    socket,
    messages,
    closes,
    errors,
    opens: () => opens,
    /** Resolves when so many messages came in. */
    async heard(count: number) {
      while (messages.length < count) await socket.once('message')
    },
    /** Resolves when the socket is in this state. */
    async reached(status: ReturnType<typeof socket.state.get>['status']) {
      while (socket.state.get().status !== status) await socket.once('state')
    },
  }
}

/** Numbered messages of so many characters. */
export const numbered = (count: number, size = 100, from = 0) =>
  Array.from({ length: count }, (_, i) => `${from + i}:`.padEnd(size, 'x'))

/** The numbers of numbered messages. */
export const numbers = (frames: readonly unknown[]) =>
  frames.map((frame) => Number.parseInt(String(frame), 10))
