// What surrounds a socket in the generated sequences: a server, a token endpoint, a network and a page, each of which
// does what it is told, well or badly, and remembers what the socket did.
import {
  type NetworkSignal,
  type PageSignal,
  SocketError,
  type TokenContext,
  type TokenResult,
} from '../../../src'
import { type ManualClock, type MemoryServer, manualClock, memoryServer } from '../../../src/testing'

export type Signal = NetworkSignal | PageSignal

export interface WorldSettings {
  readonly attach: 'message' | 'query' | 'none'
  /** Milliseconds that a token lives; `undefined` where it does not say. */
  readonly tokenLife: number | undefined
  readonly buffered: 'manual' | 'drains-at-once'
  readonly terminable: boolean
  readonly holdClose: boolean
  /** What follows the acceptance in the same packet. */
  readonly greeting: readonly string[]
}

/** One call of `getToken`. */
interface Call extends Pick<TokenContext, 'reason' | 'signal'> {
  done: boolean
  readonly answer: () => void
}

export class World {
  readonly clock: ManualClock = manualClock(1_000_000)
  readonly server: MemoryServer
  readonly WebSocket: MemoryServer['WebSocket']
  readonly #settings: WorldSettings
  /** By how much `setNow` made the clock jump. */
  #jumped = 0
  jumps = 0

  authAnswer: 'accepts' | 'refuses' | 'is silent' = 'accepts'
  answersPings = true
  /** Connections whose acceptance was sent, and when. */
  readonly accepted = new Map<number, number>()
  /** Connections that were half-open at any time. */
  readonly stalled = new Set<number>()
  /** Since when one is, if it is. */
  readonly stalledSince = new Map<number, number>()
  /** Killed by the socket, as they did not answer. */
  readonly killed = new Set<unknown>()
  /** How often each message of the app arrived. */
  readonly arrivals = new Map<string, number>()
  /** Those that left the buffer in one moment with the end of the connection: nobody can have seen them leave. */
  readonly mayDouble = new Set<string>()
  /** Their close is on the way. */
  readonly #doomed = new Set<number>()
  /** What each connection said to the app. */
  readonly said = new Map<number, number>()

  tokenMode: 'at once' | 'slowly' | 'throws' | 'null' | 'refuses' = 'at once'
  readonly calls: Call[] = []
  #tokens = 0

  isOffline = false
  isHidden = false
  isAway = false
  readonly #networkListeners = new Set<(signal: NetworkSignal) => void>()
  readonly #pageListeners = new Set<(signal: PageSignal) => void>()

  /** Found in callbacks, where a throw would be caught. */
  readonly faults: string[] = []

  /** @param onSend told of each frame before it is handed to a connection */
  constructor(settings: WorldSettings, onSend: (connection: number, frame: string) => void) {
    this.#settings = settings
    const { clock } = this
    const { attach, buffered, terminable, holdClose } = settings
    const server = memoryServer({
      url: 'wss://memory.test/',
      clock,
      buffered,
      terminable,
      holdClose,
      onOpen: ({ index }) => {
        if (attach !== 'message') this.#accept(index)
      },
      onMessage: (frame, { index }) => this.#answer(String(frame), index),
    })
    this.server = server
    this.WebSocket = class extends server.WebSocket {
      readonly index = server.connections.length - 1
      override send(data: string): void {
        onSend(this.index, data)
        super.send(data)
      }
    }
  }

  /** What `setNow` does not change. */
  get elapsed(): number {
    return this.clock.now() - this.#jumped
  }

  jump(ms: number): void {
    this.jumps++
    this.#jumped += ms
    this.clock.setNow(this.clock.now() + ms)
  }

  // -------------------------------------------------------------- the server

