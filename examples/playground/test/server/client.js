// A client of plain ws, which keeps what it hears until somebody asks for it.
import { once } from 'node:events'
import { WebSocket } from 'ws'

/** @typedef {import('../../protocol').ClientMessage} ClientMessage */
/** @typedef {import('../../protocol').ServerMessage} ServerMessage */

/**
 * Connecting, and perhaps never open.
 *
 * @param {string} url
 * @param {import('ws').ClientOptions} [options]
 */
export function dial(url, options) {
  const socket = new WebSocket(url, options)
  /** @type {ServerMessage[]} */
  const heard = []
  /** @type {Set<() => void>} */
  const waiting = new Set()
  socket.on('message', (data) => {
    heard.push(JSON.parse(String(data)))
    for (const look of waiting) look()
  })
  // A connection that breaks is what the tests are about.
  socket.on('error', () => {})
  const closed = new Promise((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }))
  })

  return {
    socket,
    heard,
    /** Resolves with code and reason. */
    closed: /** @type {Promise<{ code: number, reason: string }>} */ (closed),

    /** @param {ClientMessage[]} messages */
    send(...messages) {
      for (const message of messages) socket.send(JSON.stringify(message))
    },

    /**
     * The next message of that type; those before it are passed over.
     *
     * @template {ServerMessage['type']} T
     * @param {T} type
     * @returns {Promise<Extract<ServerMessage, { type: T }>>}
     */
    next(type) {
      return new Promise((resolve) => {
        const look = () => {
          const index = heard.findIndex((message) => message.type === type)
          if (index < 0) return
          waiting.delete(look)
          resolve(/** @type {any} */ (heard.splice(0, index + 1).at(-1)))
        }
        waiting.add(look)
        look()
      })
    },
  }
}

/**
 * @param {string} url
 * @param {import('ws').ClientOptions} [options]
 */
export async function open(url, options) {
  const client = dial(url, options)
  await once(client.socket, 'open')
  return client
}

/**
 * Open, and accepted with that token.
 *
 * @param {string} url
 * @param {{ token: string }} given
 */
export async function enter(url, { token }) {
  const client = await open(url)
  client.send({ type: 'auth', token })
  await client.next('welcome')
  return client
}

/**
 * The notes of a client with these numbers.
 *
 * @param {string} client
 * @param {number[]} numbers
 * @returns {ClientMessage[]}
 */
export const notes = (client, ...numbers) => numbers.map((n) => ({ type: 'note', client, n }))
