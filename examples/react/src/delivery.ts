// The delivery book: what the server has not acknowledged yet, and what we saw of the room last. A new connection begins
// with it. Nothing is rendered of it, so it is no state: the handshake must not read it a render late.

import type { HandshakeContext, Receipt } from '@hawser/core'
import type { ClientMessage, ServerMessage } from '@hawser/example-server/messages'

export type Delivery = ReturnType<typeof createDelivery>
export type ChatMessage = Extract<ClientMessage, { type: 'chat' }>

export function createDelivery(room: string) {
  const unconfirmed = new Map<string, { message: ChatMessage; receipt: Receipt }>()
  let lastSeen: string | undefined

  /** The room has this message, whosever it is. */
  function arrived({ id }: { id: string }) {
    unconfirmed.delete(id)
    lastSeen = id
  }

  function hear(message: ServerMessage) {
    if (message.type === 'joined') message.messages.forEach(arrived)
    if (message.type === 'chat' || message.type === 'ack') arrived(message)
  }

  return {
    /** Follows a message of our own until the server has it. */
    track(message: ChatMessage, receipt: Receipt) {
      unconfirmed.set(message.id, { message, receipt })
    },

    /** Learns from each message what the server has. */
    hear,

    /** Joins the room, learns what we missed, and sends again what got lost on its way. What waits comes by itself. */
    async resume({ send, receive, putBack }: HandshakeContext) {
      send({ type: 'join', room, after: lastSeen } satisfies ClientMessage)
      const joined = (await receive()) as ServerMessage
      hear(joined)
      // For the hooks, which show it.
      putBack(joined)
      for (const { message, receipt } of unconfirmed.values()) if (receipt.status === 'sent') send(message)
    },
  }
}
