// One life of a native WebSocket: what it says, told apart from what its platform makes of it.

import type { Farewell } from './connection/transition'
import type { CloseInfo, Environment, WebSocketLike, WireData } from './types'

export type TransportFact = 'transport-open' | 'transport-error' | Omit<CloseInfo, 'uncertain'>

/** Messages go their own way: it is the one that has to be fast. */
export function attachHandlers(
  transport: WebSocketLike,
  onMessage: (event: { data: WireData }) => void,
  tell: (fact: TransportFact) => void,
): void {
  transport.onmessage = onMessage
  transport.onopen = () => {
    // It comes once: a connection that is idle for hours need not hold it.
    transport.onopen = null
    tell('transport-open')
  }
  transport.onerror = () => tell('transport-error')
  transport.onclose = (event) => tell(readClose(event))
}

/** React Native gives neither code nor reason, Deno the code 0: both mean 1006. */
function readClose({ code, reason, wasClean }: Partial<CloseInfo> = {}): Omit<CloseInfo, 'uncertain'> {
  const trueCode = code || 1006
  // 1006 and 1015 never come over the wire (RFC 6455 section 7.4.1).
  const origin = trueCode === 1006 || trueCode === 1015 ? 'network' : 'server'
  return { code: trueCode, reason: reason ?? '', wasClean: !!wasClean && origin === 'server', origin }
}

/** From here on the transport tells nobody anything. */
export function detach(transport: WebSocketLike): void {
  transport.onopen = transport.onmessage = transport.onclose = null
  // `ws` throws an `error` that nobody hears.
  transport.onerror = ignore
}

const ignore = () => {}
const connecting = 0

export function hangUp(transport: WebSocketLike, { code, reason }: Farewell): void {
  try {
    transport.close(code, reason)
  } catch {
    // It is gone already: the machine does not wait for its answer for ever.
  }
}

/**
 * Ends a transport without waiting for it. Closed at once even while it connects: Chromium and Firefox hold back the
 * next connection to a host while one is still connecting.
 */
export function abandon(transport: WebSocketLike, farewell: Farewell, environment: Environment): void {
  detach(transport)
  if (transport.readyState === connecting && !environment.closeWhileConnecting) {
    transport.onopen = () => {
      transport.onopen = null
      transport.close()
    }
    return
  }
  hangUp(transport, farewell)
  try {
    if (farewell.dead) environment.terminate(transport)
  } catch {
    // Given by the app, and of no more use.
  }
}
