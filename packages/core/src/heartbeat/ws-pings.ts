// wsPings: Node's `ws` shows what browsers hide, the protocol's own pings.

import type { ProtocolPings } from '../types'

/**
 * For `environment.protocolPings`: the heartbeat pings with frames of the protocol (RFC 6455 section 5.5.2), which any
 * server answers by itself. The class must be the npm package `ws`, or have its `ping()` and its events.
 */
export const wsPings: ProtocolPings = (transport, told) => {
  transport.on('ping', () => told('ping'))
  transport.on('pong', () => told('pong'))
  return () => transport.ping()
}
