// The door `@hawser/core/requests`: questions with answers over a socket, both ways.

export { envelope } from './envelope'
export { type JsonRpcOptions, jsonRpc } from './json-rpc'
export type { Protocol, Reading, RequestId } from './protocol'
export { createRequests } from './requests'
export type { Handler, HandlerContext } from './serving'
export type * from './types'
