// The door `@hawser/react`.

export type {
  MessageFilter,
  MessageLogOptions,
  RequestDefaults as UseRequestOptions,
  RequestState,
  SentMessage,
  SocketFields,
} from '@hawser/core/bindings'
export type { Register } from './register'
export { SocketProvider, type SocketProviderProps } from './socket-provider'
export { useLastMessage } from './use-last-message'
export { useMessages } from './use-messages'
export { type UseRequestResult, useRequest } from './use-request'
export { type UseSendOptions, type UseSendResult, useSend } from './use-send'
export { type SocketUrl, type UseSocketOptions, type UseSocketResult, useSocket } from './use-socket'
export { useSocketEvent } from './use-socket-event'
export { useSocketState } from './use-socket-state'
