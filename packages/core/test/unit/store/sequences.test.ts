// Tabs that put, change, send, take back, crash, freeze, stand still and cannot write, in generated order, over one disk.
// What is stored survives, nothing that was removed comes back, the order is kept, and one at most leads.
import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { QueueStoreRun, StoredMessage } from '../../../src/queue/store'
import { check, counter, patience, sequence } from '../properties/generated'
import { Browser, type Tab } from './browser'
import { message } from './support'

const counted = counter('Stores')

// ---------------------------------------------------------------- what is generated

const calm = [
  'put',
  'put',
  'put',
  'change',
  'send',
  'send',
  'send',
  'drop',
  'unready',
  'ready',
  'stop',
  'open',
] as const
const graceful = ['leave', 'return', 'freeze', 'resume', 'visible'] as const
const harm = ['crash', 'stick', 'wake', 'fail', 'fail after all', 'heal'] as const
/** Takes what others store until it is written: hard to foretell where not all runs smoothly. */
const clear = 'clear'
type What = typeof clear | (typeof calm)[number] | (typeof graceful)[number] | (typeof harm)[number]

const step = (...whats: readonly What[]) =>
  fc.record({
    what: fc.constantFrom(...whats),
    tab: fc.nat(2),
    pick: fc.nat(20),
    many: fc.integer({ min: 1, max: 4 }),
    /** Milliseconds that pass, or tasks: in the middle of things. */
    after: fc.oneof(
      fc.record({ turns: fc.nat(6) }),
      fc.record({ ms: fc.constantFrom(0, 0, 1_000, 5_000, 30_000, 250_000) }),
    ),
  })
type Step = ReturnType<typeof step> extends fc.Arbitrary<infer T> ? T : never

// ---------------------------------------------------------------- a sender, as simple as can be

/** Messages of all tabs, and what became of them. */
interface World {
  readonly browser: Browser
  /** How often each was sent. */
  readonly sent: Map<string, number>
  readonly stored: Set<string>
  /** Dropped on purpose, or cleared: need not arrive. */
  readonly dropped: Set<string>
  readonly senders: Sender[]
  /** Something happened after which a message may go out twice: see the promise in tabs/election.ts. */
  mayDouble: boolean
  /** One stood still, and may have been robbed without knowing it yet. */
  mayLeadTwice: boolean
  /** The last one that went out of each sender's. */
  readonly last: Map<string, number>
  /** One cannot write, or sends what it does not know to be sent by another. */
  mayOvertake: boolean
  /** What a sender saw that must not be. A store outlives what its host throws: what comes of it would hide the cause. */
  readonly wrongs: unknown[]
}

class Sender {
  readonly tab: Tab
  readonly run: QueueStoreRun
  /** Its own messages that are not done with, in order. */
  readonly own = new Map<string, StoredMessage>()
  /** What it may send, in order, while it leads. */
  queue: StoredMessage[] = []
  leads = false
  hasEnded = false
  readonly #world: World
  /** What it was told to be done with, or said so itself. */
  readonly #done = new Set<string>()

  constructor(world: World, tab: Tab) {
    this.#world = world
    this.tab = tab
    const noting =
      <Args extends unknown[]>(act: (...args: Args) => void) =>
      (...args: Args) => {
        try {
          check(!this.hasEnded && tab.life === 'running', 'It is over, and was called')
          act(...args)
        } catch (error) {
          world.wrongs.push(error)
        }
      }
    this.run = tab.store().begin({
      clock: tab.clock,
      identity: undefined,
      kept: [],
      onLead: noting((rows) => {
        check(!this.leads, 'It leads already')
        this.leads = true
        this.#checkRows(rows)
        // What it was given when it led before, and was not done with, it still has: memory may lead with no rows.
        const all = [...rows, ...this.queue, ...this.own.values()]
        this.queue = [...new Map(all.map((one) => [one.id, one])).values()]
      }),
      onRows: noting((rows) => {
        check(this.leads, 'It does not lead')
        this.#checkRows(rows)
        for (const row of rows) check(!this.queue.some(({ id }) => id === row.id), 'It had that row')
        this.queue.push(...rows)
      }),
      onFollow: noting(() => {
        check(this.leads, 'It did not lead')
        this.leads = false
      }),
      onDone: noting((ids, how) => {
        for (const id of ids) {
          check(
            world.mayDouble || how === 'dropped' || !this.own.has(id) || world.sent.has(id),
            () => `${id} was never sent, though it is said so`,
          )
          if (how === 'dropped') world.dropped.add(id)
          this.#done.add(id)
          this.own.delete(id)
        }
        this.queue = this.queue.filter(({ id }) => !ids.includes(id))
      }),
      onStored: noting((ids) => {
        for (const id of ids) world.stored.add(id)
      }),
      onError: noting(() => {}),
    })
    this.run.stand(true)
  }

