// Channels, whatever happens: generated subscriptions, messages, late answers, breaks and rotations, against a server that
// keeps books of its own.
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { createSocket, heartbeat, json, rotation } from '../../../src'
import { createChannels, type Position, type Subscription } from '../../../src/channels'
import { type MemoryConnection, manualClock, memoryServer } from '../../../src/testing'
import { ChannelBooks, type ClientFrame } from '../../support/channel-books'
import '../socket/support' // fails a test that leaves a rejection unhandled
import { check, counter, patience, sequence } from './generated'

// ---------------------------------------------------------------- what is generated

const names = ['a', 'b', 'c'] as const
const name = fc.constantFrom(...names)
const which = fc.constantFrom(0, 0, 0, 1)
const of = <const T extends string>(type: T) => ({ type: fc.constant(type) })

const operation = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ ...of('subscribe'), name, goesOn: fc.boolean(), inside: fc.nat(9) }),
  },
  { weight: 6, arbitrary: fc.record({ ...of('unsubscribe'), pick: fc.nat() }) },
  {
    weight: 16,
    arbitrary: fc.record({
      ...of('publish'),
      name,
      count: fc.integer({ min: 1, max: 3 }),
      // One of them does not get to the clients.
      isLossy: fc.constantFrom(false, false, false, false, false, true),
    }),
  },
  // Messages that have no place in the history.
  { weight: 2, arbitrary: fc.record({ ...of('whisper'), name }) },
  // What the server said reaches the client only now: answers are late, messages come in bursts.
  { weight: 20, arbitrary: fc.record({ ...of('deliver'), which, count: fc.constantFrom(1, 2, 5, 100) }) },
  { weight: 3, arbitrary: fc.record({ ...of('refuse'), name, refused: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ ...of('put out'), name, which, how: fc.constantFrom('rejected', 'ended') }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ ...of('rotate'), how: fc.constantFrom('accept', 'accept', 'ignore', 'refuse') }),
  },
  { weight: 3, arbitrary: fc.record({ ...of('answer the second'), accepted: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ ...of('break'), which }) },
  { weight: 1, arbitrary: fc.record({ ...of('restart') }) },
  { weight: 2, arbitrary: fc.record({ ...of('remember'), count: fc.constantFrom(0, 2, 1_000, 1_000) }) },
  { weight: 2, arbitrary: fc.record(of('close')) },
  { weight: 4, arbitrary: fc.record(of('connect')) },
  {
    weight: 8,
    arbitrary: fc.record({ ...of('wait'), ms: fc.constantFrom(0, 60, 100, 1_000, 2_000, 5_000) }),
  },
)
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

// ---------------------------------------------------------------- one run

/** A subscriber that checks each thing that it is told. */
class Member {
  readonly name: string
  readonly subscription: Subscription
  /** How far it knows itself to be complete. */
  at: Position | undefined
  /** Something is missing behind that, and it was told so. */
  wasTold = false
  readonly seen = new Set<string>()
  #wasAccepted = false
  readonly #run: Run

