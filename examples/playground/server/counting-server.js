// The WebSocket server of the playground: checks the token, answers pings, counts each client's notes and connections,
// and sends every note on to everybody.
import { createServer } from 'node:http'
import { createTokens, isLocal, listenOn } from '@hawser/example-server'
import { WebSocketServer } from 'ws'
import { createTally } from './tally.js'

/** @typedef {import('ws').WebSocket} WebSocket */
/** @typedef {import('../protocol').ClientMessage} ClientMessage */
/** @typedef {import('../protocol').ServerMessage} ServerMessage */
/** @typedef {import('../protocol').ClientCount} ClientCount */
/** @typedef {Awaited<ReturnType<typeof startCountingServer>>} CountingServer */

/** Bytes that may wait for a client that does not read. Beyond, it is cut off. */
const MAX_BUFFERED = 1024 * 1024

/** Each page load brings clients with new names: so many are remembered. */
const MAX_CLIENTS = 100

/**
 * @param {object} [options]
 * @param {() => void} [options.changed] called after each change of what is counted
 */
export async function startCountingServer({ changed = () => {} } = {}) {
  let tokens = createTokens()
  let refusing = false
  /** @type {WeakSet<WebSocket>} connections whose token was accepted */
  const accepted = new WeakSet()
  /** @type {Map<string, { tally: ReturnType<typeof createTally>, open: number, connections: number }>} */
  const clients = new Map()

  const http = createServer((_, response) => response.writeHead(426).end('This port speaks WebSocket.\n'))
  const sockets = new WebSocketServer({
    server: http,
    maxPayload: 4 * 1024,
    verifyClient: ({ req }, decide) => decide(isLocal(req), 403),
  })
  sockets.on('connection', serve)
  const port = await listenOn(http, 0)

  /** @param {WebSocket} connection */
  function serve(connection) {
    /** @type {Set<string>} the clients that this connection was counted for */
    const names = new Set()

    connection.on('message', (data, isBinary) => {
      // What comes after the server has closed, or was cut off with the connection, counts as not read.
      if (connection.readyState !== connection.OPEN) return
      const message = isBinary ? undefined : parse(String(data))
      if (!message) return connection.close(1003, 'This is no message of the playground.')
      if (message.type === 'ping') return send(connection, { type: 'pong' })
      if (message.type === 'auth') return check(message.token)
      if (message.type === 'note') return take(message)
      return /** @satisfies {never} */ (message)
    })
    connection.on('error', () => connection.terminate())
    connection.on('close', () => {
      for (const name of names) clientOf(name).open--
      changed()
    })

    /** @param {string} token */
    function check(token) {
      const name = refusing ? undefined : tokens.check(token)
      if (name === undefined) return refuse(connection, 'The token is not valid, or not any more.')
      accepted.add(connection)
      if (name) count(name)
      send(connection, { type: 'welcome' })
    }

    /** @param {Extract<ClientMessage, { type: 'note' }>} note */
    function take(note) {
      if (!accepted.has(connection)) return refuse(connection, 'A token comes first.')
      count(note.client)
      clientOf(note.client).tally.take(note.n)
      for (const other of guests()) send(other, note)
      changed()
    }

    /** @param {string} name */
    function count(name) {
      if (names.has(name)) return
      names.add(name)
      const client = clientOf(name)
      client.open++
      client.connections++
      changed()
    }
  }

  const guests = () => [...sockets.clients].filter((connection) => accepted.has(connection))

  /** @param {string} name */
  function clientOf(name) {
    const known = clients.get(name)
    if (known) return known
    if (clients.size >= MAX_CLIENTS) {
      const gone = [...clients].find(([, { open }]) => open === 0)
      if (gone) clients.delete(gone[0])
    }
    const client = { tally: createTally(), open: 0, connections: 0 }
    clients.set(name, client)
    return client
  }

  /**
   * @param {WebSocket} connection
   * @param {string} reason
   */
  function refuse(connection, reason) {
    send(connection, { type: 'refused', reason })
    connection.close(4401, 'unauthorized')
  }

  return {
    port,

    /**
     * Gives out a token.
     *
     * @param {string} [client] whose connections it will make
     */
    issueToken(client = '') {
      if (client !== '' && !isName(client)) throw new RangeError('client has at most 64 characters.')
      return tokens.issue(client)
    },

    /** Refuses every token. Connections that were accepted before live on. */
    refuse() {
      refusing = true
      changed()
    },

    /** Takes tokens again. */
    accept() {
      refusing = false
      changed()
    },

    /** Makes every token invalid that was given out so far, and closes what was opened with one. */
    expire() {
      tokens = createTokens()
      for (const connection of guests()) refuse(connection, 'The token has expired.')
    },

    /**
     * Closes every connection with that code.
     *
     * @param {number} code 1000–1003, 1007–1014 or 3000–4999 (RFC 6455, section 7.4); throws a `RangeError` otherwise
     * @param {string} reason at most 123 bytes; throws a `RangeError` otherwise
     */
    closeAll(code, reason) {
      const isStandard = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)
      if (!Number.isInteger(code) || !(isStandard || (code >= 3000 && code <= 4999))) {
        throw new RangeError('code is one that a server may close with: 1000–1003, 1007–1014 or 3000–4999.')
      }
      if (Buffer.byteLength(reason) > 123) throw new RangeError('reason has at most 123 bytes.')
      for (const connection of sockets.clients) connection.close(code, reason)
    },

    isRefusing: () => refusing,

    /** @returns {Record<string, ClientCount>} by client */
    counts() {
      const counted = [...clients].map(([name, { tally, open, connections }]) => {
        return /** @type {const} */ ([name, { ...tally.counts(), open, connections }])
      })
      return Object.fromEntries(counted)
    },

    /** The end. */
    async close() {
      const closed = new Promise((done) => http.close(done))
      for (const connection of sockets.clients) connection.terminate()
      http.closeAllConnections()
      await closed
    },
  }
}

/**
 * @param {string} text
 * @returns {ClientMessage | undefined} without anything that does not belong there
 */
function parse(text) {
  const { type, token, client, n } = parseObject(text)
  if (type === 'ping') return { type }
  if (type === 'auth' && typeof token === 'string') return { type, token }
  if (type === 'note' && isName(client) && isNumber(n)) return { type, client, n }
  return undefined
}

/**
 * @param {string} text
 * @returns {Record<string, unknown>} nothing in it where the text is no object
 */
function parseObject(text) {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {}
  }
}

/** @type {(value: unknown) => value is string} */
function isName(value) {
  return typeof value === 'string' && value.length > 0 && value.length <= 64
}

/** @type {(value: unknown) => value is number} */
function isNumber(value) {
  return Number.isSafeInteger(value) && Number(value) > 0
}

/**
 * @param {WebSocket} connection
 * @param {ServerMessage} message
 */
function send(connection, message) {
  if (connection.bufferedAmount > MAX_BUFFERED) connection.terminate()
  else connection.send(JSON.stringify(message))
}
