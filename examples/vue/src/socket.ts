// The connection of the chat. All that this app has to know of connections is in here.

import { createSocket, heartbeat, json, offlineQueue, tokenAuth } from '@hawser/core'
import { ClientMessage, ServerMessage } from '@hawser/example-server/messages'
import { delivery } from './delivery'
import { guest } from './guest'
import { chatAddress, fetchToken } from './server-api'

/** Connects nothing yet: the chat page does, once somebody has joined. */
export const socket = createSocket(chatAddress, {
  // Both directions are checked; what does not fit is an `error`, and the connection lives on.
  codec: json({ incoming: ServerMessage, outgoing: ClientMessage }),

  // Asked for at each connect, unless the token at hand is still good. Nothing else goes out before the welcome.
  auth: tokenAuth({
    getToken: ({ signal }) => fetchToken(guest.value.name, signal),
    attach: 'message',
    isAccepted: is('welcome'),
    isRejected: is('refused'),
  }),

  // Runs at every open, before anything that waits.
  onHandshake: delivery.resume,

  // A message may wait ten minutes. Later nobody would understand it any more.
  queue: offlineQueue({ ttl: 10 * 60_000 }),

  // A server that hangs closes nothing: silence is all there is to notice. Short, so that one can watch it.
  heartbeat: heartbeat({ interval: 5_000, timeout: 3_000 }),
  handshakeTimeout: 4_000,
})

/** From here on, every composable knows what goes over the wire. */
declare module '@hawser/vue' {
  interface Register {
    socket: typeof socket
  }
}

function is(type: ServerMessage['type']) {
  return (message: unknown) => (message as ServerMessage | undefined)?.type === type
}
