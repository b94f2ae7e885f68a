// Exactly once, the server's half: what comes again is known by its id, and is taken only once.
//
// The client's half is `offlineQueue({ confirm: acks({ isAck }) })`: what was not acknowledged when a connection ended
// goes out again on the next one, with the same id, although it may have arrived. So take each message once, keep it, and
// only then acknowledge it; and acknowledge a double as well, since it came because the first answer got lost.

/**
 * @template {{ readonly id: string }} T
 * @param {Map<string, T>} taken oldest first. In a database: a table in which the id is unique
 * @param {T} message where others might guess its id, put the name of its sender in front
 * @param {{ remember: number }} options how many to know again: more than all senders may have unconfirmed at a time
 * @returns {{ message: T, isNew: boolean }} the message as it came first
 */
export function takeOnce(taken, message, { remember }) {
  const known = taken.get(message.id)
  if (known) return { message: known, isNew: false }
  taken.set(message.id, message)
  if (taken.size > remember) taken.delete(/** @type {string} */ (taken.keys().next().value))
  return { message, isNew: true }
}
