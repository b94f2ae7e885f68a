// One socket in one world: makes happen what was generated, and checks after each event what must hold at any time.
import {
  createSocket,
  heartbeat,
  type Receipt,
  rotation,
  type Socket,
  type SocketState,
  tokenAuth,
} from '../../../src'
import { check } from './generated'
import type { Operation, Settings } from './happenings'
import { World, type WorldSettings } from './world'

const interval = 1_000
const timeout = 500
const connectTimeout = 1_000

/** What we know of a message of the app. */
interface Account {
  readonly receipt: Receipt
  readonly orNever: boolean
  /** The connection that it was handed to last. */
  connection?: number
}

export class Run {
  readonly world: World
  readonly socket: Socket<unknown, string | ArrayBuffer | ArrayBufferView | Blob>
  readonly #settings: Settings
  readonly #accounts = new Map<string, Account>()
  /** The number of the last message that each connection was handed. */
  readonly #lastHanded: number[] = []
  /** Where each message was handed to, of those too that have no account yet. */
  readonly #handedTo = new Map<string, number>()
  /** Take-overs with something under way on the first: only where it was given up for its silence. */
  readonly #unfenced: { readonly from: { readonly client: unknown }; readonly texts: string[] }[] = []
  /** What each connection told the app. */
  readonly #told = new Map<number, number>()
  /** What is to happen inside a listener. */
  #inside: Extract<Operation, { type: 'inside' }> | undefined
  /** Something happened inside a listener in this step. */
  #hasActed = false
  #sequence = 0
  #state: SocketState = { status: 'idle' }
  #transport: unknown
  /** The newest connection that got a message. */
  #sending = 0
  #attempts = 0
  #opens = 0
  #rotations = 0
  #rotatesSince = 0
  #lingersUntil = -Infinity
  /** The end was reached and nobody connected since. */
  #isFinal = false
  /** When something last made the socket ask, or took its mind off. */
  #disturbedAt = 0

  constructor(given: Settings) {
    this.#settings = given
    const { attach, renew, pulse, linger, fenceTimeout, whenHidden, whenOffline, retries, random } = given
    const world = new World(given satisfies WorldSettings, (index, frame) => this.#noteSent(index, frame))
    this.world = world
    const { clock, WebSocket, network, page } = world
    let pings = 0
    this.socket = createSocket(world.server.url, {
      ...(attach !== 'none' && {
        auth: tokenAuth({
          getToken: world.getToken,
          attach,
          renew,
          message: (token) => `auth:${token}`,
          isAccepted: (message) => message === 'accepts',
          isRejected: (message) => message === 'refuses',
        }),
      }),
      ...(pulse === 'active' && {
        heartbeat: heartbeat({
          interval,
          timeout,
          ping: () => `ping:${++pings}`,
          isPong: (message, ping: string | undefined) =>
            ping === undefined ? /^pong:/.test(String(message)) : message === ping.replace('i', 'o'),
          isPing: (message) => message === 'ping',
        }),
      }),
      ...(pulse === 'passive' && { heartbeat: heartbeat({ interval, timeout, passive: true }) }),
      rotation: rotation({
        linger,
        fenceTimeout,
        goingAway: (message) => (message === 'going' ? 300 : undefined),
      }),
      whenHidden,
      whenOffline,
      retries,
      retryDelay: () => 50,
      connectTimeout,
      handshakeTimeout: 500,
      closeTimeout: 400,
      minUptime: 1_000,
      environment: {
        clock,
        WebSocket,
        network,
        page,
        random: () => random,
        terminate: (transport) => {
          world.killed.add(transport)
          ;(transport as { terminate?: () => void }).terminate?.()
        },
        reportError: (error) => this.#fault(String(error)),
      },
    })
    const { socket } = this
    socket.on('state', (state) => this.#noteState(state))
    socket.on('open', () => this.#hear('open', () => this.#opens++))
    socket.on('close', () => this.#hear('close'))
    socket.on('error', () => this.#hear('error'))
    socket.on('message', (message) => this.#hear('message', () => this.#noteMessage(String(message))))
  }

  #fault(what: string) {
    this.world.faults.push(what)
  }

  get #connections() {
    return this.world.server.connections
  }

  /** Connections that the socket listens to, and has not begun to end. */
  get #live() {
    return this.#connections.filter(({ client }) => client.onmessage && client.readyState < client.CLOSING)
  }

  /** The newest connection for 0, and so on. */
  #pick(which: number) {
    return this.#connections.at(-1 - which)
  }

  get #current() {
    return this.#connections.find(({ client }) => client === this.socket.transport)
  }

  // -------------------------------------------------------------- what happens

  async step(operation: Operation): Promise<void> {
    const { world, socket } = this
    const { clock } = world
    this.#hasActed = false
    switch (operation.type) {
      case 'send':
        this.#send(operation.orNever)
        break
      case 'connect':
      case 'reconnect':
        this.#begin(operation.type)
        break
      case 'rotate':
        socket.rotate()
        break
      case 'close':
        void this.#close(operation.drain)
        break
      case 'clear':
        socket.queue.clear()
        break
      case 'signal':
        this.#disturb()
        for (let n = 0; n < operation.times; n++) world.signal(operation.signal)
        break
      case 'inside':
        this.#inside = operation
        break
      case 'jump':
        this.#disturb()
        world.jump(operation.ms)
        break
      case 'advance':
        await clock.advance(operation.ms)
        break
      case 'serve':
        world.server.mode = operation.mode
        world.authAnswer = operation.authAnswer
        world.answersPings = operation.answersPings
        world.tokenMode = operation.tokenMode
        break
      case 'answer':
        for (const call of world.calls.filter(({ done }) => !done).slice(0, operation.calls)) call.answer()
        break
      case 'stall':
        world.stall(Math.max(0, this.#connections.length - 1 - operation.which))
        break
      case 'heal':
      case 'drain': {
        const connection = this.#pick(operation.which)
        if (!connection) break
        if (operation.type === 'heal') world.heal(connection.index)
        else connection.drain(operation.bytes)
        // The socket looks at its buffer within 64 ms.
        await clock.advance(70)
        break
      }
      case 'say':
        this.#say(operation)
        break
      case 'break':
        await this.#break(operation)
        break
      default:
        operation satisfies never
    }
    await clock.advance(0)
    this.#check()
  }

  #disturb() {
    this.#disturbedAt = this.world.elapsed
  }

  #begin(by: 'connect' | 'reconnect') {
    this.#isFinal = false
    this.socket[by]()
  }

  #close(drain = 0) {
    // It may be unauthorized so far.
    if (this.socket.state.get().status !== 'closed') this.#isFinal = false
    return this.socket.close(1000, '', { drain })
  }

