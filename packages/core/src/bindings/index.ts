// The door `@hawser/core/bindings`: what the React hooks and the Vue composables are made of, and those of other
// frameworks can be: stores at the pace of a page, and sockets that components share.

export { createFieldReader, createRequestReader } from './field-reader'
export {
  eachField,
  type FieldStores,
  fieldStores,
  fieldsOnServer,
  forward,
  type SocketFields,
} from './fields'
export {
  type AnyRequests,
  type AnySocket,
  type Given,
  isSocket,
  noSocket,
  resolveGiven,
  type SharedSocketOptions,
  type SharingOptions,
  type SocketUrl,
} from './given'
export { lastMessage, type MessageFilter, type MessageLogOptions, messageLog } from './messages'
export {
  type RequestDefaults,
  type RequestFields,
  type RequestState,
  type RequestTracker,
  requestOnServer,
  requestTracker,
} from './request-tracker'
export { type SentMessage, type SentMessages, sentMessages } from './sent-messages'
export { type SharedSocket, shareSocket } from './shared-socket'
export { SocketHold } from './socket-hold'
export { isServer } from './target'