  put(id: string): void {
    this.own.set(id, message(id))
    this.run.put(message(id))
    if (this.leads) this.queue.push(message(id))
  }

  change(pick: number): void {
    const all = [...this.own.values()]
    const one = all[pick % all.length]
    if (one) this.run.put({ ...one, wasSent: true })
  }

  send(many: number): void {
    for (const { id } of this.leads ? this.queue.splice(0, many) : []) {
      this.#noteSent(id)
      this.#forget(id, 'sent')
    }
  }

  drop(pick: number): void {
    const all = [...this.own.keys()]
    const id = all[pick % all.length]
    if (id === undefined) return
    this.#world.dropped.add(id)
    this.queue = this.queue.filter((one) => one.id !== id)
    this.#forget(id, 'dropped')
  }

  stop(): void {
    this.hasEnded = true
    this.run.stop()
  }

  #forget(id: string, how: 'sent' | 'dropped'): void {
    this.#done.add(id)
    this.own.delete(id)
    this.run.remove(id, how)
  }

  #noteSent(id: string): void {
    const { sent, last, mayOvertake } = this.#world
    const times = sent.get(id) ?? 0
    sent.set(id, times + 1)
    // A double comes late.
    if (times) return
    const [from = '', number = ''] = id.split('.')
    const before = last.get(from) ?? -1
    check(mayOvertake || before < Number(number), () => `${id} was sent after ${from}.${before}`)
    last.set(from, Number(number))
  }

  #checkRows(rows: readonly StoredMessage[]): void {
    const last = new Map<string, number>()
    for (const { id } of rows) {
      // A write that was said to have failed is tried again, and brings back what another has sent meanwhile.
      if (this.tab.browser.denied.has(id) && this.#world.sent.has(id)) continue
      check(!this.#done.has(id), () => `${id} came back`)
      const [from = '', number = ''] = id.split('.')
      check((last.get(from) ?? -1) < Number(number), () => `Out of order: ${rows.map((one) => one.id)}`)
      last.set(from, Number(number))
    }
  }
}

// ---------------------------------------------------------------- the run

/** A task ends when the promises have settled that it brought about: nothing comes between. */
async function settled(): Promise<void> {
  for (let link = 0; link < 30; link += 1) await undefined
}

