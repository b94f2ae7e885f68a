// The options of the three Hawser lanes, which are the same: only what renders them differs.

import type { Codec, SocketOptions } from '@hawser/core'
import type { ClientMessage, ServerMessage } from '../../protocol'
import { getToken } from '../page/backend'
import type { Lane } from './lane'

export type PlaygroundOptions = SocketOptions<Codec<ServerMessage, ClientMessage>>

const is = (type: ServerMessage['type']) => (message: unknown) => (message as ServerMessage).type === type

/** @param hawser the module, or the global that the CDN build makes */
export function socketOptions(hawser: typeof import('@hawser/core'), lane: Lane): PlaygroundOptions {
  return {
    codec: hawser.json<ServerMessage, ClientMessage>(),
    auth: hawser.tokenAuth({
      getToken: ({ signal }) => getToken(lane.client, signal),
      attach: 'message',
      isAccepted: is('welcome'),
      isRejected: is('refused'),
    }),
    // Often enough to be watched, and patient with a machine that has more to do than to answer; 25 s and 10 s are the
    // defaults.
    heartbeat: hawser.heartbeat({
      interval: 2_000,
      timeout: 3_000,
      // The inspector tells of pongs, by their latency, and of pings not yet: so they are marked where they are made.
      ping: () => {
        lane.record.mark('ping', Date.now())
        return { type: 'ping' }
      },
    }),
    // Room for half an hour without a server, at full rate.
    queue: hawser.offlineQueue({ maxMessages: 100_000, maxBytes: 8 * 1024 * 1024 }),
    inspect: lane.inspect,
  }
}
