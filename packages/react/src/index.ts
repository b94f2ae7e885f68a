// The door `@hawser/react`.

export { SocketProvider, type SocketProviderProps } from './socket-provider'
export { type SocketUrl, type UseSocketResult, useSocket } from './use-socket'
export { useSocketState } from './use-socket-state'
