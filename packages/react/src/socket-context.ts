// How a socket reaches the components below its provider.

import { type AnySocket, noSocket } from '@hawser/core/bindings'
import { createContext, useContext } from 'react'

export const SocketContext = createContext<AnySocket | undefined>(undefined)
SocketContext.displayName = 'HawserSocket'

/**
 * The socket that was passed, or the one of the nearest provider.
 *
 * @throws {SocketError} `NO_SOCKET` without either
 */
export function useGivenSocket(passed: AnySocket | undefined, hook: string): AnySocket {
  const provided = useContext(SocketContext)
  return found(passed ?? provided, hook)
}

export function found(socket: AnySocket | undefined, hook: string): AnySocket {
  if (socket) return socket
  throw noSocket(hook, 'wrap the tree in <SocketProvider socket={socket}>')
}
