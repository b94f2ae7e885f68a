// reconnecting-websocket as its README has it, with auth on every open and, since its own buffer goes out before the
// token does, an outbox that waits for the welcome.

import ReconnectingWebSocket from 'reconnecting-websocket'
import type { ClientMessage, ServerMessage } from '../../protocol'

export interface OtherClientOptions {
  readonly url: string
  readonly getToken: () => Promise<{ readonly token: string }>
  /** Called at each attempt, where the address is asked for. */
  readonly onAttempt: () => void
}

export function connectOther({ url, getToken, onAttempt }: OtherClientOptions) {
  const socket = new ReconnectingWebSocket(() => {
    onAttempt()
    return url
  })
  let outbox: ClientMessage[] = []
  let isWelcome = false
  const write = (message: ClientMessage) => socket.send(JSON.stringify(message))
  const isReady = () => isWelcome && socket.readyState === socket.OPEN

  socket.addEventListener('open', () => {
    getToken().then(
      ({ token }) => socket.readyState === socket.OPEN && write({ type: 'auth', token }),
      () => setTimeout(() => socket.reconnect(), 1_000),
    )
  })
  socket.addEventListener('message', ({ data }) => {
    if ((JSON.parse(data) as ServerMessage).type !== 'welcome') return
    isWelcome = true
    for (const message of outbox) write(message)
    outbox = []
  })
  socket.addEventListener('close', () => {
    isWelcome = false
  })
  return {
    socket,
    send: (message: ClientMessage) => (isReady() ? write(message) : outbox.push(message)),
    waiting: () => outbox.length,
  }
}