  #send(orNever: boolean) {
    const text = `m:${++this.#sequence}`
    // A first look at the clock after a jump.
    this.#disturb()
    const receipt = this.socket.send(text, { queue: !orNever })
    const handed = this.#handedTo.get(text)
    this.#accounts.set(text, { receipt, orNever, ...(handed !== undefined && { connection: handed }) })
  }

  #say({ frame, which }: Extract<Operation, { type: 'say' }>) {
    const connection = this.#pick(which)
    if (frame === 's' && connection) this.world.say(connection.index)
    else connection?.send(frame)
  }

  /** B75: what was in the buffer of a transport that died waits again. */
  async #break({ by, which }: Extract<Operation, { type: 'break' }>) {
    const { world } = this
    const connection = this.#pick(which)
    if (!connection) return
    const { index } = connection
    const isUsed = this.#state.status === 'open' && connection === this.#current
    const unsent = [...this.#accounts].filter(
      ([text, { connection, orNever }]) => connection === index && !orNever && !world.arrivals.has(text),
    )
    if (by === 'die') connection.die()
    else world.close(index, by)
    await world.clock.advance(0)
    if (!isUsed || world.stalled.has(index)) return
    for (const [text, { receipt, connection }] of unsent) {
      check(receipt.status !== 'sent' || connection !== index, `${text} was lost with connection ${index}`)
    }
  }

  // -------------------------------------------------------------- what is noted on the way

  #noteSent(index: number, frame: string) {
    const { world, socket } = this
    const fault = (what: string) => this.#fault(`${frame} was handed to connection ${index}: ${what}`)
    if (frame.startsWith('auth:')) {
      if (this.#connections[index]?.sent.length === 0 || world.accepted.has(index)) return
      return fault('a token behind something else')
    }
    // B40: not one other frame before.
    if (!world.accepted.has(index)) fault('it was not accepted yet')
    if (!frame.startsWith('m:')) return
    const state = socket.state.get()
    if (state.status !== 'open' && !(state.status === 'closing' && state.draining))
      fault(`while ${state.status}`)
    if (state.status === 'open' && state.suspect) fault('while it is suspect')
    if (index < this.#sending) fault(`after one to connection ${this.#sending}`)
    this.#sending = index
    const n = Number(frame.slice(2))
    if (n <= (this.#lastHanded[index] ?? 0)) fault(`after ${this.#lastHanded[index]}`)
    this.#lastHanded[index] = n
    const account = this.#accounts.get(frame)
    if (account && account.receipt.status !== 'queued') fault(`it was ${account.receipt.status}`)
    if (account) account.connection = index
    this.#handedTo.set(frame, index)
  }

  #hear(event: string, note?: () => void) {
    if (this.#isFinal) this.#fault(`${event} was told after the end`)
    note?.()
    const inside = this.#inside
    if (inside?.event !== event) return
    this.#inside = undefined
    this.#hasActed = true
    const { socket, world } = this
    const acts = [
      () => void this.#close(),
      () => this.#begin('reconnect'),
      () => this.#begin('connect'),
      () => socket.rotate(),
      () => this.#send(false),
      () => world.signal('online'),
    ]
    this.#disturb()
    acts[inside.pick]?.()
  }

  #noteMessage(message: string) {
    const [kind, connection, n] = message.split(':')
    const { pulse } = this.#settings
    // Without a heartbeat they are messages like any other.
    if ((kind === 'ping' && pulse === 'none') || (kind === 'pong' && pulse !== 'active')) return
    if (kind !== 's') return this.#fault(`${message} was told to the app`)
    // B24: nothing is left to be told of one that was given up, or ended.
    if (!this.#connections[Number(connection)]?.client.onmessage) this.#fault(`${message} was told too late`)
    const before = this.#told.get(Number(connection)) ?? 0
    if (Number(n) <= before) this.#fault(`${message} was told after ${before}`)
    this.#told.set(Number(connection), Number(n))
  }

  #noteState(state: SocketState) {
    const { world, socket } = this
    const before = this.#state
    this.#state = state
    const isNow = socket.state.get() === state
    if (state.status === 'connecting' && state.phase === 'credentials') this.#attempts++
    const wasOpen = before.status === 'open'
    if (state.status === 'open' && state.rotating && !(wasOpen && before.rotating)) {
      this.#rotations++
      this.#rotatesSince = world.elapsed
    }
    if (state.status === 'suspended' && isNow) this.#noteSuspended(state.why)
    const first = this.#transport
    if (isNow) this.#transport = socket.transport
    if (wasOpen && state.status === 'open' && isNow && first !== socket.transport) {
      this.#lingersUntil = world.elapsed + Math.max(1, this.#settings.linger)
      this.#noteTakeOver(first)
    }
    this.#hear('state')
  }

  #noteSuspended(why: string) {
    const { isAway, isHidden, isOffline } = this.world
    const { whenHidden, whenOffline } = this.#settings
    const reason =
      why === 'offline'
        ? isOffline && whenOffline === 'suspend'
        : isAway || (isHidden && whenHidden === 'suspend')
    if (!reason) this.#fault(`suspended, ${why}, for no reason`)
  }

  /** What was sent on the first has arrived before anything goes out on the second, unless that took too long. */
  #noteTakeOver(first: unknown) {
    const { world } = this
    const [from, to] = [first, this.socket.transport].map((transport) =>
      this.#connections.find(({ client }) => client === transport),
    )
    if (!from || !to) return
    const isDue = world.elapsed - (world.accepted.get(to.index) ?? Infinity) >= this.#settings.fenceTimeout
    const isLost = from.client.readyState !== 1 || world.stalled.has(from.index)
    if (isDue || isLost) return
    const underWay = [...this.#accounts].filter(
      ([text, { connection }]) => connection === from.index && !world.arrivals.has(text),
    )
    if (underWay.length) this.#unfenced.push({ from, texts: underWay.map(([text]) => text) })
  }

  // -------------------------------------------------------------- what must hold at any time

  #check() {
    const { world, socket } = this
    const { clock, calls } = world
    const state = socket.state.get()
    const { status } = state
    const live = this.#live
    const indices = () => live.map(({ index }) => index).join(', ')

    check(live.length <= 2, () => `connections ${indices()} live`)
    const isRotating = status === 'open' && state.rotating
    const lingers = world.elapsed < this.#lingersUntil
    check(live.length < 2 || isRotating || lingers, () => `connections ${indices()} live, and none rotates`)
    const rotates = world.elapsed - this.#rotatesSince
    const longest = connectTimeout + this.#settings.fenceTimeout
    check(!isRotating || rotates <= longest, () => `it has been rotating for ${rotates}`)
    const isUsing = status === 'open' || status === 'connecting' || (status === 'closing' && state.draining)
    check(isUsing || live.length === 0, () => `connections ${indices()} live while ${status}`)
    check(status !== 'open' || this.#current !== undefined, 'an open socket has a transport')

    const fresh = calls.filter(({ reason }) => reason !== 'expiring').length
    check(
      fresh <= this.#attempts + this.#rotations,
      () => `${fresh} calls of getToken for ${this.#attempts} attempts`,
    )
    // Nine tenths of nine tenths of the shortest life, and one for each connection, which may find an old token.
    const refreshes = world.elapsed / 1_200 + this.#opens + this.#rotations + world.jumps
    check(calls.length - fresh <= refreshes, () => `${calls.length - fresh} refreshes, not ${refreshes}`)

    // While open one each for the pulse, the renewal, the buffer, the rotation, and the linger of the one before; and in a
    // rotation, when none lingers, for the pulse, the renewal and the rotation of the one to come.
    const timers = {
      idle: 0,
      connecting: 1,
      open: isRotating ? 7 : 5,
      waiting: 1,
      suspended: 0,
      unauthorized: 0,
      closing: state.status === 'closing' && state.draining ? 5 : 1,
      closed: 0,
    }[status]
    check(clock.timers <= timers, () => `${clock.timers} timers while ${status}`)
    if (status === 'closed' || status === 'unauthorized' || status === 'idle') this.#checkEnd(status)
    this.#checkPulse(status)
    // What came in on the connection in use, and on the one before it while that lingers, was told.
    for (const { index } of status === 'open' && !isRotating ? live : []) {
      const [told = 0, said = 0] = [this.#told.get(index), world.said.get(index)]
      check(told === said || world.stalled.has(index), () => `${told} of ${said} told of connection ${index}`)
    }
    for (const { from, texts } of this.#unfenced.splice(0)) {
      // Where a listener put an end to both in that very moment, nobody can tell why the second took over.
      check(
        this.#hasActed || world.killed.has(from.client),
        () => `${texts} were under way when the second took over`,
      )
    }
    for (const [text, times] of world.arrivals) {
      check(times === 1 || world.mayDouble.has(text), () => `${text} arrived ${times} times`)
    }
    check(world.faults.length === 0, () => world.faults.join('; '))
  }

  #checkEnd(status: string) {
    const attached = this.#connections.filter(
      ({ client }) => client.onopen || client.onmessage || client.onclose,
    )
    check(attached.length === 0, `nothing is attached while ${status}`)
    check(this.world.subscriptions === 0, `nobody listens to page and network while ${status}`)
    const isAsking = this.world.calls.some(({ done, signal }) => !done && !signal.aborted)
    check(!isAsking, `nobody waits for a token while ${status}`)
    if (status !== 'idle') this.#isFinal = true
  }

  /** Half-open is found, whatever the rest of the world does. */
  #checkPulse(status: string) {
    const { world } = this
    if (this.#settings.pulse !== 'active' || status !== 'open') return
    const since = world.stalledSince.get(this.#current?.index ?? -1)
    if (since === undefined) return
    const waited = world.elapsed - Math.max(since, this.#disturbedAt, this.#lingersUntil)
    check(waited <= interval + 2 * timeout + 200, () => `half-open for ${waited}`)
  }

  // -------------------------------------------------------------- the end

  /** All is well again: so is the socket, unless it ended for good. */
  async recover(): Promise<void> {
    const { world, socket } = this
    const { server, clock } = world
    server.mode = 'accept'
    world.authAnswer = 'accepts'
    world.answersPings = true
    world.tokenMode = 'at once'
    this.#inside = undefined
    for (const signal of ['online', 'visible', 'return'] as const) world.signal(signal)
    for (const call of world.calls) call.answer()
    this.#disturb()
    for (let n = 0; n < 25; n++) {
      for (const connection of this.#connections) {
        if (world.stalledSince.has(connection.index)) world.heal(connection.index)
        connection.drain()
        if (this.#settings.pulse === 'passive' && n % 2 === 0) connection.send('ping')
      }
      await clock.advance(400)
      this.#check()
    }
    const { status } = socket.state.get()
    check(
      ['open', 'idle', 'closed', 'unauthorized'].includes(status),
      `${status} in a world where all is well`,
    )
    if (status === 'open') check(socket.queue.get().messages === 0, 'what waited has gone out')
  }

  /** All of the app's messages have arrived, in order. */
  checkArrivals(): void {
    const arrived = [...this.world.arrivals.keys()]
    const sent = [...this.#accounts.keys()]
    check(String(arrived) === String(sent), () => `${arrived} arrived of ${sent}`)
  }

  /** Closes, and draws up the account. */
  async end(): Promise<void> {
    const { world, socket } = this
    let closed = false
    void this.#close().then(() => {
      closed = true
    })
    await world.clock.advance(1_000)
    this.#check()
    check(closed, 'close() resolved')
    check(socket.state.get().status === 'closed', 'closed at last')
    socket.queue.clear()
    await world.clock.advance(60_000)
    this.#check()
    for (const [text, { receipt }] of this.#accounts) {
      const outcome = await Promise.race([
        receipt.sent.then(
          () => 'sent',
          () => 'dropped',
        ),
        new Promise((resolve) => setImmediate(resolve, 'pending')),
      ])
      check(
        outcome === receipt.status || outcome === 'sent',
        () => `${text} is ${receipt.status}, and ${outcome}`,
      )
    }
  }
}
