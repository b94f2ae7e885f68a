// The delivery book: what the server has not acknowledged yet, and what we saw of the room last. A new connection begins
// with it. It is no state of a page: the handshake must not read it a render late. A page may read it as it renders, since
// it changes with the messages that the page shows.

/** @typedef {import('@hawser/core').Receipt} Receipt */
/** @typedef {import('../messages.js').ServerMessage} ServerMessage */
/** @typedef {import('../messages.js').ClientMessage} ClientMessage */
/** @typedef {Extract<ClientMessage, { type: 'chat' }>} ChatMessage */
/** @typedef {ReturnType<typeof createDelivery>} Delivery */

/** @param {string} room */
export function createDelivery(room) {
  /** @type {Map<string, { message: ChatMessage, receipt: Receipt }>} oldest first */
  const unconfirmed = new Map()
  /** @type {string | undefined} */
  let lastSeen

  /** The room has this message, whosever it is. @param {{ id: string }} message */
  function arrived({ id }) {
    unconfirmed.delete(id)
    lastSeen = id
  }

  /** @param {ServerMessage} message */
  function hear(message) {
    if (message.type === 'joined') message.messages.forEach(arrived)
    if (message.type === 'chat' || message.type === 'ack') arrived(message)
  }

  return {
    /**
     * Follows a message of our own until the server has it.
     *
     * @param {ChatMessage} message
     * @param {Receipt} receipt
     */
    track(message, receipt) {
      unconfirmed.set(message.id, { message, receipt })
    },

    /** Whether the server may not have this message of ours yet. @param {string} id */
    isUnconfirmed: (id) => unconfirmed.has(id),

    /** Learns from each message what the server has. */
    hear,

    /**
     * Joins the room, learns what we missed, and sends again what got lost on its way. What waits comes by itself.
     *
     * @param {import('@hawser/core').HandshakeContext} handshake
     */
    async resume({ send, receive, putBack }) {
      send(/** @satisfies {ClientMessage} */ ({ type: 'join', room, after: lastSeen }))
      const joined = /** @type {ServerMessage} */ (await receive())
      if (joined.type !== 'joined') {
        throw new Error(`The room was not joined: ${'reason' in joined ? joined.reason : joined.type}`)
      }
      hear(joined)
      // For the page, which shows it.
      putBack(joined)
      for (const [id, { message, receipt }] of unconfirmed) {
        if (receipt.status === 'sent') send(message)
        if (receipt.status === 'dropped') unconfirmed.delete(id)
      }
    },
  }
}
