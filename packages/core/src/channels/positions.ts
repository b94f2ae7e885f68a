// positions: the protocol of servers that number the messages of each channel, and keep the last of them.

import type { ChannelProtocol } from './protocol'

/**
 * The protocol of `examples/server/channels.js`. The client sends `{ type: 'subscribe', channel, ref, since, payload }`,
 * `{ type: 'unsubscribe', channel, ref }` and `{ type: 'publish', channel, message }`; the server sends a `ChannelEvent` as
 * it is, `subscribed` and `published` with their positions. Wants the json codec. Where messages of the app may look
 * the same (a `type` of these names and a `channel`), they are taken for the channels'.
 */
export const positions = <In = unknown, Out = In>(): ChannelProtocol<In, Out> => ({
  subscribe: (request) => ({ type: 'subscribe', ...request }),
  unsubscribe: (subscription) => ({ type: 'unsubscribe', ...subscription }),
  publish: (channel, message) => ({ type: 'publish', channel, message }),
  read: (frame: any) => (typeof frame?.channel === 'string' ? frame : undefined),
})
