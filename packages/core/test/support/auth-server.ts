// A WebSocket server that lets nobody in without a good token: it verifies, accepts renewed ones, ends connections whose
// token expired or was revoked, and keeps the books on what came in before the acceptance and after.

import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Issuer } from './tokens.ts'

/**
 * Its messages are JSON objects. `{ type: 'ask' }` is answered with `{ type: 'answer' }` on the same connection, once
 * `answer()` is called. All of its behaviour can be changed while it runs.
 */
export interface AuthBehaviour {
  /**
   * Where the token of a new connection is looked for: `?token=`, the last subprotocol as base64url, the header
   * `Authorization: Bearer`, or a first message `{ type: 'auth', token }`. @default 'query'
   */
  readonly attach: 'query' | 'protocol' | 'header' | 'message'
  /** `hang`: never answered. A number: everybody is refused with that HTTP status. @default 'verify' */
  readonly handshake: 'verify' | 'hang' | number
  /**
   * What a message with a bad token meets: a close with 4401, `{ type: 'refused' }`, or nothing. In a request it is 401.
   * @default 'close'
   */
  readonly refusal: 'close' | 'message' | 'silence'
  /** Milliseconds from a token to the verdict on it. @default 0 */
  readonly deliberation: number
  /** Closes connections with 4401 when the token they showed last expires. @default true */
  readonly enforcesExpiry: boolean
  /** Which of the offered subprotocols is selected; the last one may be a token. @default 'first' */
  readonly selects: 'first' | 'last'
  /** Answers `{ type: 'ping' }` with `{ type: 'pong' }`. @default true */
  readonly pong: boolean
}

/** One handshake and what became of it. */
export interface AuthConnection {
  readonly id: number
  /** The numbers of the tokens that it showed, in the order of the verdicts; -1 for one that nobody issued. */
  readonly tokens: readonly number[]
  /** Whether a token was found good. */
  readonly accepted: boolean
  readonly open: boolean
  /** Messages that came in before the acceptance and were no tokens: there must not be any. */
  readonly early: number
  /** The messages of the app as they came in, except for numbers; tokens and pings are not among them. */
  readonly messages: readonly unknown[]
  /** Which numbers of the server's stream it was sent. */
  readonly streamed: { readonly first: number; readonly last: number } | null
  readonly closed: { readonly code: number; readonly reason: string } | null
}

export interface AuthServer {
  readonly port: number
  /**
   * Handshakes seen; those whose first token was good; those open now, and the most at once; those that ended;
   * messages before an acceptance; tokens renewed in-band; messages and numbers that came in, and the first number
   * above all of them.
   */
  counts(): {
    handshakes: number
    accepted: number
    open: number
    openAtOnce: number
    closed: number
    early: number
    renewals: number
    messages: number
    numbers: number
    nextNumber: number
  }
  connections(): AuthConnection[]
  /** The n of every `{ n }` that came in on any connection, in the order of arrival. */
  numbers(): number[]
  behave(behaviour: Partial<AuthBehaviour>): void
  /**
   * Sends `{ n: 0 }`, `{ n: 1 }`, … to each connection from its `{ type: 'hello' }` on, so many a second, and fewer where
   * the machine is too slow for it; 0 ends it.
   */
  stream(perSecond: number): void
  /** Answers all that was asked. */
  answer(): void
  /** Sends a frame of this text to all that were accepted. */
  send(text: string): void
  /** Closes one connection, by its id, or all. */
  hangUp(code: number, reason?: string, which?: number | 'all'): void
  /** No token that was issued until now is good any more. Connections live on. */
  revoke(): void
  stop(): void
}

const usual: AuthBehaviour = {
  attach: 'query',
  handshake: 'verify',
  refusal: 'close',
  deliberation: 0,
  enforcesExpiry: true,
  selects: 'first',
  pong: true,
}

/** Often enough that a stream flows, and seldom enough to leave the machine in peace. */
const streamTick = 5
/** Longest sleep of a timer. */
const maxDelay = 2 ** 31 - 1

type Connection = { -readonly [Fact in keyof AuthConnection]: AuthConnection[Fact] } & {
  readonly tokens: number[]
  readonly messages: unknown[]
  readonly stream: Socket
  socket?: WebSocket
  greeted: boolean
  asked: number
  expiry?: NodeJS.Timeout
}

