// The door `@hawser/core/bindings`: what the React hooks and the Vue composables are made of, and those of other
// frameworks can be: stores at the pace of a page, and sockets that components share.

export { createFieldReader, fieldsOnServer } from './field-reader'
export { type FieldStores, fieldStores, type SocketFields } from './fields'
export {
  type AnySocket,
  type Given,
  isSocket,
  noSocket,
  type SharedSocketOptions,
  type SharingOptions,
  type SocketUrl,
} from './given'
export { lastMessage, type MessageFilter, type MessageLogOptions, messageLog } from './messages'
export { type SentMessage, type SentMessages, sentMessages } from './sent-messages'
export { type SharedSocket, shareSocket } from './shared-socket'
export { SocketHold } from './socket-hold'
export { isServer } from './target'
