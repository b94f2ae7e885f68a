// A TCP proxy on loopback that breaks each connection of its one client at a random point of what it sends, in one of
// several ways, until it has done so often enough.

import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { reset } from './proxy.ts'
import { seeded, spreadOver } from './random.ts'

/** How connections break, and how often each of it comes. */
const kinds = {
  /** The server closes, with 1001, 1011 or 1012. */
  close: 15,
  reset: 22,
  /** A FIN to both sides, with no close frame. */
  end: 11,
  /** A reset in the middle of what the client sent: mostly within a frame. */
  cut: 22,
  /** Half-open for ever: what was sent is taken and never delivered. */
  dead: 7,
  /** Half-open until the client has a new connection: then all that was held arrives. */
  late: 10,
  /** Half-open on the way to the server alone; heals as `late` does. */
  up: 7,
  /** Half-open on the way to the client alone. */
  down: 6,
}
export type BreakKind = keyof typeof kinds

/** What is to become of one connection. */
interface Plan {
  readonly kind: BreakKind
  /** It breaks once so many bytes came from the client, or after so many milliseconds, from when it may. */
  readonly bytes: number
  readonly time: number
  /** It may break before anything was answered. */
  readonly isEarly: boolean
  /** For so many milliseconds before the break the client's bytes are not read, so that its buffers fill up. */
  readonly choke: number
  readonly code: number
  /** Where in a chunk it is cut, from 0 to 1. */
  readonly at: number
  /** A connection that heals does so as many milliseconds after the next one was made. */
  readonly healsAfter: number
}

export interface BreakingProxyOptions {
  readonly seed: number
  /** How often. After that, connections are left alone. A break counts once the client has come back. */
  readonly breaks: number
  /**
   * The client sends again what was not answered: then one connection of two at least lives until something was, and a
   * little longer, since a message that meets three breaks in a row is dropped.
   */
  readonly confirms: boolean
  /** The server, which knows a connection by the port that it comes from. */
  readonly server: {
    readonly port: number
    note(port: number, fate: BreakKind | 'given up'): void
    leave(port: number, code: number): void
  }
}

export interface BreakingProxy {
  readonly port: number
  counts(): { breaks: number; alive: number }
  /** How often it broke in which way. */
  kinds(): Readonly<Record<BreakKind, number>>
  stop(): void
}

/** @param changed called whenever the counts have changed */
export async function startBreakingProxy(
  { seed, breaks, confirms, server }: BreakingProxyOptions,
  changed: () => void,
): Promise<BreakingProxy> {
  const random = seeded(seed)
  const links = new Set<Link>()
  const done = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, 0])) as Record<BreakKind, number>
  let count = 0
  let newest: Link | undefined

  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const kind = newest?.replaced()
    if (kind) {
      done[kind]++
      count++
    }
    const isPatient = confirms && newest?.isAnswered === false
    const plan = count < breaks ? draw(random, confirms ? 0.2 : 1, isPatient) : undefined
    const link = new Link(client, server, plan)
    newest = link
    links.add(link)
    changed()
    client.on('close', () => {
      links.delete(link)
      changed()
    })
  })
  listener.unref()
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))

  return {
    port: (listener.address() as AddressInfo).port,
    counts: () => ({ breaks: count, alive: links.size }),
    kinds: () => ({ ...done }),
    stop() {
      listener.close()
      for (const link of links) link.destroy()
    },
  }
}

/** Takes the same numbers whatever became of the last connection, so that a seed gives the same plans. */
function draw(random: () => number, early: number, isPatient: boolean): Plan {
  const isEarly = random() < early && !isPatient
  return {
    kind: drawKind(random),
    bytes: spreadOver(random, 500, 1_000_000) + (isPatient ? Infinity : 0),
    // What was answered must also be heard, by a client on a busy machine.
    time: spreadOver(random, isPatient ? 150 : isEarly ? 3 : 15, 250),
    isEarly,
    choke: random() < 0.12 ? spreadOver(random, 20, 60) : 0,
    code: [1001, 1011, 1012][Math.floor(random() * 3)] as number,
    at: random(),
    healsAfter: random() * 300,
  }
}

function drawKind(random: () => number): BreakKind {
  const all = Object.entries(kinds) as [BreakKind, number][]
  let left = random() * all.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [kind, weight] of all) {
    left -= weight
    if (left < 0) return kind
  }
  return 'reset'
}

/** One connection through the proxy. */
class Link {
  readonly #client: Socket
  readonly #server: Socket
  readonly #peer: BreakingProxyOptions['server']
  readonly #plan: Plan | undefined
  readonly #up: Lane
  readonly #down: Lane
  /** `waiting` for the server to accept, or to answer; then `armed`; `due` where the next chunk breaks it. */
  #phase: 'waiting' | 'armed' | 'choking' | 'due' | 'broken' = 'waiting'
  #bytes = 0
  /** Times that the server spoke. */
  #heard = 0
  #timer: NodeJS.Timeout | undefined

