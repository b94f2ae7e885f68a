// The door `@hawser/core/requests`: questions with answers over a socket, both ways.

export { envelope } from './envelope'
export { type JsonRpcOptions, jsonRpc } from './json-rpc'
export type { Protocol, Reading, RequestId } from './protocol'
export { createRequests } from './requests'
export {
  createResponder,
  type Handler,
  type HandlerContext,
  type Responder,
  type ResponderOptions,
} from './responder'
export type * from './types'
