// A real WebSocket server (ws) on a free loopback port, which records what clients do and misbehaves when told to.

import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type RawData, WebSocket, WebSocketServer } from 'ws'

/** Text, or binary as a list of bytes: the form that survives JSON on its way to a page. */
export type Frame = string | readonly number[]

/** What the server does with clients. All of it can be changed while it runs. */
export interface Behaviour {
  /**
   * `drop`: accepted, and cut off at once. `hang`: never answered. A number: refused with that HTTP status.
   * @default 'accept'
   */
  readonly handshake: 'accept' | 'drop' | 'hang' | number
  /** Which of the offered subprotocols is selected: the first, none, or this one. @default 'first' */
  readonly subprotocol: 'first' | 'none' | { readonly name: string }
  /** Frames sent in the same packet as the acceptance. @default none */
  readonly greeting: readonly Frame[]
  /** Closes each connection on open. @default none */
  readonly farewell: { readonly code?: number; readonly reason?: string } | null
  /**
   * The first frame must be `{ type: 'auth', token }` or the bare token: `{ type: 'auth-ok' }` is the answer to a
   * token of the list, a close with 4401 (or silence) to everything else. @default none
   */
  readonly auth: { readonly tokens: readonly string[]; readonly otherwise?: 'close' | 'silence' } | null
  /** Sends each frame back. @default false */
  readonly echo: boolean
  /** Answers 'ping' with 'pong', and `{ type: 'ping', … }` with `{ type: 'pong', … }`. @default true */
  readonly pong: boolean
  /** `false`: a client's close frame stays without an answer, and so does its connection. @default true */
  readonly answersClose: boolean
}

/** One handshake and what became of it. */
export interface ConnectionFacts {
  /** 0 for the first handshake that the server saw, and so on. */
  readonly id: number
  /** When it came (ms since the epoch). */
  readonly at: number
  /** Path and query. */
  readonly url: string
  /** As offered. */
  readonly protocols: readonly string[]
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly accepted: boolean
  readonly open: boolean
  /** What came in, in order. */
  readonly frames: readonly Frame[]
  /** How it ended, as the server saw it. */
  readonly closed: { readonly code: number; readonly reason: string } | null
}

/** Which connections an order is for: one by its id, the newest that is open, or all that are. */
export type Which = number | 'latest' | 'all'

export interface TestServer {
  readonly port: number
  /** Handshakes seen; those accepted; those open now; those that ended after acceptance; frames that came in. */
  counts(): { handshakes: number; connections: number; open: number; closed: number; messages: number }
  connections(): ConnectionFacts[]
  behave(behaviour: Partial<Behaviour>): void
  send(frame: Frame, which?: Which): void
  /** Sends a frame of a kind that does not exist (RFC 6455 section 5.2). */
  garble(which?: Which): void
  close(code?: number, reason?: string, which?: Which): void
  /** Ends without a close frame. */
  terminate(which?: Which): void
  /** Stops reading: the clients' bytes pile up on their side once the buffers of the network are full. */
  pause(which?: Which): void
  resume(which?: Which): void
  stop(): void
}

const usual: Behaviour = {
  handshake: 'accept',
  subprotocol: 'first',
  greeting: [],
  farewell: null,
  auth: null,
  echo: false,
  pong: true,
  answersClose: true,
}

class ServerSocket extends WebSocket {
  answersClose: () => boolean = () => true

  /** ws answers a client's close by calling this: the one place where that can be kept from happening. */
  override close(code?: number, reason?: string | Buffer): void {
    if (this.answersClose()) super.close(code, reason)
  }

  /** Closes by the server's own will. */
  leave(code?: number, reason?: string): void {
    super.close(code, reason)
  }
}

type Connection = { -readonly [Fact in keyof ConnectionFacts]: ConnectionFacts[Fact] } & {
  readonly frames: Frame[]
  readonly stream: Socket
  socket?: ServerSocket
  greeted: boolean
}

export interface TestServerOptions extends Partial<Behaviour> {
  /** Offers permessage-deflate. @default false */
  readonly deflate?: boolean
}

