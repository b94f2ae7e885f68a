// One chat room: what was said, in which order, and which messages came twice.
import { takeOnce } from './dedupe.js'

/** @typedef {import('./messages.js').RoomMessage} RoomMessage */

/** How many messages somebody gets who is new to the room. */
const RECENT = 100

/**
 * @param {{ remember?: number }} [options] how many messages the room remembers: for latecomers, and to know doubles
 */
export function createRoom({ remember = 10_000 } = {}) {
  /** @type {Map<string, RoomMessage>} by id, oldest first */
  const log = new Map()
  let received = 0
  let doubles = 0

  return {
    /** Takes a message, unless it is there already. @param {RoomMessage} message */
    add(message) {
      const taken = takeOnce(log, message, { remember })
      if (taken.isNew) received++
      else doubles++
      return taken
    },

    /**
     * What came after the message with that id; the latest messages where the room does not know it.
     *
     * @param {string | undefined} id
     */
    after(id) {
      const messages = [...log.values()]
      return id !== undefined && log.has(id)
        ? messages.slice(messages.findIndex((message) => message.id === id) + 1)
        : messages.slice(-RECENT)
    },

    /** What was counted: messages taken, doubles left out, and the messages in their order. */
    stats() {
      const order = [...log.values()].map(({ id, from, text }) => ({ id, from, text }))
      return { received, doubles, order }
    },
  }
}