/** @param changed called whenever the counts have changed */
export async function startAuthServer(
  issuer: Issuer,
  options: Partial<AuthBehaviour>,
  changed: () => void,
): Promise<AuthServer> {
  let behaviour = { ...usual, ...options }
  const all: Connection[] = []
  const numbers: number[] = []
  let nextNumber = 0
  let openAtOnce = 0
  let renewals = 0
  let ticker: NodeJS.Timeout | undefined
  let streamed = 0

  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => [...offered].at(behaviour.selects === 'first' ? 0 : -1) ?? false,
  })
  const open = () => all.filter(({ open }) => open)
  const say = ({ socket }: Connection, message: unknown) => socket?.send(JSON.stringify(message))

  /** Whether a token is good for this connection, which then lives as long as the token. */
  const judge = async (connection: Connection, token: string) => {
    if (behaviour.deliberation) {
      await new Promise((resolve) => setTimeout(resolve, behaviour.deliberation).unref())
    }
    const { number, isGood, expiresAt } = await issuer.verify(token)
    connection.tokens.push(number)
    if (!isGood) return false
    clearTimeout(connection.expiry)
    connection.expiry = setTimeout(
      () => behaviour.enforcesExpiry && connection.socket?.close(4401, 'token expired'),
      Math.min(expiresAt - Date.now(), maxDelay),
    ).unref()
    return true
  }

  const http = createServer()
  http.on('connection', (stream) => stream.unref())
  http.on('upgrade', async (request: IncomingMessage, stream: Socket, head: Buffer) => {
    const connection = record(all.length, stream)
    all.push(connection)
    stream.on('error', () => {})
    changed()
    const { attach, handshake } = behaviour
    if (handshake === 'hang') {
      // It sees at least when the client gives up.
      stream.on('end', () => stream.end()).resume()
      return
    }
    const isLetIn =
      handshake === 'verify' && (attach === 'message' || (await judge(connection, tokenOf(request, attach))))
    if (isLetIn) {
      sockets.handleUpgrade(request, stream, head, (socket) => {
        connection.accepted = attach !== 'message'
        welcome(connection, socket)
      })
    } else {
      const status = typeof handshake === 'number' ? handshake : 401
      stream.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    }
    changed()
  })

  const welcome = (connection: Connection, socket: WebSocket) => {
    Object.assign(connection, { socket, open: true })
    // One that has said goodbye counts no more, though its end may still be under way.
    const alive = open().filter(({ socket }) => socket?.readyState === socket?.OPEN)
    openAtOnce = Math.max(openAtOnce, alive.length)
    socket.on('message', (data) => {
      receive(connection, socket, parse(String(data)))
      changed()
    })
    socket.on('error', () => {})
    socket.on('close', (code, reason) => {
      Object.assign(connection, { open: false, closed: { code, reason: String(reason) } })
      clearTimeout(connection.expiry)
      changed()
    })
  }

  const receive = (connection: Connection, socket: WebSocket, message: Message) => {
    const { type, token, n } = message
    if (type === 'auth') void admit(connection, socket, String(token))
    else if (!connection.accepted) connection.early += 1
    else if (type === 'ping') {
      if (behaviour.pong) say(connection, { type: 'pong' })
    } else if (type === 'ask') connection.asked += 1
    else if (n !== undefined) {
      numbers.push(n)
      nextNumber = Math.max(nextNumber, n + 1)
    } else {
      if (type === 'hello') connection.greeted = true
      connection.messages.push(message)
    }
  }

  const admit = async (connection: Connection, socket: WebSocket, token: string) => {
    const isRenewal = connection.accepted
    if (await judge(connection, token)) {
      connection.accepted = true
      if (isRenewal) renewals += 1
      say(connection, { type: 'welcome' })
    } else if (behaviour.refusal === 'close') socket.close(4401, 'token refused')
    else if (behaviour.refusal === 'message') say(connection, { type: 'refused' })
    changed()
  }

  const streamTo = (connection: Connection, n: number) => {
    const { first } = connection.streamed ?? { first: n }
    connection.streamed = { first, last: n }
    say(connection, { n })
  }

  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  http.unref()

  return {
    port: (http.address() as AddressInfo).port,
    counts: () => ({
      handshakes: all.length,
      accepted: all.filter(({ accepted }) => accepted).length,
      open: open().length,
      openAtOnce,
      closed: all.filter(({ closed }) => closed).length,
      early: all.reduce((sum, { early }) => sum + early, 0),
      renewals,
      messages: all.reduce((sum, { messages }) => sum + messages.length, 0),
      numbers: numbers.length,
      nextNumber,
    }),
    connections: () =>
      all.map(({ id, tokens, accepted, open, early, messages, streamed, closed }) => ({
        ...{ id, accepted, open, early, streamed, closed },
        tokens: [...tokens],
        messages: [...messages],
      })),
    numbers: () => [...numbers],
    behave(change) {
      behaviour = { ...behaviour, ...change }
    },
    stream(perSecond) {
      clearInterval(ticker)
      if (!perSecond) return
      let due = streamed
      ticker = setInterval(() => {
        // What a late timer has missed stays undone: whoever is too slow for the stream would never catch up with it.
        due += (perSecond * streamTick) / 1_000
        const hearers = open().filter(({ greeted }) => greeted)
        for (; streamed < due; streamed++) for (const hearer of hearers) streamTo(hearer, streamed)
      }, streamTick).unref()
    },
    answer() {
      for (const connection of open())
        for (; connection.asked > 0; connection.asked--) say(connection, { type: 'answer' })
    },
    send(text) {
      for (const { socket, accepted } of open()) if (accepted) socket?.send(text)
    },
    hangUp(code, reason, which = 'all') {
      for (const { id, socket } of open()) if (which === 'all' || which === id) socket?.close(code, reason)
    },
    revoke: issuer.revokeAll,
    stop() {
      clearInterval(ticker)
      for (const { stream, expiry } of all) {
        clearTimeout(expiry)
        stream.destroy()
      }
      http.close()
    },
  }
}

interface Message {
  readonly type?: unknown
  readonly token?: unknown
  readonly n?: number
}

function record(id: number, stream: Socket): Connection {
  return {
    ...{ id, stream, early: 0, streamed: null, closed: null },
    ...{ accepted: false, open: false, greeted: false, asked: 0 },
    tokens: [],
    messages: [],
  }
}

function tokenOf({ url = '', headers }: IncomingMessage, attach: 'query' | 'protocol' | 'header'): string {
  switch (attach) {
    case 'query':
      return new URL(url, 'http://server').searchParams.get('token') ?? ''
    case 'protocol':
      return String(Buffer.from(headers['sec-websocket-protocol']?.split(/, */).at(-1) ?? '', 'base64url'))
    case 'header':
      return headers.authorization?.replace(/^Bearer /, '') ?? ''
  }
}

/** The object in a frame; anything else counts as an empty one. */
function parse(text: string): Message {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