  constructor(run: Run, name: string, since: Position | undefined, inside: () => void) {
    this.#run = run
    this.name = name
    this.at = since
    this.subscription = run.channels.subscribe(
      name,
      (message, { position }) => {
        if (position) run.guard(() => this.#take(message, position))
        else run.guard(() => check(message === `${name} whispers`, `not for ${name}: ${String(message)}`))
        inside()
      },
      since && { since },
    )
    this.#look()
    this.subscription.state.subscribe(() => run.guard(() => this.#look()))
  }

  #look() {
    const state = this.subscription.state.get()
    if (state.status !== 'subscribed') return
    const { position } = this.subscription
    const stands = JSON.stringify([this.at, position])
    if (state.recovered) {
      check(JSON.stringify(this.at ?? 0) === JSON.stringify(position), `silently moved: ${stands}`)
    } else {
      const { mayMiss, blind } = this.#run
      check(!this.#wasAccepted || mayMiss || blind.has(this.name), `the history was whole: ${stands}`)
      this.wasTold = true
      this.at = position
    }
    this.#wasAccepted = true
  }

  #take(message: unknown, position: Position) {
    const key = `${position.epoch}:${position.offset}`
    check(message === `${this.name}:${key}`, `not what stands there: ${String(message)} at ${key}`)
    check(!this.seen.has(key), `twice: ${key}`)
    this.seen.add(key)
    const { at } = this
    const isNext = at?.epoch === position.epoch && at?.offset === position.offset - 1
    // A gap is told together with the message behind it.
    const isToldGap = this.wasTold && at?.epoch === position.epoch && at?.offset === position.offset
    check(isNext || isToldGap, `after ${JSON.stringify(at)} comes ${key}, and nobody said so`)
    this.at = position
    this.wasTold = false
  }
}

class Run {
  readonly clock = manualClock(1_000_000)
  readonly books = new ChannelBooks<number>()
  readonly server = memoryServer({
    clock: this.clock,
    onMessage: (frame, { index }) => this.guard(() => this.#hear(JSON.parse(String(frame)), index)),
  })
  readonly socket = createSocket(this.server.url, {
    codec: json(),
    rotation: rotation(),
    // Its pong, which is the server's to delay, is what a rotation waits for.
    heartbeat: heartbeat({ interval: 10_000_000, timeout: 10_000_000 }),
    retryDelay: () => 100,
    connectTimeout: 3_000,
    environment: { WebSocket: this.server.WebSocket, clock: this.clock, random: () => 0.5 },
  })
  readonly channels = createChannels(this.socket)
  readonly members: Member[] = []
  /** What the server said to each connection, and is still on its way. */
  readonly #outboxes: object[][] = []
  readonly #refused = new Set<string>()
  /** Subscriptions that the server ended: to unsubscribe from them is no mistake. */
  readonly #ended = new Set<string>()
  readonly #saved = new Map<string, Position>()
  readonly #faults: unknown[] = []
  /** Something may be missing: the history was cut, or messages got lost. */
  mayMiss = false
  /** Channels that were first asked for on two connections at once: the second may begin later than the first. */
  readonly blind = new Set<string>()

  constructor() {
    this.socket.on('error', (error) => {
      if (error.code !== 'ROTATION') this.#faults.push(error)
    })
  }

  /** A throw in a callback would be caught there. */
  guard(run: () => void) {
    try {
      run()
    } catch (error) {
      this.#faults.push(error)
    }
  }

  #outbox(index: number) {
    this.#outboxes[index] ??= []
    return this.#outboxes[index]
  }

  #hear(frame: ClientFrame, index: number) {
    const { channel, ref } = frame
    switch (frame.type) {
      case 'subscribe':
        if (!frame.since && this.#live.length > 1) this.blind.add(channel)
        if (!this.#refused.has(channel)) this.#outbox(index).push(...this.books.subscribe(index, frame))
        else this.#outbox(index).push({ type: 'rejected', channel, ref })
        break
      case 'unsubscribe':
        check(
          this.books.unsubscribe(index, frame) ||
            this.#refused.has(channel) ||
            this.#ended.has(`${index}:${ref}`),
          `unsubscribed from ${channel}, where it is not`,
        )
        break
      default:
        this.#outbox(index).push({ type: 'pong' })
    }
    // What was refused never was: to unsubscribe from it before the answer came is no mistake either.
    if (frame.type === 'subscribe' && this.#refused.has(channel)) this.#ended.add(`${index}:${ref}`)
  }

  /** Connections that are open, the newest first. */
  get #live(): MemoryConnection[] {
    const live = this.server.connections.filter(({ client }) => client.readyState === client.OPEN)
    return [...live].reverse()
  }

  #publish(name: string, isLost = false) {
    const offset = this.books.lastOf(name) + 1
    const { frame, clients } = this.books.publish(name, `${name}:${this.books.epoch}:${offset}`)
    this.mayMiss ||= isLost
    if (!isLost) for (const index of clients) this.#outbox(index).push(frame)
  }

  #deliver(connection: MemoryConnection | undefined, count: number) {
    if (connection)
      for (const frame of this.#outbox(connection.index).splice(0, count))
        connection.send(JSON.stringify(frame))
  }

  #leave({ subscription, name }: Member) {
    if (subscription.position) this.#saved.set(name, subscription.position)
    subscription.unsubscribe()
  }

  async step(one: Operation) {
    switch (one.type) {
      case 'subscribe': {
        const since = one.goesOn ? this.#saved.get(one.name) : undefined
        // Some do in a listener what others do outside.
        let turns = one.inside
        const inside = () => {
          if (--turns === 1) this.#leave(this.members.splice(this.members.indexOf(member), 1)[0] ?? member)
          else if (turns === 3) this.members.push(new Member(this, one.name, undefined, () => {}))
        }
        const member: Member = new Member(this, one.name, since, inside)
        this.members.push(member)
        break
      }
      case 'unsubscribe': {
        const [member] = this.members.splice(one.pick % (this.members.length || 1), 1)
        if (member) this.#leave(member)
        break
      }
      case 'publish':
        if (one.isLossy) this.#publish(one.name, true)
        for (let n = 0; n < one.count; n++) this.#publish(one.name)
        break
      case 'whisper':
        for (const { index } of this.#live) {
          if (!this.books.of(index).includes(one.name)) continue
          this.#outbox(index).push({ type: 'published', channel: one.name, message: `${one.name} whispers` })
        }
        break
      case 'deliver':
        this.#deliver(this.#live[one.which], one.count)
        break
      case 'refuse':
        if (one.refused) this.#refused.add(one.name)
        else this.#refused.delete(one.name)
        break
      case 'put out': {
        const connection = this.#live[one.which]
        const ref = connection && this.books.remove(connection.index, one.name)
        if (ref === undefined) break
        this.#ended.add(`${connection?.index}:${ref}`)
        this.#outbox(connection?.index as number).push({ type: one.how, channel: one.name, ref })
        break
      }
      case 'rotate':
        this.server.mode = one.how as 'accept'
        this.socket.rotate()
        this.server.mode = 'accept'
        break
      case 'answer the second': {
        const latest = this.server.connections.at(-1)
        if (one.accepted) latest?.accept()
        else latest?.refuse()
        break
      }
      case 'break':
        this.#live[one.which]?.die()
        break
      case 'restart':
        for (const connection of this.#live) connection.die()
        await this.clock.advance(0)
        this.#forgetDead()
        this.books.restart()
        this.mayMiss = true
        break
      case 'remember':
        this.books.remember = one.count
        this.mayMiss = true
        break
      case 'close':
        void this.socket.close()
        break
      case 'connect':
        this.socket.connect()
        break
      case 'wait':
        await this.clock.advance(one.ms)
        break
      default:
        one satisfies never
    }
    await this.clock.advance(0)
    this.#forgetDead()
    this.#check()
  }

  #forgetDead() {
    for (const { index, client } of this.server.connections) {
      if (client.readyState === client.OPEN || client.readyState === client.CONNECTING) continue
      this.books.leave(index)
      this.#outboxes[index] = []
    }
  }

  #check() {
    const [fault] = this.#faults
    if (fault) throw fault
  }

