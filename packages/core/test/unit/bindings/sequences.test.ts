// The bindings under generated sequences: components that come, go and change their minds, and frames that come when
// they like.
import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { Receipt } from '../../../src'
import { messageLog, shareSocket } from '../../../src/bindings'
import { pacedStore } from '../../../src/bindings/paced-store'
import { check, counter, patience, sequence } from '../properties/generated'
import { macrotask, openRig } from '../socket/support'
import { awaited, type Component, drawnPage, grace, page } from './support'

const count = counter('bindings')

// ---------------------------------------------------------------- sockets that components share

const places = [null, 'wss://a.test/one', 'wss://a.test/two', '/three'] as const
const who = fc.nat(3)
const place = fc.record({
  url: fc.constantFrom(...places),
  identity: fc.constantFrom('ada', 'eve'),
  enabled: fc.constantFrom(true, true, true, false),
})
const happening = fc.oneof(
  fc.record({ type: fc.constant('show' as const), who, place }),
  fc.record({ type: fc.constant('hide' as const), who }),
  // A render of which nothing comes, perhaps of one that waits for the opening.
  fc.record({ type: fc.constant('render' as const), place, waits: fc.boolean() }),
  fc.record({ type: fc.constant('send' as const), who }),
  fc.record({
    type: fc.constant('pass' as const),
    ms: fc.constantFrom(0, 1, 50, 99, 100, 1_000, 29_999, 31_000),
  }),
  fc.record({
    type: fc.constant('server' as const),
    does: fc.constantFrom('accept', 'refuse', 'ignore', 'die'),
  }),
)
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never
type Place = typeof place extends fc.Arbitrary<infer T> ? T : never

class Run {
  readonly made = page()
  readonly #components: (Component | undefined)[] = []
  readonly #mounted = new Set<number>()
  readonly #receipts: { readonly receipt: Receipt; readonly by: Component; readonly socket: unknown }[] = []

