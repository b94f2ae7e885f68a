// Hawser with `heartbeat()`; all else is default.

import { createSocket, type Environment, heartbeat } from '@hawser/core'
import type { Contender } from './contender'

export default {
  speaks: 'ws',
  queues: true,
  reconnects: true,
  note: 'with heartbeat()',
  connect({ url, WebSocket, onOpen, onMessage, events }) {
    const environment = { WebSocket, ...(events && surroundings(events)) }
    const socket = createSocket(url, { environment, heartbeat: heartbeat() })
    socket.on('open', onOpen)
    socket.on('message', (data) => onMessage(data as string))
    socket.connect()
    return { send: (data) => void socket.send(data), close: () => void socket.close() }
  },
} satisfies Contender

/** What an app on a platform without a window supplies. */
function surroundings(events: EventTarget): Pick<Environment, 'network' | 'page'> {
  const heard =
    <T extends string>(...signals: readonly T[]) =>
    (listener: (signal: T) => void) => {
      const listen = ({ type }: Event) => listener(type as T)
      for (const signal of signals) events.addEventListener(signal, listen)
      return () => {
        for (const signal of signals) events.removeEventListener(signal, listen)
      }
    }
  return {
    network: { isOnline: () => true, subscribe: heard('offline', 'online') },
    page: { isHidden: () => false, subscribe: heard('focus') },
  }
}