async function run(steps: readonly Step[]): Promise<void> {
  const browser = new Browser()
  const { clock } = browser
  const world: World = {
    browser,
    sent: new Map(),
    stored: new Set(),
    dropped: new Set(),
    senders: [],
    mayDouble: false,
    mayLeadTwice: false,
    last: new Map(),
    mayOvertake: false,
    wrongs: [],
  }
  const current: Sender[] = []
  let numbers = 0
  const open = (slot: number) => {
    const sender = new Sender(world, browser.tab())
    world.senders.push(sender)
    current[slot] = sender
  }
  const allIsWell = () => {
    if (world.wrongs.length) throw world.wrongs[0]
    const leaders = world.senders.filter(
      ({ leads, tab, hasEnded }) => leads && !hasEnded && tab.life === 'running',
    )
    if (!world.mayLeadTwice) check(leaders.length <= 1, () => `${leaders.length} lead`)
  }
  for (const slot of [0, 1, 2]) open(slot)

  for (const { what, tab: slot, pick, many, after } of steps) {
    counted.events += 1
    const sender = current[slot] as Sender
    const { tab } = sender
    const name = world.senders.indexOf(sender)
    const runs = tab.life === 'running' && !sender.hasEnded
    if (what === 'put' && runs) for (let n = 0; n < many; n += 1) sender.put(`${name}.${numbers++}`)
    if (what === 'change' && runs) sender.change(pick)
    if (what === 'send' && runs) sender.send(many)
    if (what === 'drop' && runs) sender.drop(pick)
    if (what === 'ready' && runs) sender.run.stand(true)
    if (what === 'unready' && runs) sender.run.stand(false)
    if (what === 'stop' && runs) sender.stop()
    if (what === 'open' && (sender.hasEnded || tab.life === 'crashed')) open(slot)
    if (what === clear && runs && pick === 0) {
      for (const one of world.senders) for (const id of one.own.keys()) world.dropped.add(id)
      for (const id of browser.disk.keys()) world.dropped.add(id)
      for (const id of sender.own.keys()) sender.own.delete(id)
      sender.queue = []
      sender.run.clear()
    }
    if ((graceful as readonly string[]).includes(what) && runs) {
      // What a page that goes away has not written yet is read by the next leader.
      if (what === 'leave' || what === 'freeze') world.mayDouble = true
      tab.signal(what as 'leave')
    }
    if ((harm as readonly string[]).includes(what)) {
      world.mayDouble = true
      world.mayOvertake = true
    }
    if (what === 'crash') tab.crash()
    if (what === 'stick' && tab.life === 'running') {
      tab.life = 'stuck'
      world.mayLeadTwice = true
    }
    if (what === 'wake') tab.wake()
    if (what === 'fail' || what === 'fail after all') tab.writes = what
    if (what === 'heal') tab.writes = 'succeed'
    await settled()
    if ('ms' in after) await clock.advance(after.ms)
    else {
      for (let turn = 0; turn < after.turns; turn += 1) {
        clock.runTurns()
        await settled()
      }
    }
    allIsWell()
  }

  // All comes to rest: whoever still runs can send, and does.
  for (const { tab } of world.senders) {
    tab.wake()
    tab.writes = 'succeed'
  }
  for (const sender of world.senders) {
    if (sender.hasEnded || sender.tab.life !== 'running') continue
    sender.tab.signal('return')
    sender.run.stand(true)
  }
  if (current.every(({ hasEnded, tab }) => hasEnded || tab.life === 'crashed')) open(0)
  await clock.advance(600_000)
  allIsWell()
  for (let round = 0; round < 3; round += 1) {
    for (const sender of world.senders) {
      if (!sender.hasEnded && sender.tab.life === 'running') sender.send(10_000)
    }
    await clock.advance(100_000)
  }
  allIsWell()

  const { sent, dropped } = world
  const hasCleared = steps.some(({ what }) => what === clear)
  for (const id of world.stored) {
    // Who ended hears of no clear.
    if (hasCleared && world.senders[Number(id.split('.')[0])]?.hasEnded) continue
    check(sent.has(id) || dropped.has(id), () => `${id} was stored, and is lost`)
  }
  for (const [id, times] of sent) check(world.mayDouble || times === 1, () => `${id} was sent ${times} times`)
  for (const sender of world.senders) {
    if (sender.tab.life !== 'running' || sender.hasEnded) continue
    check(sender.own.size === 0, () => `Nobody is done with ${[...sender.own.keys()]}`)
    sender.stop()
  }
  const left = [...browser.disk.keys()].filter((id) => !dropped.has(id))
  check(left.length === 0, () => `Left on disk: ${left}`)
  await clock.advance(10_000)
  allIsWell()
  for (const { tab } of world.senders) check(tab.attached === 0, 'Something is still attached')
  check(clock.timers === 0, 'A timer is still armed')
}

// ---------------------------------------------------------------- properties

const runs = Number(process.env.HAWSER_RUNS ?? 1)

describe('B88 generated tabs over the same rows', () => {
  it(
    'send each message exactly once, as long as all of them run',
    () => fc.assert(fc.asyncProperty(sequence(step(...calm, clear), 60), run), { numRuns: 150 * runs }),
    patience,
  )

  it(
    'lose nothing that was stored, and lead one at a time, whatever page goes away and comes back',
    () => fc.assert(fc.asyncProperty(sequence(step(...calm, ...graceful), 60), run), { numRuns: 150 * runs }),
    patience,
  )

  it(
    'lose nothing that was stored when they crash, stand still and cannot write',
    () =>
      fc.assert(fc.asyncProperty(sequence(step(...calm, ...graceful, ...harm), 60), run), {
        numRuns: 150 * runs,
      }),
    patience,
  )

  counted.atLeast(5_000)
})
