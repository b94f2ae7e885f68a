// SocketProvider: gives one socket to all components below it.

import type { AnySocket } from '@hawser/core/bindings'
import { createElement, type ReactElement, type ReactNode } from 'react'
import { SocketContext } from './socket-context'

export interface SocketProviderProps {
  /** Stays yours: the provider neither connects nor closes it. */
  readonly socket: AnySocket
  readonly children?: ReactNode
}

/**
 * Makes `socket` what the hooks find that are given none. The innermost provider counts.
 *
 * Whoever made the socket connects it: `socket.connect()` in the page's entry, or `retain()` for as long as a component
 * is mounted, which also leaves servers alone.
 *
 * @example
 * const socket = createSocket('wss://api.example.com/live', { codec: json() })
 *
 * function App() {
 *   useEffect(() => socket.retain(), [])
 *   return (
 *     <SocketProvider socket={socket}>
 *       <Chat />
 *     </SocketProvider>
 *   )
 * }
 */
export function SocketProvider({ socket, children }: SocketProviderProps): ReactElement {
  return createElement(SocketContext.Provider, { value: socket }, children)
}
