// A visit to a room: joins it at each open, from where we were, and tells which messages it has.

/** @typedef {import('../messages.js').ServerMessage} ServerMessage */
/** @typedef {import('../messages.js').ClientMessage} ClientMessage */

/** @param {string} room */
export function createVisit(room) {
  /** @type {string | undefined} */
  let lastSeen

  return {
    /**
     * Joins the room and learns what we missed.
     *
     * @param {import('@hawser/core').HandshakeContext} handshake
     */
    async join({ send, receive, putBack }) {
      send(/** @satisfies {ClientMessage} */ ({ type: 'join', room, after: lastSeen }))
      const joined = /** @type {ServerMessage} */ (await receive())
      if (joined.type !== 'joined') {
        throw new Error(`The room was not joined: ${'reason' in joined ? joined.reason : joined.type}`)
      }
      // For the page, which shows it.
      putBack(joined)
    },

    /** Remembers where we are: give it each message that the page is given. @param {ServerMessage} message */
    hear(message) {
      lastSeen = arrivalsIn(message)?.at(-1) ?? lastSeen
    },
  }
}

/**
 * The messages, whosever they are, that the room has by what the server tells: their ids, oldest first. It has one that it
 * acknowledges, and also those that it shows us: of our own these may be, where an acknowledgement got lost.
 *
 * @param {ServerMessage} message
 */
export function arrivalsIn(message) {
  if (message?.type === 'joined') return message.messages.map(({ id }) => id)
  if (message?.type === 'chat' || message?.type === 'ack') return [message.id]
  return undefined
}
