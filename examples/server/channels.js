// Channels, the server's half: who is in which, and the last messages of each with their positions. Book-keeping alone: it
// makes the frames, and whoever has the connections sends them. The client's half is `createChannels(socket)`.
import { randomUUID } from 'node:crypto'

/**
 * Where a message stands: `offset` counts the messages of a channel from 1, `epoch` names the history that they are
 * counted in. A channel that is not known here, or no longer, begins another history with an epoch of its own.
 *
 * @typedef {{ readonly epoch: string, readonly offset: number }} Position
 *
 * @typedef {{ type: 'subscribe', channel: string, ref: string, since?: { epoch?: string | undefined, offset: number } | undefined, payload?: unknown }} Subscribe
 * @typedef {{ type: 'unsubscribe', channel: string, ref: string }} Unsubscribe
 * @typedef {{ type: 'published', channel: string, position: Position, message: unknown }} Published
 * @typedef {{ type: 'subscribed', channel: string, ref: string, position: Position }} Subscribed
 * @typedef {{ type: 'rejected', channel: string, ref: string, reason: string }} Rejected
 */

/**
 * @template Client whatever stands for a connection
 * @param {object} [options]
 * @param {number} [options.remember] how many messages of each channel are kept
 * @param {number} [options.limit] how many channels there are: beyond, the one that was idle for longest is forgotten, and
 *   where none is idle nobody is let into another
 * @param {() => string} [options.epoch] a name that no other history has
 * @param {(client: Client, channel: string, payload: unknown) => string | undefined} [options.refuse] why this client may not
 *   subscribe to it; `undefined`: it may
 */
export function createChannels({
  remember = 100,
  limit = 1_000,
  epoch = randomUUID,
  refuse = () => undefined,
} = {}) {
  /**
   * The one that was used last stands last.
   *
   * @typedef {{ epoch: string, members: Map<Client, string>, last: number, history: Published[] }} Channel each member with its ref
   * @type {Map<string, Channel>}
   */
  const channels = new Map()

  /** @param {string} name */
  function open(name) {
    /** @type {Channel} */
    const channel = channels.get(name) ?? { epoch: epoch(), members: new Map(), last: 0, history: [] }
    channels.delete(name)
    channels.set(name, channel)
    return channel
  }

  /** Says whether there is room for another channel. */
  function makeRoom() {
    if (channels.size < limit) return true
    const idle = [...channels].find(([, { members }]) => !members.size)
    return !!idle && channels.delete(idle[0])
  }

  return {
    /**
     * Gives what the client is to be sent, in this order: the answer, and what it missed. All that comes after `position`
     * of the answer will come. Where that is not the position it asked from, the rest is no longer known here.
     *
     * @param {Client} client
     * @param {Subscribe} request
     * @returns {(Subscribed | Rejected | Published)[]}
     */
    subscribe(client, { channel: name, ref, since, payload }) {
      const isFull = () => (channels.has(name) || makeRoom() ? undefined : 'There are too many channels.')
      const reason = refuse(client, name, payload) ?? isFull()
      if (reason !== undefined) return [{ type: 'rejected', channel: name, ref, reason }]
      const { epoch, members, last, history } = open(name)
      members.set(client, ref)
      const isKnown = since?.epoch === epoch && since.offset >= last - history.length && since.offset <= last
      const offset = isKnown ? since.offset : last
      const missed = history.filter(({ position }) => position.offset > offset)
      return [{ type: 'subscribed', channel: name, ref, position: { epoch, offset } }, ...missed]
    },

    /**
     * @param {Client} client
     * @param {Unsubscribe} request
     */
    unsubscribe(client, { channel: name, ref }) {
      const members = channels.get(name)?.members
      if (members?.get(client) === ref) members.delete(client)
    },

    /**
     * Keeps a message, and gives the frame and those who are to be sent it.
     *
     * @param {string} name
     * @param {unknown} message
     */
    publish(name, message) {
      if (!channels.has(name)) makeRoom()
      const channel = open(name)
      const position = { epoch: channel.epoch, offset: ++channel.last }
      /** @type {Published} */
      const frame = { type: 'published', channel: name, position, message }
      channel.history.push(frame)
      if (channel.history.length > remember) channel.history.shift()
      return { frame, clients: [...channel.members.keys()] }
    },

    /**
     * Puts a member out, and gives what it is to be sent; `undefined` for one who is none.
     *
     * @param {Client} client
     * @param {string} name
     * @param {string} reason
     * @returns {Rejected | undefined}
     */
    remove(client, name, reason) {
      const members = channels.get(name)?.members
      const ref = members?.get(client)
      if (ref === undefined) return undefined
      members?.delete(client)
      return { type: 'rejected', channel: name, ref, reason }
    },

    /** Its connection ended. @param {Client} client */
    leave(client) {
      for (const { members } of channels.values()) members.delete(client)
    },

    /**
     * @param {Client} client
     * @param {string} name
     */
    has: (client, name) => !!channels.get(name)?.members.has(client),

    /** How many are in it. @param {string} name */
    count: (name) => channels.get(name)?.members.size ?? 0,
  }
}
