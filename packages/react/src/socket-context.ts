// How a socket reaches the components below its provider.

import { type Socket, SocketError } from '@hawser/core'
import { createContext } from 'react'

export type AnySocket = Socket<any, any>

export const SocketContext = createContext<AnySocket | undefined>(undefined)

/** The socket that was found, or an error that says how to bring one. */
export function found(socket: AnySocket | undefined, hook: string): AnySocket {
  if (socket) return socket
  throw new SocketError(
    'INVALID_OPTION',
    `${hook}() found no socket: wrap the tree in <SocketProvider socket={socket}>, or pass one: ${hook}(socket).`,
  )
}
