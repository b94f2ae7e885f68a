// How a socket, and the requests over it, reach the components below their provider.

import { type AnyRequests, type AnySocket, resolveGiven } from '@hawser/core/bindings'
import { createContext, useContext } from 'react'

export const SocketContext = createContext<AnySocket | undefined>(undefined)
SocketContext.displayName = 'HawserSocket'

export const RequestsContext = createContext<AnyRequests | undefined>(undefined)
RequestsContext.displayName = 'HawserRequests'

/**
 * The socket that leads the arguments, or the one of the nearest provider; and the arguments behind it.
 *
 * @throws {SocketError} `NO_SOCKET` without either
 */
export const useGiven = (hook: string, args: readonly unknown[]) =>
  given<AnySocket>('socket', hook, args, useContext(SocketContext))

/** The same for who knows what is provided, and for requests. */
export const given = <T>(
  what: 'socket' | 'requests',
  hook: string,
  args: readonly unknown[],
  provided: T | undefined,
) => resolveGiven<T>(what, hook, args, provided, 'wrap the tree in <SocketProvider socket={socket}>')
