// The door `@hawser/vue`.

export type {
  MessageFilter,
  MessageLogOptions,
  RequestDefaults as UseRequestOptions,
  RequestFields,
  SentMessage,
  SocketFields,
} from '@hawser/core/bindings'
export { type HawserOptions, hawser } from './hawser'
export { type ProvideSocketOptions, provideSocket } from './provide-socket'
export type { Register } from './register'
export { useLastMessage } from './use-last-message'
export { useMessages } from './use-messages'
export { type UseRequestResult, useRequest } from './use-request'
export { type UseSendOptions, type UseSendResult, useSend } from './use-send'
export { type SocketUrl, type UseSocketOptions, type UseSocketResult, useSocket } from './use-socket'
export { useSocketEvent } from './use-socket-event'
export { useSocketState } from './use-socket-state'
