// useChatSocket: the connection of the chat. All that this app has to know of connections is in here.

import { acks, heartbeat, json, offlineQueue, type Socket, tokenAuth } from '@hawser/core'
import { ClientMessage, ServerMessage } from '@hawser/example-server/messages'
import { useSocket, useSocketEvent } from '@hawser/react'
import { useState } from 'react'
import { addressOf, type Guest } from '../../server/chat/guest.js'
import { chatAddress, fetchToken } from '../../server/chat/server-api.js'
import { arrivalsIn, createVisit } from '../../server/chat/visit.js'

/** From here on, every hook knows what goes over the wire. */
declare module '@hawser/react' {
  interface Register {
    socket: Socket<ServerMessage, ClientMessage>
  }
}

/** Both directions are checked; what does not fit is an `error`, and the connection lives on. */
const codec = json({ incoming: ServerMessage, outgoing: ClientMessage })

/** Written in place, as any other value of a render: new options make no new connection. */
export function useChatSocket({ name, room }: Guest) {
  const [visit] = useState(() => createVisit(room))
  const { socket } = useSocket(chatAddress, {
    // Somebody else, or another room, is another connection.
    identity: addressOf({ name, room }),
    codec,

    // Asked for at each connect, unless the token at hand is still good. Nothing else goes out before the welcome.
    auth: tokenAuth({
      getToken: ({ signal }) => fetchToken(name, signal),
      attach: 'message',
      isAccepted: is('welcome'),
      isRejected: is('refused'),
    }),

    // Runs at every open, before anything that waits.
    onHandshake: visit.join,

    // A message may wait ten minutes. Later nobody would understand it any more. What the room does not say it has goes
    // out again after a break, and the server leaves doubles out. All that says so is for the page, too.
    queue: offlineQueue({ ttl: 10 * 60_000, confirm: acks({ isAck: arrivalsIn, deliver: true }) }),

    // A server that hangs closes nothing: silence is all there is to notice. Short, so that one can watch it.
    heartbeat: heartbeat({ interval: 5_000, timeout: 3_000 }),
    handshakeTimeout: 4_000,
  })

  useSocketEvent(socket, 'message', visit.hear)
  // For developers. People see what matters to them: the state, and what became of each message.
  useSocketEvent(socket, 'error', (error) => console.info(error.code, error.message))

  return socket
}

function is(type: ServerMessage['type']) {
  return (message: unknown) => (message as ServerMessage | undefined)?.type === type
}