  /** The server is told whose the connection is by the subprotocol. */
  #options({ identity, enabled }: Place) {
    return { identity, enabled, protocols: [identity] }
  }

  async step(happening: Happening): Promise<void> {
    const { clock, server } = this.made
    switch (happening.type) {
      case 'show': {
        const { who, place } = happening
        const component = this.#components[who]
        const options = this.#options(place)
        if (!component) this.#components[who] = this.made.mount(place.url, options)
        else if (this.#mounted.has(who)) this.made.update(component, place.url, options)
        else component.mount()
        this.#mounted.add(who)
        break
      }
      case 'hide':
        this.#components[happening.who]?.unmount()
        this.#mounted.delete(happening.who)
        break
      case 'render': {
        const { socket } = this.made.render(happening.place.url, this.#options(happening.place))
        if (happening.waits) socket.opened().catch(() => {})
        break
      }
      case 'send': {
        const by = this.#components[happening.who]
        if (by) this.#receipts.push({ receipt: by.socket.send('hi'), by, socket: by.socket })
        break
      }
      case 'pass':
        await clock.advance(happening.ms)
        break
      case 'server':
        if (happening.does === 'die') server.connections.at(-1)?.die()
        else server.mode = happening.does as 'accept'
        await clock.advance(0)
        break
      default:
        happening satisfies never
    }
    this.#check()
  }

  #check(): void {
    const live = this.made.server.connections
      .filter(({ client }) => client.readyState < client.CLOSING)
      .map(({ url, protocols }) => `${url} of ${protocols}`)
    check(new Set(live).size === live.length, () => `two transports for one target: ${live}`)
    for (const who of this.#mounted) {
      const { shared, socket } = this.#components[who] as Component
      if (shared.target.url === undefined) continue
      const { url, identity } = shared.target
      const found = shareSocket({ url, options: { environment: this.made.environment, identity } })
      check(found.socket === socket, 'who asks for what a component has finds the socket that it holds')
    }
  }

  /** All go, and the time that everything may take passes. */
  async end(): Promise<void> {
    const { clock, server } = this.made
    for (const component of this.#components) component?.unmount()
    // Who waits for an opening is waited for: until the server takes it.
    server.mode = 'accept'
    await clock.advance(awaited)
    const held = this.#receipts.filter(({ receipt }) => receipt.status === 'queued')
    check(held.length === 0, () => `${held.length} of ${this.#receipts.length} receipts wait for ever`)
    check(server.live === 0, () => `${server.live} transports left`)
    check(clock.timers === 0, () => `${clock.timers} timers left`)
    const settled = Promise.allSettled(this.#receipts.map(({ receipt }) => receipt.sent)).then(() => true)
    check(await Promise.race([settled, macrotask().then(() => false)]), 'a receipt that settles never')
  }

  /** Once it is quiet, what still waits does so in a socket that somebody holds. */
  async rest(): Promise<void> {
    this.made.server.mode = 'accept'
    await this.made.clock.advance(awaited)
    const holding = [...this.#mounted].map((who) => this.#components[who]?.socket)
    for (const { receipt, socket } of this.#receipts) {
      check(
        receipt.status !== 'queued' || holding.includes(socket as never),
        'it waits in a socket nobody holds',
      )
    }
  }
}

describe('sockets that components share, whatever happens', () => {
  it('B79 B105 B107 B108 B113 has one transport for each target, and leaves none, nor a timer, nor a receipt', {
    timeout: patience,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(sequence(happening, 40), async (happenings) => {
        const run = new Run()
        for (const happening of happenings) {
          count.events++
          await run.step(happening)
        }
        await run.rest()
        await run.end()
      }),
      { numRuns: 400 },
    )
  })

  it('B107 has one for n components of one target that come and go', { timeout: patience }, async () => {
    const url = 'wss://a.test/'
    const move = fc.record({ who: fc.nat(7), ms: fc.constantFrom(0, 0, 10, 99, 100, 101) })
    await fc.assert(
      fc.asyncProperty(sequence(move, 60), async (moves) => {
        const { clock, server, environment } = page()
        const given = Array.from({ length: 8 }, () => ({ url, options: { environment } }))
        const releases: ((() => void) | undefined)[] = []
        let idleFor = Infinity
        for (const { who, ms } of moves) {
          count.events++
          const one = given[who] as (typeof given)[number]
          if (releases[who]) {
            releases[who]()
            releases[who] = undefined
          } else releases[who] = shareSocket(one).next(one).hold(one, true)
          const isHeld = releases.some(Boolean)
          await clock.advance(ms)
          // Closed exactly where nobody held it for the grace.
          idleFor = isHeld ? 0 : idleFor + ms
          const isLive = idleFor < 100
          check(server.live === (isLive ? 1 : 0), () => `${server.live} live, nobody for ${idleFor} ms`)
        }
        for (const release of releases) release?.()
        await clock.advance(grace)
        check(server.live === 0 && clock.timers === 0, 'something is left')
      }),
      { numRuns: 300 },
    )
  })
})

// ---------------------------------------------------------------- stores at the pace of a page

const moment = fc.constantFrom('come', 'come', 'come', 'frame', 'frame', 'subscribe', 'unsubscribe')

describe('stores at the pace of a page, whatever happens', () => {
  it('B103 a paced store tells once per frame at most, only after a change, and keeps to what it told', () => {
    const { draw } = drawnPage()
    fc.assert(
      fc.property(sequence(fc.record({ what: moment, who: fc.nat(3) }), 60), (moments) => {
        let value = 0
        let told = 0
        let tell: (() => void) | undefined
        const store = pacedStore(
          (changed) => {
            check(!tell, 'it listens once')
            tell = changed
            return () => {
              tell = undefined
            }
          },
          () => value,
        )
        const listeners: { off: () => void; calls: number; due: boolean }[] = []
        for (const { what, who } of moments) {
          count.events++
          if (what === 'come') {
            value++
            tell?.()
            if (tell) for (const listener of listeners) listener.due = true
          } else if (what === 'subscribe') {
            if (!listeners.length) told = value
            const listener = { off: () => {}, calls: 0, due: false }
            listener.off = store.subscribe(() => {
              listener.calls++
            })
            listeners.push(listener)
          } else if (what === 'unsubscribe') {
            for (const { off } of listeners.splice(who, 1)) off()
          } else {
            const before = listeners.map(({ calls }) => calls)
            draw()
            if (listeners.length) told = Math.max(told, value)
            listeners.forEach((listener, n) => {
              const calls = listener.calls - (before[n] ?? 0)
              check(calls <= 1, 'once per frame')
              check(calls === 1 || !listener.due, 'a change is told')
              listener.due = false
            })
          }
          check(store.get() === told, () => `${store.get()} is shown, ${told} was told`)
          check(!!tell === listeners.length > 0, 'it listens while it is listened to')
        }
        for (const { off } of listeners) off()
        draw()
      }),
      { numRuns: 2_000 },
    )
  })

  it('B103 B104 a message log is what a plain list of the messages would be', {
    timeout: patience,
  }, async () => {
    const { draw } = drawnPage()
    const limits = fc.constantFrom(1, 2, 3, 10, Infinity)
    await fc.assert(
      fc.asyncProperty(sequence(moment, 60), limits, fc.boolean(), async (moments, limit, isOdd) => {
        const { clock, server, socket } = await openRig()
        // Else the socket would keep the first messages for the first listener.
        socket.on('message', () => {})
        const filter = isOdd ? (message: unknown) => Number(message) % 2 === 1 : undefined
        const log = messageLog(socket, () => ({ filter, limit }))
        const offs: (() => void)[] = []
        let [calls, came] = [0, 0]
        let heard: string[] = []
        let shown: readonly unknown[] = []
        for (const moment of moments) {
          count.events++
          const before = log.get()
          if (moment === 'come') {
            // Each twice.
            const message = `${came++ >> 1}`
            server.latest.send(message)
            await clock.advance(0)
            if (offs.length && (!isOdd || Number(message) % 2 === 1))
              heard = [...heard, message].slice(-limit)
          } else if (moment === 'subscribe') {
            if (!offs.length) shown = heard
            offs.push(log.subscribe(() => calls++))
          } else if (moment === 'unsubscribe') offs.shift()?.()
          else {
            const told = calls
            draw()
            if (offs.length) shown = heard
            check(calls - told <= offs.length, 'each listener once per frame')
          }
          const now = log.get()
          check(now.join() === shown.join(), () => `${now} is shown, not ${shown}`)
          check(
            now === before || now.join() !== before.join() || heard.length === limit,
            'another array for nothing',
          )
        }
        for (const off of offs) off()
        draw()
      }),
      { numRuns: 300 },
    )
  })

  count.atLeast(50_000)
})
