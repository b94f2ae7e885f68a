// The door `@hawser/vue`.

export { type HawserOptions, hawser } from './hawser'
export { provideSocket } from './provide-socket'
export { type SocketUrl, type UseSocketResult, useSocket } from './use-socket'
export { useSocketState } from './use-socket-state'
