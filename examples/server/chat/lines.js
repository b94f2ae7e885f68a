// The lines of a conversation: first what the server told, in its order, then what is still on its way to it.

/** @typedef {import('../messages.js').ClientMessage} ClientMessage */
/** @typedef {import('../messages.js').RoomMessage} RoomMessage */
/** @typedef {import('../messages.js').ServerMessage} ServerMessage */
/** @typedef {import('@hawser/core/bindings').SentMessage<ClientMessage>} SentMessage */
/** @typedef {Extract<ServerMessage, { type: 'joined' | 'chat' | 'ack' | 'error' }>} FromTheRoom */

/** @typedef {{ kind: 'theirs', id: string, from: string, text: string, at: number }} TheirLine */
/** @typedef {{ kind: 'ours', id: string, text: string, fate: SentMessage['status'], at: number | undefined }} OurLine */
/** @typedef {{ kind: 'notice', id: string, text: string }} Notice */
/** @typedef {Readonly<TheirLine | OurLine | Notice>} Line */

/**
 * @param {ServerMessage} message
 * @returns {message is FromTheRoom}
 */
export function isOfTheRoom(message) {
  return ['joined', 'chat', 'ack', 'error'].includes(message.type)
}

/**
 * @param {object} conversation
 * @param {readonly FromTheRoom[]} conversation.told
 * @param {readonly SentMessage[]} conversation.sent
 * @param {string} conversation.name who we are
 * @returns {readonly Line[]}
 */
export function linesOf({ told, sent, name }) {
  /** @type {Map<string, Line>} */
  const lines = new Map()
  // An acknowledgement names a message and does not repeat it.
  const own = new Map(
    sent.flatMap(({ message, status }) =>
      message.type === 'chat' ? [/** @type {const} */ ([message.id, { ...message, status }])] : [],
    ),
  )

  /**
   * Where it came first is its place: what was missed and what was acknowledged may name it again.
   *
   * @param {RoomMessage} message
   */
  function place({ id, from, text, at }) {
    if (lines.has(id)) return
    lines.set(
      id,
      from === name
        ? { kind: 'ours', id, text, fate: 'confirmed', at }
        : { kind: 'theirs', id, from, text, at },
    )
  }

  for (const [index, message] of told.entries()) {
    if (message.type === 'joined') message.messages.forEach(place)
    else if (message.type === 'chat') place(message)
    else if (message.type === 'ack') {
      const text = own.get(message.id)?.text
      if (text !== undefined) place({ ...message, from: name, text })
    } else {
      lines.set(`notice ${index}`, { kind: 'notice', id: `notice ${index}`, text: message.reason })
    }
  }
  for (const { id, text, status } of own.values()) {
    // What was delivered may be missing above too, after a long talk: the server told of it too long ago.
    if (status !== 'confirmed' && !lines.has(id))
      lines.set(id, { kind: 'ours', id, text, fate: status, at: undefined })
  }
  return [...lines.values()]
}
