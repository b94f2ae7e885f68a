// createSocket: the shell. It owns the transport, the timers and the listeners, and does what the pure rooms decide.

import type { RawCodec } from './codec/raw'
import { cutReason, isUserCloseCode, verdictOf } from './connection/close-code'
import {
  type Connection,
  type ConnectionEvent,
  type Facts,
  initialConnection,
  type OfAttempt,
  transition,
} from './connection/transition'
import { atOnce, type Deferred, deferred, orAborted, quiet } from './deferred'
import { Emitter } from './emitter'
import { createEnvironment } from './environment'
import { SocketError, type SocketErrorCode } from './errors'
import { closedInbox, Inbox } from './inbox'
import { type Redact, redactor, wrapError } from './inspect'
import { iterate } from './iterate'
import { Life, Second } from './life'
import { defaultPolicy, type Options, resolveOptions } from './options'
import type { Confirmer } from './queue/confirmer'
import { Sender, type Tells } from './sender'
import { createStore } from './store'
import { longestSleep } from './timer'
import { abandon, attachHandlers, detach, hangUp } from './transport'
import type {
  AuthHost,
  AuthSession,
  Clock,
  CloseInfo,
  CloseOrigin,
  Codec,
  ConnectionHost,
  ConnectRequest,
  Drop,
  Environment,
  Extension,
  HandshakeContext,
  HeartbeatHost,
  Incoming,
  MessagesOptions,
  NetworkSignal,
  OpenState,
  Outgoing,
  PageSignal,
  Provider,
  QueueStoreView,
  Receipt,
  RotationHost,
  SendOptions,
  Socket,
  SocketEvents,
  SocketOptions,
  SocketState,
  Store,
  TokenReason,
  Verdict,
  WebSocketLike,
  WireData,
} from './types'
import { type Reach, reachOf, resolveProtocols, resolveUrl } from './url'
import { duration, invalid, validate, withDefaults } from './validate'

/** Milliseconds that the last release waits before it closes: a component that is mounted anew keeps the connection. */
const releaseGrace = 100
/** Missing from older runtimes. */
const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol('asyncDispose')

/**
 * Makes a socket. Nothing is opened before `connect()` or `retain()`.
 *
 * @param url absolute or, where the page has a base, relative; or a function that gives it at each attempt
 * @throws {SocketError} `INVALID_OPTION` for a wrong option, or a URL or protocol that no WebSocket takes;
 *   `INSECURE_TOKEN` for `auth` over `ws:` to a host that is not loopback
 */
export function createSocket<C extends Codec<any, any> = RawCodec>(
  url: string | URL | Provider<string | URL>,
  options: SocketOptions<C> = {},
): Socket<Incoming<C>, Outgoing<C>> {
  return new ReconnectingSocket<Incoming<C>, Outgoing<C>>(url, resolveOptions(options))
}

type Events<In> = SocketEvents<In> & { readonly queue: undefined; readonly latency: number }

class ReconnectingSocket<In, Out> implements Socket<In, Out> {
  readonly #url: string | URL | Provider<string | URL>
  readonly #options: Options
  /** Looked up at each message. */
  readonly #codec: Codec<In, Out>
  readonly #environment: Environment
  readonly #auth: AuthSession | undefined
  readonly #redact: Redact
  readonly #emitter: Emitter<Events<In>>
  readonly #sender: Sender
  #extensions: readonly Guest[] = none
  #connection: Connection = initialConnection
  #life: Life | undefined
  /** In a rotation: the one that is to take over, and the one that did, but is still listened to. */
  #second: Second | undefined
  #first: Life | undefined
  #reach: Reach = 'internet'
  /** Unsubscribes from the page and the network. */
  #offs: readonly (() => void)[] | undefined
  #timer: unknown
  #timerDue: number | undefined
  #latency: number | undefined
  /** What is to be told to the app, in order, once the transition is done. */
  readonly #outbox: (() => void)[] = []
  #telling = false
  /** Who waits for the first open, for the end, for the queue to run dry. */
  #opening: Deferred | undefined
  #closing: Deferred | undefined
  #draining: Deferred | undefined
  #retained = 0
  #releaseTimer: unknown
  /** Messages from before anybody ever listened; undefined once they were told. */
  #unheard: readonly In[] | undefined = none
  #listening = false
  /** Settles when all that an async schema looks at was told. */
  #checking: Promise<void> | undefined
  #stateStore: Store<SocketState> | undefined
  #queueStore: QueueStoreView | undefined
  #latencyStore: Store<number | undefined> | undefined

