// phoenix: the protocol of Phoenix channels.

import type { ChannelProtocol } from './protocol'

/** A message of a Phoenix channel, both ways: `handle_in(event, payload, socket)`, `broadcast(socket, event, payload)`. */
export interface PhoenixMessage<Payload = any> {
  readonly event: string
  /** @default {} */
  readonly payload?: Payload
}

/**
 * The protocol of Phoenix channels, as its serializer 2.0.0 has it: `[join_ref, ref, topic, event, payload]`. Wants the
 * json codec and a URL that ends in `/websocket?vsn=2.0.0`. `payload` of `subscribe()` is what `join/3` gets, `reply` of
 * the state what it gave; a channel that crashed is joined again after 1, 2, 5, and from then on 10 s.
 *
 * Phoenix keeps no history: `recovered` is `false` after each join, and in a rotation messages may come twice. What is
 * published has no `ref`, so no reply to it can be told apart: replies are messages of the socket, as are those to what was
 * sent past here.
 * Its binary frames are not read.
 */
export const phoenix = <
  In extends PhoenixMessage = PhoenixMessage,
  Out extends PhoenixMessage = In,
>(): ChannelProtocol<In, Out> => ({
  subscribe: ({ channel, ref, payload = {} }) => [ref, ref, channel, 'phx_join', payload],
  unsubscribe: ({ channel, ref }) => [ref, ref, channel, 'phx_leave', {}],
  publish: (channel, { event, payload = {} }) => [null, null, channel, event, payload],
  read(frame) {
    if (!Array.isArray(frame) || typeof frame[2] !== 'string' || frame[2] === 'phoenix') return
    const [joinRef, answered, channel, event, payload] = frame
    const about = { channel, ref: joinRef ?? undefined }
    const { status, response: reply } = payload ?? {}
    switch (event) {
      case 'phx_reply':
        // Only joins and leaves are their own join; what was published has neither.
        if (!joinRef || answered !== joinRef) return
        return status === 'ok'
          ? { ...about, type: 'subscribed', reply }
          : { ...about, type: 'rejected', reason: reply }
      case 'phx_error':
        return { ...about, type: 'ended', reason: payload }
      case 'phx_close':
        return { ...about, type: 'rejected', reason: payload }
      default:
        return { ...about, type: 'published', message: { event, payload } as In }
    }
  },
})

let pings = 0

/**
 * What `heartbeat()` needs for Phoenix, which drops connections that say nothing for 60 s.
 *
 * @example
 * heartbeat({ ...phoenixHeartbeat, interval: 30_000 })
 */
export const phoenixHeartbeat = {
  ping: (): unknown => [null, `ping-${++pings}`, 'phoenix', 'heartbeat', {}],
  isPong: (message: any, ping: any): boolean =>
    Array.isArray(message) && message[2] === 'phoenix' && (!ping || message[1] === ping[1]),
} as const