/** @param changed called whenever the counts have changed */
export async function startServer(options: TestServerOptions, changed: () => void): Promise<TestServer> {
  const { deflate = false, ...given } = options
  let behaviour: Behaviour = { ...usual, ...given }
  const all: Connection[] = []

  const sockets = new WebSocketServer<typeof ServerSocket>({
    noServer: true,
    WebSocket: ServerSocket,
    perMessageDeflate: deflate && { threshold: 0 },
    handleProtocols: (offered) => select(behaviour.subprotocol, [...offered]),
  })

  const http = createServer()
  http.on('connection', (stream) => stream.unref())
  http.on('upgrade', (request: IncomingMessage, stream: Socket, head: Buffer) => {
    const connection = record(all.length, request, stream)
    all.push(connection)
    stream.on('error', () => {})
    const { handshake } = behaviour
    if (typeof handshake === 'number') {
      stream.end(`HTTP/1.1 ${handshake} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    } else if (handshake !== 'hang') {
      // What is written until the cork is drawn leaves in one packet: the acceptance and the greeting.
      stream.cork()
      sockets.handleUpgrade(request, stream, head, (socket) => welcome(connection, socket))
      stream.uncork()
      if (handshake === 'drop') connection.socket?.terminate()
    }
    changed()
  })

  const welcome = (connection: Connection, socket: ServerSocket) => {
    Object.assign(connection, { socket, accepted: true, open: true })
    socket.answersClose = () => behaviour.answersClose
    socket.on('message', (data, isBinary) => receive(connection, socket, toFrame(data, isBinary)))
    socket.on('error', () => {})
    socket.on('close', (code, reason) => {
      Object.assign(connection, { open: false, closed: { code, reason: String(reason) } })
      changed()
    })
    for (const frame of behaviour.greeting) socket.send(toData(frame))
    const { farewell } = behaviour
    if (farewell) socket.leave(farewell.code, farewell.reason)
  }

  const receive = (connection: Connection, socket: ServerSocket, frame: Frame) => {
    connection.frames.push(frame)
    const { auth, echo, pong } = behaviour
    const json = parse(frame)
    if (auth && (!connection.greeted || json?.type === 'auth')) {
      connection.greeted = auth.tokens.includes(String(json?.type === 'auth' ? json.token : frame))
      if (connection.greeted) socket.send('{"type":"auth-ok"}')
      else if (auth.otherwise !== 'silence') socket.leave(4401, 'token refused')
    } else if (pong && frame === 'ping') socket.send('pong')
    else if (pong && json?.type === 'ping') socket.send(JSON.stringify({ ...json, type: 'pong' }))
    else if (echo) socket.send(toData(frame))
    changed()
  }

  const open = (which: Which) => {
    const found = all.filter(({ id, open }) => open && (typeof which !== 'number' || id === which))
    const chosen = which === 'latest' ? found.slice(-1) : found
    if (chosen.length === 0)
      throw new Error(`The server has no open connection (${which} of ${all.length} handshakes)`)
    return chosen.flatMap(({ socket, stream }) => (socket ? [{ socket, stream }] : []))
  }

  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  http.unref()

  return {
    port: (http.address() as AddressInfo).port,
    counts: () => ({
      handshakes: all.length,
      connections: all.filter(({ accepted }) => accepted).length,
      open: all.filter(({ open }) => open).length,
      closed: all.filter(({ closed }) => closed).length,
      messages: all.reduce((sum, { frames }) => sum + frames.length, 0),
    }),
    connections: () =>
      all.map(({ stream: _, socket: __, greeted: ___, ...facts }) => ({
        ...facts,
        frames: [...facts.frames],
      })),
    behave(change) {
      behaviour = { ...behaviour, ...change }
    },
    send(frame, which = 'latest') {
      for (const { socket } of open(which)) socket.send(toData(frame))
    },
    garble(which = 'latest') {
      for (const { stream } of open(which)) stream.write(Buffer.from([0xff, 0x00]))
    },
    close(code, reason, which = 'latest') {
      for (const { socket } of open(which)) socket.leave(code, reason)
    },
    terminate(which = 'latest') {
      for (const { socket } of open(which)) socket.terminate()
    },
    pause(which = 'latest') {
      for (const { socket } of open(which)) socket.pause()
    },
    resume(which = 'latest') {
      for (const { socket } of open(which)) socket.resume()
    },
    stop() {
      http.close()
      for (const { stream } of all) stream.destroy()
    },
  }
}

function record(id: number, { url = '', headers }: IncomingMessage, stream: Socket): Connection {
  const protocols = headers['sec-websocket-protocol']?.split(/, */) ?? []
  const facts = {
    id,
    at: Date.now(),
    url,
    protocols,
    headers,
    accepted: false,
    open: false,
    frames: [],
    closed: null,
  }
  return { ...facts, stream, greeted: false }
}

function select(wanted: Behaviour['subprotocol'], offered: readonly string[]): string | false {
  if (wanted === 'none') return false
  return wanted === 'first' ? (offered[0] ?? false) : wanted.name
}

function toFrame(data: RawData, isBinary: boolean): Frame {
  // With ws's default binaryType, data is one Buffer.
  return isBinary ? [...(data as Buffer)] : String(data)
}

function toData(frame: Frame): string | Uint8Array {
  return typeof frame === 'string' ? frame : Uint8Array.from(frame)
}

/** The object in a frame, where it holds one. */
function parse(frame: Frame): { readonly type?: unknown; readonly token?: unknown } | undefined {
  try {
    const value: unknown = typeof frame === 'string' ? JSON.parse(frame) : undefined
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