  #accept(index: number) {
    this.accepted.set(index, this.elapsed)
    const { greeting } = this.#settings
    for (const frame of greeting) {
      if (frame === 's') this.say(index)
      // One that is always about to go away would keep the socket rotating.
      else if (frame !== 'going' || index % 4 === 0) this.server.connections[index]?.send(frame)
    }
  }

  #answer(frame: string, index: number) {
    const connection = this.server.connections[index]
    const [kind, value] = frame.split(':')
    if (kind === 'auth' && this.authAnswer !== 'is silent') {
      connection?.send(this.authAnswer)
      if (this.authAnswer === 'accepts' && !this.accepted.has(index)) this.#accept(index)
    }
    if (kind === 'ping' && this.answersPings) connection?.send(`pong:${value}`)
    if (kind !== 'm') return
    this.arrivals.set(frame, (this.arrivals.get(frame) ?? 0) + 1)
    if (this.#doomed.has(index)) this.mayDouble.add(frame)
  }

  /** A message to the app. */
  say(index: number): void {
    const n = (this.said.get(index) ?? 0) + 1
    this.said.set(index, n)
    this.server.connections[index]?.send(`s:${index}:${n}`)
  }

  close(index: number, code: number): void {
    this.#doomed.add(index)
    this.server.connections[index]?.close(code)
  }

  stall(index: number): void {
    this.server.connections[index]?.stall()
    this.stalled.add(index)
    if (!this.stalledSince.has(index)) this.stalledSince.set(index, this.elapsed)
  }

  heal(index: number): void {
    this.stalledSince.delete(index)
    this.server.connections[index]?.heal()
  }

  // -------------------------------------------------------------- tokens

  readonly getToken = ({ reason, signal }: TokenContext): TokenResult | Promise<TokenResult> => {
    const isBusy = this.calls.some((call) => !call.done && !call.signal.aborted)
    if (isBusy) this.faults.push(`getToken (${reason}) was called while a call was in flight`)
    const { promise, resolve, reject } = withResolvers<TokenResult>()
    const call: Call = {
      reason,
      signal,
      done: false,
      answer: () => {
        if (call.done) return
        call.done = true
        try {
          resolve(this.#token())
        } catch (error) {
          reject(error)
        }
      },
    }
    this.calls.push(call)
    if (this.tokenMode === 'slowly') return promise
    call.done = true
    return this.#token()
  }

  #token(): TokenResult {
    const token = `t${++this.#tokens}`
    const { tokenLife } = this.#settings
    if (this.tokenMode === 'null') return null
    if (this.tokenMode === 'throws') throw new Error('The token endpoint is down')
    if (this.tokenMode === 'refuses') throw new SocketError('UNAUTHORIZED', 'Signed out.')
    return tokenLife === undefined ? token : { token, expiresAt: this.clock.now() + tokenLife }
  }

  // -------------------------------------------------------------- the page and the network

  readonly network = {
    isOnline: () => !this.isOffline,
    subscribe: (listener: (signal: NetworkSignal) => void) => subscription(this.#networkListeners, listener),
  }

  readonly page = {
    isHidden: () => this.isHidden,
    subscribe: (listener: (signal: PageSignal) => void) => subscription(this.#pageListeners, listener),
  }

  get subscriptions(): number {
    return this.#networkListeners.size + this.#pageListeners.size
  }

  signal(signal: Signal): void {
    if (signal === 'online' || signal === 'offline') this.isOffline = signal === 'offline'
    if (signal === 'visible' || signal === 'hidden') this.isHidden = signal === 'hidden'
    if (signal === 'leave') this.isAway = true
    if (signal === 'visible' || signal === 'resume' || signal === 'return') this.isAway = false
    const isOfNetwork = signal === 'online' || signal === 'offline' || signal === 'change'
    const listeners: Set<(signal: any) => void> = isOfNetwork ? this.#networkListeners : this.#pageListeners
    for (const listener of [...listeners]) listener(signal)
  }
}

/** Each one by itself, though two may be the same function. */
function subscription<S>(listeners: Set<(signal: S) => void>, listener: (signal: S) => void) {
  const own = (signal: S) => listener(signal)
  listeners.add(own)
  return () => void listeners.delete(own)
}

function withResolvers<T>() {
  let settle!: { resolve: (value: T) => void; reject: (error: unknown) => void }
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject }
  })
  promise.catch(() => {})
  return { promise, ...settle }
}
