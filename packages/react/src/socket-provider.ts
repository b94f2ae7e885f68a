// SocketProvider: gives one socket, and the requests over it, to all components below it.

import type { AnyRequests, AnySocket } from '@hawser/core/bindings'
import { createElement, type ReactElement, type ReactNode } from 'react'
import { RequestsContext, SocketContext } from './socket-context'

export interface SocketProviderProps {
  /** Stays yours: the provider neither connects nor closes it. */
  readonly socket: AnySocket
  /** What `createRequests(socket)` gave, for `useRequest()`. Stays yours as well. @default none, also where an outer provider has some */
  readonly requests?: AnyRequests | undefined
  readonly children?: ReactNode
}

/**
 * Makes `socket` what the hooks find that are given none, and `requests` what `useRequest()` finds. The innermost provider
 * counts.
 *
 * Whoever made the socket connects it: `socket.connect()` in the page's entry, or `retain()` for as long as a component
 * is mounted, which also leaves servers alone.
 *
 * @example
 * const socket = createSocket('wss://api.example.com/live', { codec: json() })
 * const requests = createRequests(socket)
 *
 * function App() {
 *   useEffect(() => socket.retain(), [])
 *   return (
 *     <SocketProvider socket={socket} requests={requests}>
 *       <Chat />
 *     </SocketProvider>
 *   )
 * }
 */
export function SocketProvider({ socket, requests, children }: SocketProviderProps): ReactElement {
  return createElement(
    SocketContext.Provider,
    { value: socket },
    createElement(RequestsContext.Provider, { value: requests }, children),
  )
}
