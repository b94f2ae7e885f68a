// A chat server with rooms, tokens, acknowledgements and pings, which can be broken on purpose.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { isLocal, listen, listenOn } from './loopback.js'
import { ClientMessage } from './messages.js'
import { createRoom } from './room.js'
import { createTokens } from './tokens.js'

/** @typedef {import('ws').WebSocket} WebSocket */
/** @typedef {import('./messages.js').ServerMessage} ServerMessage */
/** @typedef {{ people: Map<WebSocket, string>, room: ReturnType<typeof createRoom> }} OpenRoom */
/** @typedef {Awaited<ReturnType<typeof startChatServer>>} ChatServer */

/** Bytes that may wait for a client that does not read. Beyond, it is cut off and catches up when it is back. */
const MAX_BUFFERED = 1024 * 1024

/**
 * @param {object} [options]
 * @param {number} [options.port] the port to listen on; a free one where it is taken, or 0
 * @param {number} [options.tokenLifetime] in milliseconds
 */
export async function startChatServer({ port: preferred = 0, tokenLifetime } = {}) {
  const tokens = createTokens(tokenLifetime === undefined ? {} : { lifetime: tokenLifetime })
  /** @type {Map<string, OpenRoom>} */
  const rooms = new Map()
  /** @type {Set<import('node:net').Socket>} */
  const connections = new Set()
  /** @type {Set<() => void>} */
  const listeners = new Set()
  let stalled = false
  let refusing = false
  /** @type {Promise<void>} */
  let turn = Promise.resolve()

  const http = createServer((_, response) => response.writeHead(426).end('This port speaks WebSocket.\n'))
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 16 * 1024 })

  http.on('connection', (connection) => {
    connections.add(connection)
    connection.on('close', () => connections.delete(connection))
  })

  http.on('upgrade', (request, connection, head) => {
    // Without a listener of its own, a reset in mid-handshake would end the process.
    connection.on('error', () => connection.destroy())
    if (refusing) return answer(connection, '503 Service Unavailable')
    if (!isLocal(request)) return answer(connection, '403 Forbidden')
    sockets.handleUpgrade(request, connection, head, serve)
  })

  const port = await listen(http, preferred)

  /** @param {WebSocket} client */
  function serve(client) {
    /** @type {string | undefined} */
    let name
    /** @type {OpenRoom | undefined} */
    let joined
    if (stalled) client.pause()
    changed()

    client.on('message', (data, isBinary) => {
      // What was unread when the server was killed stays unread, although ws still hands it over.
      if (client.readyState !== client.OPEN) return
      const message = isBinary ? undefined : parse(String(data))
      if (!message) return send(client, { type: 'error', reason: 'This is no message of the chat.' })
      if (message.type === 'ping') return send(client, { type: 'pong' })
      if (message.type === 'auth') return welcome(message.token)
      if (name === undefined) return refuse('A token comes first.')
      if (message.type === 'join') return join(name, message.room, message.after)
      if (message.type === 'chat') return chat(name, message.id, message.text)
      return /** @satisfies {never} */ (message)
    })
    client.on('close', () => {
      leave()
      changed()
    })
    client.on('error', () => client.terminate())

    /** @param {string} token */
    function welcome(token) {
      name = tokens.check(token)
      if (name === undefined) return refuse('The token is not valid, or not any more.')
      send(client, { type: 'welcome', name })
    }

    /** @param {string} reason */
    function refuse(reason) {
      send(client, { type: 'refused', reason })
      client.close(4401, 'unauthorized')
    }

    /**
     * @param {string} person
     * @param {string} roomName
     * @param {string | undefined} after
     */
    function join(person, roomName, after) {
      leave()
      joined = rooms.get(roomName) ?? { people: new Map(), room: createRoom() }
      rooms.set(roomName, joined)
      joined.people.set(client, person)
      send(client, { type: 'joined', room: roomName, messages: joined.room.after(after) })
      tellPeople(joined)
      changed()
    }

    /**
     * @param {string} from
     * @param {string} id
     * @param {string} text
     */
    function chat(from, id, text) {
      if (!joined) return send(client, { type: 'error', reason: 'Join a room first.' })
      const { message, isNew } = joined.room.add({ id, from, text, at: Date.now() })
      // A double as well: see `dedupe.js`.
      send(client, { type: 'ack', id, at: message.at })
      if (isNew) {
        for (const other of joined.people.keys())
          if (other !== client) send(other, { type: 'chat', ...message })
      }
      changed()
    }

    function leave() {
      if (joined?.people.delete(client)) tellPeople(joined)
      joined = undefined
    }
  }

  function changed() {
    for (const listener of listeners) listener()
  }

  /** @param {(connection: import('node:net').Socket) => void} end */
  async function endConnections(end) {
    const closed = [...sockets.clients].map((client) => once(client, 'close'))
    for (const connection of connections) end(connection)
    await Promise.all(closed)
  }

  /**
   * One after the other: a server that is told to listen while it is still closing never finishes the latter.
   *
   * @param {() => Promise<void>} change
   */
  function inTurn(change) {
    const done = turn.then(change)
    turn = done.catch(() => {})
    return done
  }

  async function kill() {
    if (!http.listening) return
    const closed = once(http, 'close')
    http.close()
    await endConnections((connection) => connection.destroy())
    await closed
    changed()
  }

  async function restart() {
    if (http.listening) return
    stalled = false
    refusing = false
    await listenOn(http, port)
    changed()
  }

  return {
    port,
    url: `ws://127.0.0.1:${port}/`,
    /** Gives out a token for that name. */
    issueToken: tokens.issue,

    /** Stops listening and ends every connection, as if the process had died. The rooms are kept, as on a disk. */
    kill: () => inTurn(kill),

    /** Listens again, on the port of before, with no fault left. Rejects where somebody else has taken the port. */
    restart: () => inTurn(restart),

    /** Resets every connection (TCP RST) and goes on listening. */
    async reset() {
      await endConnections((connection) => connection.resetAndDestroy())
    },

    /** Reads no more from any connection, the new ones included: open, but nobody is there. */
    stall() {
      stalled = true
      for (const client of sockets.clients) client.pause()
      changed()
    },

    /** Reads again, and answers what came meanwhile. */
    resume() {
      stalled = false
      for (const client of sockets.clients) client.resume()
      changed()
    },

    /** Answers each handshake with 503. Open connections stay. */
    refuse() {
      refusing = true
      changed()
    },

    /** Takes handshakes again. */
    accept() {
      refusing = false
      changed()
    },

    /**
     * Closes every connection with that code, and goes on listening.
     *
     * @param {number} code 1000–1003, 1007–1014 or 3000–4999 (RFC 6455, section 7.4); throws a `RangeError` otherwise
     * @param {string} [reason]
     */
    closeAll(code, reason = '') {
      const isStandard = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)
      if (!Number.isInteger(code) || !(isStandard || (code >= 3000 && code <= 4999))) {
        throw new RangeError(`${code} is not a code that a server may close with.`)
      }
      if (Buffer.byteLength(reason) > 123) throw new RangeError('A reason has at most 123 bytes.')
      for (const client of sockets.clients) client.close(code, reason)
    },

    /** What the server is doing, and what it counted. */
    stats() {
      return {
        listening: http.listening,
        stalled,
        refusing,
        connections: sockets.clients.size,
        rooms: Object.fromEntries(
          [...rooms].map(([name, { people, room }]) => [name, { people: names(people), ...room.stats() }]),
        ),
      }
    },

    /**
     * Calls `listener` after each change of `stats()`.
     *
     * @param {() => void} listener
     * @returns {() => void} the unsubscribe
     */
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    /** The end. */
    async close() {
      await inTurn(kill)
      sockets.close()
    },
  }
}

/**
 * @param {import('node:stream').Duplex} connection
 * @param {string} status
 */
function answer(connection, status) {
  connection.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/** @param {string} text */
function parse(text) {
  try {
    return ClientMessage.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/**
 * @param {WebSocket} client
 * @param {ServerMessage} message
 */
function send(client, message) {
  if (client.readyState !== client.OPEN) return
  if (client.bufferedAmount > MAX_BUFFERED) client.terminate()
  else client.send(JSON.stringify(message))
}

/** @param {OpenRoom} room */
function tellPeople({ people }) {
  for (const client of people.keys()) send(client, { type: 'people', people: names(people) })
}

/** @param {Map<WebSocket, string>} people */
function names(people) {
  return [...new Set(people.values())].sort()
}