  constructor(client: Socket, peer: BreakingProxyOptions['server'], plan: Plan | undefined) {
    this.#client = client
    this.#server = connect({ port: peer.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    this.#peer = peer
    this.#plan = plan
    this.#up = new Lane(client, this.#server, (chunk) => this.#onUp(chunk))
    this.#down = new Lane(this.#server, client, (chunk) => this.#onDown(chunk))
    client.on('close', () => clearTimeout(this.#timer))
  }

  /** So often that the client must have had the first of it. */
  get isAnswered(): boolean {
    return this.#heard > 4
  }

  /** The client has a new connection. Says how this one broke; one that did not was given up without need. */
  replaced(): BreakKind | undefined {
    const { kind, healsAfter } = this.#plan ?? {}
    if (this.#phase !== 'broken') {
      clearTimeout(this.#timer)
      this.#up.choke(false)
      this.#phase = 'broken'
      this.#peer.note(this.#server.localPort as number, 'given up')
      return undefined
    }
    if (kind === 'dead' || kind === 'down') this.destroy()
    else
      setTimeout(() => {
        this.#up.heal()
        this.#down.heal()
      }, healsAfter).unref()
    return kind
  }

  destroy(): void {
    clearTimeout(this.#timer)
    reset(this.#client)
    reset(this.#server)
  }

  #onUp(chunk: Buffer): void {
    const plan = this.#plan
    this.#bytes += chunk.length
    if (plan && this.#phase === 'due') this.#break(plan, chunk)
    else {
      this.#up.forward(chunk)
      if (plan && this.#phase === 'armed' && this.#bytes >= plan.bytes) this.#choke(plan)
    }
  }

  /** The server speaks only when it is spoken to: first it accepts, and whatever comes then is an answer. */
  #onDown(chunk: Buffer): void {
    this.#down.forward(chunk)
    const plan = this.#plan
    this.#heard++
    if (!plan || this.#phase !== 'waiting' || !(plan.isEarly || this.isAnswered)) return
    this.#phase = 'armed'
    this.#bytes = 0
    this.#timer = setTimeout(() => this.#choke(plan), plan.time).unref()
  }

  #choke(plan: Plan): void {
    if (this.#phase !== 'armed') return
    clearTimeout(this.#timer)
    this.#phase = 'choking'
    const then = () => {
      this.#up.choke(false)
      if (plan.kind === 'cut') this.#phase = 'due'
      else this.#break(plan)
    }
    if (!plan.choke) return then()
    this.#up.choke(true)
    this.#timer = setTimeout(then, plan.choke).unref()
  }

  #break({ kind, code, at }: Plan, chunk?: Buffer): void {
    const port = this.#server.localPort as number
    this.#phase = 'broken'
    this.#peer.note(port, kind)
    switch (kind) {
      case 'close':
        this.#peer.leave(port, code)
        break
      case 'reset':
        this.destroy()
        break
      case 'end':
        this.#up.end()
        this.#down.end()
        break
      case 'cut': {
        const whole = chunk as Buffer
        this.#up.last(whole.subarray(0, Math.ceil(at * (whole.length - 1))), () => this.destroy())
        break
      }
      case 'dead':
      case 'late':
      case 'up':
      case 'down':
        if (kind !== 'down') this.#up.stall()
        if (kind !== 'up') this.#down.stall()
        break
      default:
        kind satisfies never
    }
  }
}

/** One direction of it. */
class Lane {
  readonly #from: Socket
  readonly #to: Socket
  /** What a stalled lane took. */
  #held: Buffer[] | undefined
  #ending: 'end' | 'reset' | undefined
  #isChoked = false
  /** Whatever still comes goes nowhere. */
  #isOver = false

  constructor(from: Socket, to: Socket, onData: (chunk: Buffer) => void) {
    this.#from = from
    this.#to = to
    from.unref()
    from.on('data', onData)
    from.on('end', () => this.#end('end'))
    from.on('error', () => {})
    from.on('close', (failed) => this.#end(failed ? 'reset' : 'end'))
    to.on('drain', () => this.#press())
  }

  forward(chunk: Buffer, then?: () => void): void {
    if (this.#held) this.#held.push(chunk)
    else if (!this.#isOver && this.#to.writable) this.#to.write(chunk, then)
    else then?.()
    this.#press()
  }

  /** Nothing goes to the receiver after this. */
  last(chunk: Buffer, then: () => void): void {
    this.forward(chunk, then)
    this.#isOver = true
  }

  stall(): void {
    this.#held = []
    this.#press()
  }

  heal(): void {
    const held = this.#held
    if (!held) return
    this.#held = undefined
    const ending = this.#ending
    // A reset would overtake what was held.
    const then = () => ending && this.#end(ending)
    held.forEach((chunk, index) => {
      this.forward(chunk, index === held.length - 1 ? then : undefined)
    })
    if (held.length === 0) then()
  }

  choke(isChoked: boolean): void {
    this.#isChoked = isChoked
    this.#press()
  }

  end(): void {
    this.#isOver = true
    this.#to.end()
  }

  #end(how: 'end' | 'reset'): void {
    this.#ending ??= how
    if (this.#held) return
    if (this.#ending === 'end') this.#to.end()
    else reset(this.#to)
  }

  /** What the receiver does not take stays with the sender. A stall takes everything. */
  #press(): void {
    if (this.#isChoked || (this.#to.writableNeedDrain && !this.#held)) this.#from.pause()
    else this.#from.resume()
  }
}