  constructor(url: string | URL | Provider<string | URL>, options: Options) {
    this.#url = url
    this.#options = options
    this.#codec = options.codec as Codec<In, Out>
    this.#environment = createEnvironment(options.environment)
    this.#auth = options.auth?.session()
    this.#redact = redactor(this.#auth)
    this.#emitter = new Emitter((error, event) => this.#listenerThrew(error, event), eventShape())
    this.#sender = new Sender(
      options,
      this.#environment,
      (message, confirmer, sequence, options) => this.#encode(message, confirmer, sequence, options),
      (what, about) => this.#senderTells(what, about),
    )
    const { protocols } = options
    if (options.auth?.rotates && !options.rotation) throw noRotation()
    const isDynamic = typeof protocols === 'function'
    const known = resolveProtocols(isDynamic ? undefined : protocols)
    if (typeof url === 'function') return
    const request = { url: resolveUrl(url, this.#environment.baseUrl), protocols: known, headers: {} }
    if (!isDynamic) this.#auth?.check(request, options.allowInsecure)
  }

  // -------------------------------------------------------------- connecting and closing

  connect(): void {
    this.#start('connect')
  }

  reconnect(): void {
    this.#start('reconnect')
  }

  rotate(): void {
    if (!this.#options.rotation) throw noRotation()
    if (this.#connection.state.status === 'open') this.#life?.rotation?.rotate(false)
  }

  #start(type: 'connect' | 'reconnect'): void {
    if (!this.#environment.WebSocket) throw noWebSocket()
    this.#dispatch({ type })
  }

  close(code = 1000, reason = '', options: { readonly drain?: number } = {}): Promise<void> {
    if (!isUserCloseCode(code)) throw invalid('close: code', '1000, or 3000 to 4999', code)
    validate('close', options, { drain: duration })
    if (this.#connection.state.status === 'closed') return Promise.resolve()
    this.#closing ??= deferred()
    const { promise } = this.#closing
    this.#dispatch({
      type: 'close',
      farewell: { code, reason: cutReason(String(reason)) },
      drain: options.drain ?? 0,
    })
    if (this.#sender.isDrained) this.#dispatch({ type: 'drained' })
    return promise
  }

  retain(): () => void {
    const { clock } = this.#environment
    clock.clearTimeout(this.#releaseTimer)
    if (!this.#retained) this.connect()
    this.#retained++
    let released = false
    return () => {
      if (released) return
      released = true
      if (--this.#retained === 0) this.#releaseTimer = clock.setTimeout(() => void this.close(), releaseGrace)
    }
  }

  opened({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (!this.#opening) {
      const { state } = this.#connection
      this.#opening = deferred()
      if (state.status === 'open') this.#opening.resolve()
      if (isOver(state)) this.#opening.reject(ended())
    }
    return orAborted(this.#opening.promise, signal)
  }

  async [asyncDispose](): Promise<void> {
    await this.close()
    this.#sender.clear('CLOSED', 'The socket was disposed.')
  }

  // -------------------------------------------------------------- messages and events

  send(message: Out, options?: SendOptions): Receipt {
    const heartbeat = this.#life?.heartbeat
    if (!heartbeat?.isDoubtful?.()) return this.#sender.send(message, options)
    // Who is told of the suspicion may send as well, but not before this message.
    return this.#untold(() => {
      heartbeat.probe?.(false)
      return this.#sender.send(message, options)
    })
  }

  on<K extends keyof SocketEvents<In>>(
    event: K,
    listener: (payload: SocketEvents<In>[K]) => void,
  ): () => void {
    if (typeof listener !== 'function') throw invalid(`on('${event}'): the listener`, 'a function', listener)
    const off = this.#emitter.on(event, listener as (payload: Events<In>[K]) => void)
    if (event === 'message' && !this.#listening) {
      this.#listening = true
      // Not at once: the caller has not even got the unsubscribe in hand yet.
      void Promise.resolve().then(() => {
        const unheard = this.#unheard ?? none
        this.#unheard = undefined
        for (const message of unheard) this.#hear(message)
      })
    }
    return off
  }

  once<K extends keyof SocketEvents<In>>(
    event: K,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<SocketEvents<In>[K]> {
    const { promise, resolve } = deferred<SocketEvents<In>[K]>()
    const off = this.on(event, resolve)
    return quiet(orAborted(promise, signal).finally(off))
  }

  messages(options: MessagesOptions = {}): AsyncIterableIterator<In> {
    return iterate<In>(
      this as never,
      options,
      () => isOver(this.#connection.state),
      (error) => this.#report(error),
    )
  }

  use(extension: Extension): () => void {
    // One of its own, since the same may be used twice.
    const used: Guest = Object.assign(Object.create(extension), { greeted: new WeakSet() })
    this.#extensions = [...this.#extensions, used]
    if (this.#connection.state.status === 'open') void this.#greetLate(this.#life as Life)
    if (this.#second?.isAccepted) void this.#greetLate(this.#second)
    return () => {
      this.#extensions = this.#extensions.filter((other) => other !== used)
    }
  }

  report(thrown: unknown): void {
    const error = this.#wrap('LISTENER', 'A protocol on top', thrown)
    // Nothing is told after the end.
    if (this.#emitter.has('error') && !isOver(this.#connection.state)) this.#report(error)
    else this.#reportLast(error)
  }

  // -------------------------------------------------------------- what can be read

  get state(): Store<SocketState> {
    this.#stateStore ??= createStore(this.#emitter, 'state', () => this.#connection.state)
    return this.#stateStore
  }

  get queue(): QueueStoreView {
    this.#queueStore ??= {
      ...createStore(this.#emitter, 'queue', () => this.#sender.state),
      clear: (options) => this.#sender.forget(options),
      drained: () => {
        const draining = this.#draining ?? deferred()
        if (this.#sender.isDrained) draining.resolve()
        else if (isOver(this.#connection.state)) draining.reject(ended())
        else this.#draining = draining
        return draining.promise
      },
    }
    return this.#queueStore
  }

  get latency(): Store<number | undefined> {
    this.#latencyStore ??= createStore(this.#emitter, 'latency', () => this.#latency)
    return this.#latencyStore
  }

  get transport(): WebSocketLike | undefined {
    return this.#life?.transport
  }

  get clock(): Clock {
    return this.#environment.clock
  }

  get id(): string {
    return this.#sender.prefix
  }

  get identity(): string | undefined {
    return this.#sender.identity
  }

  /** Vue's `ref` and `reactive` leave the socket as it is: its private fields cannot be reached through a proxy. */
  get __v_skip(): boolean {
    return true
  }

  // -------------------------------------------------------------- the machine and its effects

  #dispatch(event: ConnectionEvent): void {
    this.#untold(() => this.#step(event))
  }

  #step(event: ConnectionEvent): void {
    const { clock, random, network, page } = this.#environment
    const facts: Facts = {
      now: clock.now(),
      random,
      uncertain: this.#sender.uncertain(false),
      isOffline: () => !this.#ask('environment', () => network?.isOnline() ?? true, true),
      isHidden: () => this.#ask('environment', () => page?.isHidden() ?? false, false),
      reach: this.#reach,
    }
    let from: Connection
    let step: ReturnType<typeof transition>
    do {
      from = this.#connection
      try {
        step = transition(from, event, facts, this.#options)
      } catch (error) {
        this.#notify('error', this.#wrap('PROVIDER', 'retryDelay, shouldRetry or retryAfter', error))
        step = transition(from, event, facts, withDefaults(defaultPolicy, this.#options))
      }
      // A function of the app may have closed or connected the socket while it was asked: that counts first.
    } while (this.#connection !== from)
    const before = from.state
    const [connection, { hangUp: farewell, release, error, close, probe }] = step
    this.#connection = connection
    const { state } = connection
    this.#arm(connection.dueAt)
    const transport = this.#life?.transport
    const changed = state !== before
    if (changed) this.#notify('state', state)
    if (farewell) {
      this.#stopTraffic()
      if (transport) hangUp(transport, farewell)
    }
    if (release) {
      this.#endLife(release.died, close?.code === 1009)
      if (transport && release.farewell) abandon(transport, release.farewell, this.#environment)
    }
    if (changed) {
      this.#attend(!isOver(state))
      if (state.status === 'closing') {
        this.#stopRotation()
        this.#resume()
      }
      this.#sender.rest(state.status === 'idle' || isOver(state))
      this.#sender.keepFor(state.status)
      if (isOver(state)) clock.clearTimeout(this.#releaseTimer)
      if (state.status === 'unauthorized') this.#auth?.refused()
      if (isOver(before)) this.#opening = undefined
    }
    if (error) this.#notify('error', error)
    if (close) this.#notify('close', close)
    if (isOver(state) || (before.status === 'closing' && state.status === 'connecting')) {
      this.#outbox.push(() => this.#finish())
    }
    if (changed) {
      if (state.status === 'open' && before.status !== 'open') this.#open()
      else if (state.status === 'connecting') {
        if (state.phase === 'credentials') this.#attempt()
        else if (state.phase === 'transport') this.#dial(this.#life as Life)
        else void this.#greet(this.#life as Life)
      }
    }
    if (probe) this.#life?.heartbeat?.probe?.(probe === 'silent')
  }

  /** One timer for whatever the machine waits for. */
  #arm(dueAt: number | undefined): void {
    if (dueAt === this.#timerDue) return
    const { clock } = this.#environment
    clock.clearTimeout(this.#timer)
    this.#timerDue = dueAt
    if (dueAt === undefined || dueAt === Infinity) return
    const delay = Math.max(0, dueAt - clock.now())
    this.#timer = clock.setTimeout(
      () => {
        this.#timerDue = undefined
        // Not compared with the clock: it may have been set back meanwhile, and an hour's wait would follow.
        if (delay > longestSleep) this.#arm(dueAt)
        else this.#dispatch({ type: 'due' })
      },
      Math.min(delay, longestSleep),
    )
  }

  /** Listens to the page and the network, from connect() to the end. */
  #attend(attending: boolean): void {
    if (attending === !!this.#offs) return
    for (const off of this.#offs ?? none) this.#ask('environment', off, undefined)
    this.#offs = undefined
    if (!attending) return
    const { network, page } = this.#environment
    const hear = (signal: NetworkSignal | PageSignal) => {
      if (!this.#offs) return
      if (signal === 'freeze' || signal === 'resume') {
        for (const life of [this.#life, this.#second]) life?.hear(signal, this.#environment.clock.now())
      }
      this.#dispatch({ type: 'signal', signal })
      this.#life?.renewal?.look?.()
    }
    const parts = [network, page].filter((part) => part !== undefined)
    this.#offs = parts.length
      ? parts.flatMap((part) => this.#ask('environment', () => part.subscribe(hear), undefined) ?? none)
      : none
  }

  /** What a value or a part of the environment says, at once; where it throws that is told, and `otherwise` is the answer. */
  #ask<T>(what: string, part: () => T, otherwise: T): T {
    try {
      return atOnce(part())
    } catch (error) {
      this.#report(this.#wrap('PROVIDER', what, error))
      return otherwise
    }
  }

  // -------------------------------------------------------------- one attempt, from the URL to `open`

  #attempt(): void {
    const { renewed, doubted } = this.#connection
    const life = new Life()
    this.#sender.identify()
    this.#life = life
    void this.#prepare(life, renewed === 'now' || doubted ? 'rejected' : 'connect')
  }

  /** What an attempt or its connection has to say, to whoever waits for it. */
  #hearOf(life: Life, event: LifeEvent): void {
    if (life === this.#second) return this.#hearOfSecond(this.#second, event)
    if (life === this.#first && event.type === 'transport-close') this.#endFirst()
    if (life !== this.#life) return
    const isLoss = event.type === 'transport-close' || (event as { origin?: unknown }).origin === 'heartbeat'
    if (!isLoss || !life.rotation?.isReady) {
      return this.#dispatch({ ...event, generation: this.#connection.generation } as ConnectionEvent)
    }
    const died = event.type === 'transport-close'
    const isTooLarge = died && event.close.code === 1009
    const { rotation } = life
    this.#untold(() => {
      this.#sender.lost(died && !this.#isStale(life), { isSucceeded: true, isTooLarge })
      rotation.takeOver()
      this.#endFirst(!died)
    })
  }

  async #prepare(life: Life, reason: TokenReason): Promise<void> {
    const { attempt, cause } = this.#connection
    const { protocols, allowInsecure } = this.#options
    const { baseUrl, clock } = this.#environment
    const url = this.#url
    const auth = this.#auth
    let origin: CloseOrigin = 'network'
    try {
      const context = {
        attempt,
        cause,
        get signal() {
          return life.signal
        },
      }
      let request: ConnectRequest | undefined = {
        url: resolveUrl(typeof url === 'function' ? await url(context) : url, baseUrl),
        protocols: resolveProtocols(typeof protocols === 'function' ? await protocols(context) : protocols),
        headers: {},
      }
      if (!life.over) this.#reach = reachOf(request.url)
      if (auth && !life.over) {
        origin = 'auth'
        auth.check(request, allowInsecure)
        request = await auth.prepare(request, { reason, attempt, signal: life.signal }, () => clock.now())
      }
      if (life.over) return
      life.request = request
      this.#hearOf(life, request ? { type: 'prepared' } : { type: 'give-up', origin, verdict: 'stop' })
    } catch (error) {
      this.#giveUp(life, origin, 'url, protocols or auth', error, 'unauthorized')
    }
  }

  /** A function of the app, or the platform, failed the attempt. */
  #giveUp(
    life: Life,
    origin: CloseOrigin,
    what: string,
    thrown: unknown,
    refused: 'unauthorized' | 'reauthenticate',
  ): void {
    if (life.over) return
    const error = this.#wrap('PROVIDER', what, thrown)
    const isRefusal = error.code === 'UNAUTHORIZED'
    this.#hearOf(life, {
      type: 'give-up',
      ...(isRefusal ? { origin: 'auth', verdict: refused } : { origin, error }),
    })
  }

  #dial(life: Life): void {
    const { url, protocols, headers } = life.request as ConnectRequest
    // A connection outlives its request by hours, and the request may hold a token.
    life.request = undefined
    this.#inspect('attempt', { url: this.#redact(url), protocols: protocols.map(this.#redact) })
    // The inspector may have closed the socket, or begun anew.
    if (life.over) return
    try {
      const { WebSocket, takesHeaders } = this.#environment
      if (!WebSocket) throw noWebSocket()
      const hasHeaders = Object.keys(headers).length > 0
      if (hasHeaders && !takesHeaders) {
        throw new SocketError('INVALID_OPTION', 'This platform sends no headers.')
      }
      const transport = hasHeaders
        ? new WebSocket(url, protocols, { headers })
        : new WebSocket(url, protocols)
      life.transport = transport
      transport.binaryType = this.#options.binaryType
      attachHandlers(
        transport,
        (event) => this.#receive(life, event.data),
        (fact) => {
          if (typeof fact === 'string') return this.#hearOf(life, { type: fact })
          this.#sender.closed(transport)
          const close = {
            ...fact,
            reason: this.#redact(fact.reason),
            uncertain: this.#sender.uncertain(!this.#isStale(life)),
          }
          this.#hearOf(life, { type: 'transport-close', close })
        },
      )
    } catch (error) {
      this.#giveUp(life, 'network', 'WebSocket', error, 'unauthorized')
    }
  }

  /** From the transport's open to ours: auth, then the app's handshake, then the extensions. Nothing else goes out. */
  async #greet(life: Life): Promise<void> {
    const { protocol } = life.transport as WebSocketLike
    life.inbox = new Inbox()
    const context = this.#contextOf(life)
    try {
      for (const step of [this.#auth?.handshake, this.#options.onHandshake]) {
        if (step && !life.over) await step(context)
      }
      if (this.#extensions.length) await this.#greetAsExtensions(life)
      if (life.over) return
      this.#hearOf(life, { type: 'accepted', protocol: this.#redact(protocol ?? '') })
    } catch (error) {
      this.#giveUp(life, 'server', 'Handshake', error, 'reauthenticate')
    }
  }

  /** A connection, for whoever greets it. */
  #contextOf(life: Life): HandshakeContext {
    const { codec } = this.#options
    return {
      codec: codec.name,
      send: (message) =>
        life.over || this.#sender.sendControl(life.transport as WebSocketLike, codec.encode(message)),
      receive: () => (life.inbox ?? closedInbox()).receive(),
      putBack: (...messages) => void life.inbox?.messages.unshift(...messages),
      get signal() {
        return life.signal
      },
    }
  }

  /** Those in use now, and those that come meanwhile. */
  async #greetAsExtensions(life: Life): Promise<void> {
    life.context ??= this.#contextOf(life)
    const isNew = ({ handshake, greeted }: Guest) => handshake && !greeted.has(life)
    for (let next = this.#extensions.find(isNew); next && !life.over; next = this.#extensions.find(isNew)) {
      next.greeted.add(life)
      await next.handshake?.(life.context)
    }
  }

  /** On a connection that is open already. What comes in waits meanwhile, as before `open`. */
  async #greetLate(life: Life): Promise<void> {
    const isFirst = !life.inbox
    life.inbox ??= new Inbox()
    try {
      await this.#greetAsExtensions(life)
    } catch (error) {
      this.#giveUp(life, 'server', 'Handshake', error, 'reauthenticate')
    }
    if (isFirst) this.#unpack(life)
  }

  #open(): void {
    const life = this.#life as Life
    this.#sender.open(life.transport as WebSocketLike)
    this.#beginHeartbeat(life)
    this.#beginRenewal(life)
    if (this.#sender.confirmsBy === 'pongs' && !life.heartbeat?.fence) this.#report(noPings())
    // One may have come after the last had its turn.
    if (this.#extensions.length) void this.#greetLate(life)
    this.#opening?.resolve()
    this.#notify('open', this.#connection.state as OpenState)
    this.#outbox.push(() => {
      // A listener may have closed or replaced the connection.
      if (life.over || this.#connection.state.status !== 'open') return
      if (this.#isForeign()) return
      this.#sender.flush()
      this.#unpack(life)
    })
  }

  /** Whether somebody else signed in while the connection was made: it may be either's, and is replaced. */
  #isForeign(): boolean {
    const isForeign = this.#sender.identify()
    if (isForeign) this.#dispatch({ type: 'reconnect' })
    return isForeign
  }

  /** What came in before it could be delivered. */
  #unpack(life: Life): void {
    const early = life.inbox?.messages ?? none
    life.inbox = undefined
    for (const message of early) {
      // A listener may have ended it.
      if (life.over) return
      if (!this.#isConsumed(life, message)) this.#deliver(life, message)
    }
  }

  /** What a connection does for whoever looks after it. */
  #hostOf(life: Life): ConnectionHost {
    const { codec } = this.#options
    return {
      clock: this.#environment.clock,
      codec: codec.name,
      send: (make) => {
        try {
          this.#sender.sendControl(life.transport as WebSocketLike, codec.encode(make()))
        } catch (error) {
          this.#report(this.#wrap('ENCODE', 'Ping or token', error))
        }
      },
    }
  }

  /** From acceptance on somebody listens whether the other end is there. */
  #beginHeartbeat(life: Life): void {
    const { protocolPings } = this.#environment
    const host: HeartbeatHost = {
      ...this.#hostOf(life),
      protocolPings:
        protocolPings &&
        ((told) => {
          const ping = this.#ask('environment', () => protocolPings(life.transport, told), undefined)
          return ping && (() => this.#ask('environment', ping, undefined))
        }),
      isStalled: () => this.#sender.isStalled(),
      mark: () => (life === this.#life ? this.#sender.mark() : undefined),
      onSilence: () => this.#hearOf(life, { type: 'give-up', origin: 'heartbeat' }),
      onSuspect: (suspect) => {
        if (life !== this.#life) return
        // A rotation may hold them already, and knows when they go on.
        const isHeld = life.rotation?.isReady
        if (suspect && !isHeld && this.#connection.state.status === 'open') this.#sender.hold()
        this.#hearOf(life, { type: 'show', suspect })
        if (!suspect && !isHeld && life === this.#life) this.#resume()
      },
      onLatency: (latency) => {
        if (life !== this.#life || this.#isDeaf) return
        life.staleUntil = 0
        this.#latency = latency
        this.#notify('latency', latency)
        this.#tell()
      },
    }
    life.heartbeat = this.#ask('heartbeat', () => this.#options.heartbeat?.begin(host), undefined)
  }

  /** From the time on that it is the one in use, a connection may be authorised anew, and replaced by another. */
  #beginRenewal(life: Life): void {
    const { rotation, minUptime, connectTimeout } = this.#options
    const { clock, random } = this.#environment
    const host: AuthHost = {
      ...this.#hostOf(life),
      random,
      connectTimeout,
      rotate: () => life.rotation?.rotate(true),
      onRefused: (verdict) => this.#hearOf(life, { type: 'give-up', origin: 'auth', verdict }),
      onError: (error) => this.#report(this.#wrap('PROVIDER', 'getToken', error)),
    }
    life.renewal = this.#ask('auth', () => this.#auth?.begin?.(host), undefined)
    const rotationHost: RotationHost = {
      clock,
      random,
      leastUptime: life instanceof Second ? minUptime : 0,
      connectTimeout,
      open: (ended) => {
        this.#endFirst()
        this.#hearOf(life, { type: 'show', rotating: true })
        // A listener may have closed or replaced the connection.
        if (this.#life !== life || this.#connection.state.status !== 'open') return
        const reason = life.doubt?.isOpen ? 'rejected' : 'connect'
        if (life.doubt) life.doubt.isOpen = false
        const second = new Second(reason, ended)
        this.#second = second
        void this.#prepare(second, reason)
      },
      hold: (then) => {
        const fence = this.#sender.confirmsBy === 'acks' ? undefined : life.heartbeat?.fence
        this.#sender.hold(fence ? undefined : then)
        fence?.(then)
      },
      takeOver: (proven) => this.#takeOver(life, proven),
      endFirst: () => this.#endFirst(),
      giveUp: (error) => {
        this.#dropSecond()
        this.#resume()
        this.#hearOf(life, { type: 'show', rotating: false })
        if (error) this.#report(error)
      },
    }
    life.rotation = this.#ask('rotation', () => rotation?.begin(rotationHost), undefined)
  }

  /** Messages go on, unless something still speaks against the connection. */
  #resume(): void {
    const { state } = this.#connection
    if (state.status !== 'open' || !state.suspect) this.#sender.resume()
  }

  #stopRotation(): void {
    this.#life?.rotation?.stop()
    this.#dropSecond()
  }

  #stopTraffic(): void {
    this.#life?.rest()
    this.#stopRotation()
    this.#endFirst()
    this.#sender.stop()
  }

  /** Its buffer shows nothing: what was in it is uncertain. */
  #isStale({ staleUntil }: Life): boolean {
    return this.#environment.clock.now() < staleUntil
  }

  #endLife(died: boolean, isTooLarge: boolean): void {
    const life = this.#life
    this.#stopTraffic()
    this.#life = undefined
    life?.end()
    if (life?.transport) detach(life.transport)
    this.#sender.lost(died && !!life && !this.#isStale(life), { isTooLarge })
  }

  // -------------------------------------------------------------- a rotation: from the first transport to the second

  #hearOfSecond(second: Second, event: LifeEvent): void {
    switch (event.type) {
      case 'prepared':
        return this.#dial(second)
      case 'transport-open':
        second.hasOpened = true
        return void this.#greet(second)
      case 'accepted':
        second.isAccepted = true
        this.#beginHeartbeat(second)
        if (this.#extensions.length) void this.#greetLate(second)
        return second.ended(undefined)
      case 'transport-close':
      case 'transport-error':
      case 'give-up': {
        const { verdict, error, close } = event as {
          verdict?: Verdict
          error?: SocketError
          close?: CloseInfo
        }
        // Signed out, or no token will do: that is true of the first, too.
        if (verdict && verdict !== 'reauthenticate') return this.#hearOf(this.#life as Life, event)
        const isRefused = (verdict ?? (close && verdictOf(close, refusals))) === 'reauthenticate'
        // Browsers hide the HTTP status of a refused handshake, which may be about the token.
        const mayBe = event.type !== 'give-up' && !second.hasOpened && this.#options.auth?.inRequest
        const life = this.#life as Life
        const isFinal = isRefused && second.reason === 'rejected'
        const now = this.#environment.clock.now()
        // B51: at most once per minUptime.
        const isFresh = life.doubt && now - life.doubt.since < this.#options.minUptime
        if ((isRefused || mayBe) && !isFresh) life.doubt = { isOpen: true, since: now }
        const why = isRefused
          ? 'its token was refused'
          : (error?.message ?? `it was closed with ${close?.code ?? 1006}`)
        const code = isFinal ? 'UNAUTHORIZED' : 'ROTATION'
        second.ended(new SocketError(code, `The second connection failed: ${why}`, { cause: error }))
      }
    }
  }

  #takeOver(first: Life, proven: boolean): void {
    const second = this.#second as Life
    const transport = second.transport as WebSocketLike
    this.#untold(() => {
      this.#second = undefined
      this.#first = first
      this.#life = second
      first.rest()
      const isSuspect = (this.#connection.state as OpenState).suspect
      this.#hearOf(second, { type: 'rotated', protocol: this.#redact(transport.protocol ?? '') })
      this.#beginRenewal(second)
      this.#sender.swap(transport, proven)
      if (this.#isForeign()) return
      // What speaks against the first, such as another network, may speak against the second.
      if (isSuspect) second.heartbeat?.probe?.(false)
      // As after an open: not before the listeners ran.
      this.#outbox.push(() => this.#resume())
    })
    this.#unpack(second)
  }

  #dropSecond(): void {
    const second = this.#second
    this.#second = undefined
    this.#abandon(second)
  }

  #endFirst(dead = false): void {
    const first = this.#first
    this.#first = undefined
    this.#abandon(first, dead)
  }

  #abandon(life: Life | undefined, dead = false): void {
    life?.rest()
    life?.end()
    if (life?.transport) abandon(life.transport, { code: 1000, reason: 'rotated', dead }, this.#environment)
  }

  /** The user's close is done, or the socket ended for good. */
  #finish(): void {
    // Listeners may have called connect() meanwhile: then it did not end.
    if (isOver(this.#connection.state)) {
      this.#opening?.reject(ended())
      this.#opening = undefined
      this.#draining?.reject(ended())
      this.#draining = undefined
    }
    this.#closing?.resolve()
    this.#closing = undefined
  }

  // -------------------------------------------------------------- the way in

  #receive(life: Life, data: WireData): void {
    const codec = this.#codec
    let message: unknown
    try {
      message = codec.decode(data)
    } catch (error) {
      life.heartbeat?.heard()
      // Redacted before it is cut, so that no half of a token is left.
      const shown = typeof data === 'string' ? JSON.stringify(this.#redact(data).slice(0, 80)) : 'binary'
      return this.#refuse('DECODE', `Incoming frame ${shown}`, error)
    }
    if (this.#isConsumed(life, message)) return
    const { inbox } = life
    if (!inbox) return this.#deliver(life, message)
    if (inbox.push(message) <= this.#options.inboundBuffer) return
    // Accepted, and waiting to take over: nothing need be lost.
    if (this.#life?.rotation?.isReady && life === this.#second) return this.#unpack(life)
    inbox.messages.pop()
    this.#report(overflown())
  }

  /** Whether a message was for whoever looks after the connection. What is not understood there is the app's. */
  #isConsumed(life: Life, message: unknown): boolean {
    try {
      return life.consumes(message) || this.#sender.receive(message)
    } catch (error) {
      this.#report(
        this.#wrap('PROVIDER', 'isPong, isPing, isAccepted, isRejected, goingAway or isAck', error),
      )
      return false
    }
  }

  #deliver(life: Life, message: unknown): void {
    const codec = this.#codec
    if (!codec.parseIncoming && !this.#extensions.length) return this.#hear(message as In)
    if (this.#isDeaf) return
    const refuse = (error: unknown) => this.#refuse('VALIDATION', 'Incoming message', error)
    try {
      for (const { incoming } of this.#extensions) {
        life.context ??= this.#contextOf(life)
        if (incoming?.(message, life.context)) return
      }
      const checked = codec.parseIncoming ? codec.parseIncoming(message) : (message as In)
      const before = this.#checking
      if (!before && !(checked instanceof Promise)) return this.#hear(checked)
      // An async schema takes its time: the messages keep their order.
      const turn = Promise.all([
        before,
        Promise.resolve(checked).then(
          (value) => () => this.#hear(value),
          (error) => () => refuse(error),
        ),
      ])
      const done = turn.then(([, tell]) => {
        tell()
        if (this.#checking === done) this.#checking = undefined
      })
      this.#checking = done
    } catch (error) {
      refuse(error)
    }
  }

  /** What cannot be taken is told, and harms nothing else. */
  #refuse(code: SocketErrorCode, what: string, thrown: unknown): void {
    if (!this.#isDeaf) this.#report(this.#wrap(code, what, thrown))
  }

  /** After the user's close nothing more is delivered, though it may still come in. */
  get #isDeaf(): boolean {
    const { status } = this.#connection.state
    return status === 'closing' || status === 'closed'
  }

  #hear(message: In): void {
    if (this.#isDeaf) return
    const unheard = this.#unheard
    if (!unheard) this.#emitter.tell('message', this.#emitter.events.message, message)
    else if (this.#listening || unheard.length < this.#options.inboundBuffer) {
      this.#unheard = [...unheard, message]
    } else this.#report(overflown())
  }

  // -------------------------------------------------------------- the way out

  /** A message of the app as a frame. Throws a `SocketError`. */
  #encode(
    message: unknown,
    confirmer: Confirmer | undefined,
    sequence: number,
    options: SendOptions | undefined,
  ): WireData {
    const codec = this.#codec
    try {
      if (codec.parseOutgoing && !options?.unchecked) message = codec.parseOutgoing(message as Out)
      if (this.#extensions.length) {
        for (const { outgoing } of this.#extensions) if (outgoing) message = atOnce(outgoing(message))
      }
      return confirmer ? confirmer.encode(message, sequence, codec) : codec.encode(message)
    } catch (error) {
      throw this.#wrap('ENCODE', 'Outgoing message', error)
    }
  }

  #senderTells(what: Tells, about?: unknown): void {
    const { state } = this.#connection
    switch (what) {
      case 'changed':
        if (this.#emitter.events.queue?.length)
          this.#outbox.push(() => this.#emitter.emit('queue', undefined))
        if (this.#outbox.length) this.#tell()
        break
      case 'drained':
        this.#draining?.resolve()
        this.#draining = undefined
        if (state.status === 'closing') this.#dispatch({ type: 'drained' })
        break
      case 'dropped': {
        const drop = about as Drop
        const { id, error } = drop
        this.#outbox.push(() => {
          this.#inspect('drop', { id, error })
          this.#emitter.emit('drop', drop)
        })
        break
      }
      case 'failed':
        this.#report(this.#wrap('PROVIDER', 'identity', about))
        break
      case 'foreign':
        // It was made, or is being made, as somebody else.
        if (this.#life) this.#dispatch({ type: 'reconnect' })
        break
      case 'unproven':
        this.#life?.heartbeat?.fence?.(about as () => void)
        break
      case 'queued':
        if (state.status === 'idle' || isOver(state)) this.#inspect('queued', state.status)
    }
  }

  // -------------------------------------------------------------- telling

  #notify<K extends 'state' | 'open' | 'close' | 'error' | 'latency'>(
    event: K,
    payload: Events<In>[K],
  ): void {
    this.#outbox.push(() => {
      this.#inspect(event, payload)
      this.#emitter.emit(event, payload)
    })
  }

  /** Tells what is in the outbox, in order; what is added meanwhile follows. */
  #tell(): void {
    if (this.#telling) return
    this.#telling = true
    for (let next = this.#outbox.shift(); next; next = this.#outbox.shift()) next()
    // Gives back the room that it took.
    this.#outbox.length = 0
    this.#telling = false
  }

  /** Whatever the app is to be told of it, it is told when all is done. */
  #untold<T>(run: () => T): T {
    const telling = this.#telling
    this.#telling = true
    try {
      return run()
    } finally {
      this.#telling = telling
      this.#tell()
    }
  }

  #report(error: SocketError): void {
    this.#notify('error', error)
    this.#tell()
  }

  #listenerThrew(thrown: unknown, event: keyof Events<In>): void {
    const error = this.#wrap('LISTENER', `A listener of ${event}`, thrown)
    // The last resort is not an event: an error listener that throws would be called for ever.
    if (event === 'error') this.#reportLast(error)
    else this.report(error)
  }

  #wrap(code: SocketErrorCode, what: string, thrown: unknown): SocketError {
    return wrapError(code, what, thrown, this.#redact)
  }

  #inspect(type: string, value: unknown): void {
    try {
      const { inspect } = this.#options
      if (!inspect) return
      const result: unknown = inspect({ at: this.#environment.clock.now(), type, [type]: value } as never)
      if (result instanceof Promise) result.catch((error) => this.#reportLast(error))
    } catch (error) {
      this.#reportLast(error)
    }
  }

  /** Where an error goes that cannot be an event. */
  #reportLast(error: unknown): void {
    try {
      atOnce(this.#environment.reportError(error))
    } catch {
      // Nobody is left to tell.
    }
  }
}

/** An extension in use, and the connections that it greeted. */
type Guest = Extension & { readonly greeted: WeakSet<Life> }

type OmitGeneration<E> = E extends OfAttempt ? Omit<E, 'generation'> : never
type LifeEvent = OmitGeneration<ConnectionEvent>

/** One shape for all sockets, so that the way in stays fast. */
const eventShape = () => ({
  state: undefined,
  open: undefined,
  close: undefined,
  message: undefined,
  error: undefined,
  drop: undefined,
  queue: undefined,
  latency: undefined,
})

const none: readonly never[] = []
const isOver = ({ status }: SocketState) => status === 'closed' || status === 'unauthorized'

const ended = () => new SocketError('CLOSED', 'The socket is closed: see connect().')
const noRotation = () => new SocketError('INVALID_OPTION', 'rotate() wants the option rotation: rotation().')
/** A second was not open yet: what might be about its token is. */
const refusals = { early: true, hasAuth: true }
const noPings = () =>
  new SocketError('INVALID_OPTION', "Nothing is ever confirmed: confirm 'pong' wants a heartbeat that pings.")
const overflown = () => new SocketError('INBOUND_OVERFLOW', 'More came in than inboundBuffer holds.')
const noWebSocket = () =>
  new SocketError('NO_WEBSOCKET', 'There is no WebSocket: give one as environment.WebSocket.')