  /** Nothing is on its way, one connection is open, nothing waits for its time. */
  async rest() {
    this.socket.connect()
    for (let n = 0; n < 30; n++) {
      await this.clock.advance(1_000)
      for (const connection of this.#live) this.#deliver(connection, Infinity)
      await this.clock.advance(0)
      this.#forgetDead()
    }
    this.#check()
    const { status } = this.socket.state.get()
    check(
      status === 'open' && this.#live.length === 1,
      `at rest it is ${status}, with ${this.#live.length} connections`,
    )
  }

  checkSets(mayReject: boolean) {
    const index = this.#live[0]?.index as number
    const all = this.members.filter(({ subscription }) => {
      const { status } = subscription.state.get()
      check(status === 'subscribed' || (mayReject && status === 'rejected'), `at rest one is ${status}`)
      return status === 'subscribed'
    })
    const wanted = [...new Set(all.map(({ name }) => name))].sort().join()
    const has = this.books.of(index).sort().join()
    check(wanted === has, `wanted: ${wanted}, at the server: ${has}`)
    for (const { name, at } of all) {
      const last = { epoch: this.books.epoch, offset: this.books.lastOf(name) }
      check(
        at?.epoch === last.epoch && at.offset === last.offset,
        `${name} ends at ${JSON.stringify(at)}, not ${last.offset}`,
      )
    }
  }

  async end() {
    await this.rest()
    this.checkSets(true)
    this.#refused.clear()
    // All are asked for again, and each gets what comes from now on.
    this.#live[0]?.die()
    await this.clock.advance(100)
    for (const name of names) this.#publish(name)
    await this.rest()
    this.checkSets(false)
    const index = this.#live[0]?.index as number
    this.channels.dispose()
    await this.clock.advance(0)
    check(this.books.of(index).length === 0, 'dispose() left something at the server')
    void this.socket.close()
    await this.clock.advance(0)
    this.#check()
    check(this.clock.timers === 0 && this.server.live === 0, 'something is left behind')
  }
}

describe('channels, whatever happens', () => {
  const count = counter('channels')

  it('B34 B96 B97 B98 the server has what is wanted, and each subscriber all of it once and in order, or knows better', {
    timeout: patience,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(sequence(operation, 60), async (operations) => {
        const run = new Run()
        await run.step({ type: 'connect' })
        for (const one of operations) {
          count.events++
          await run.step(one)
        }
        await run.end()
      }),
      { numRuns: 600 },
    )
  })

  count.atLeast(8_000)
})
