// A browser with tabs that share rows, locks and channels, and come to harm: they crash, freeze, and stand still without a
// word. Time is a manual clock's; locks and messages take a task, as in a real one.

import { quiet } from '../../../src/deferred'
import { journal } from '../../../src/queue/journal'
import type { QueueStore, Row, Rows } from '../../../src/queue/store'
import { election } from '../../../src/tabs/election'
import { type ManualClock, manualClock, memoryRows } from '../../../src/testing'
import type { Clock, PageSignal } from '../../../src/types'

interface Request {
  readonly tab: Tab
  readonly grant: () => Promise<unknown> | undefined
  readonly settle: (error?: unknown) => void
}

const aborted = () => new DOMException('The request was aborted.', 'AbortError')

export class Browser {
  readonly clock: ManualClock = manualClock()
  /** What is on disk. */
  readonly disk = new Map<string, Row>()
  /** Rows that were written, though the write was said to have failed. */
  readonly denied = new Set<string>()
  /** Told of each tab that reads rows. */
  onLoad: ((tab: Tab) => void) | undefined
  readonly channels = new Set<FakeChannel>()
  readonly held = new Map<string, Request>()
  readonly queues = new Map<string, Request[]>()

  tab(): Tab {
    return new Tab(this)
  }

  /** Gives a lock to the first in its queue, if nobody has it. */
  turnOver(name: string): void {
    if (this.held.has(name)) return
    const next = this.queues.get(name)?.shift()
    if (next) this.give(name, next)
  }

  give(name: string, request: Request): void {
    this.held.set(name, request)
    const free = () => {
      if (this.held.get(name) !== request) return
      this.held.delete(name)
      this.turnOver(name)
      request.settle()
    }
    request.tab.task(() => {
      // It may have been stolen, or its tab have crashed, before it was told.
      if (this.held.get(name) === request) Promise.resolve(request.grant()).then(free)
    })
  }
}

export class Tab {
  readonly browser: Browser
  readonly clock: Clock
  /** `stuck`: nothing runs, and nobody was told. */
  life: 'running' | 'stuck' | 'crashed' = 'running'
  /** What its rows do from now on. */
  writes: 'succeed' | 'fail' | 'fail after all' = 'succeed'
  readonly listeners = new Set<(signal: PageSignal) => void>()
  #backlog: (() => void)[] = []
  /** What was cleared never fires, though it was due while the tab stood still. */
  readonly #cleared = new Set<unknown>()

  constructor(browser: Browser) {
    this.browser = browser
    const { clock } = browser
    this.clock = {
      now: () => clock.now(),
      setTimeout: (fn, delay) => {
        const timer = clock.setTimeout(() => this.soon(() => !this.#cleared.has(timer) && fn()), delay)
        return timer
      },
      clearTimeout: (timer) => {
        this.#cleared.add(timer)
        clock.clearTimeout(timer)
      },
      turn: (fn) => this.task(fn),
    }
  }

  /** Runs it in a later task, or when the tab runs again, or never. */
  task(fn: () => void): void {
    this.browser.clock.turn(() => this.soon(fn))
  }

  soon(fn: () => void): void {
    if (this.life === 'running') fn()
    else if (this.life === 'stuck') this.#backlog.push(fn)
  }

  wake(): void {
    if (this.life !== 'stuck') return
    this.life = 'running'
    for (const fn of this.#backlog.splice(0)) this.soon(fn)
  }

  crash(): void {
    this.life = 'crashed'
    this.listeners.clear()
    const { browser } = this
    for (const channel of browser.channels) if (channel.tab === this) channel.close()
    for (const [name, queue] of browser.queues) {
      browser.queues.set(
        name,
        queue.filter(({ tab }) => tab !== this),
      )
    }
    for (const [name, { tab }] of browser.held) {
      if (tab !== this) continue
      browser.held.delete(name)
      browser.turnOver(name)
    }
  }

  signal(signal: PageSignal): void {
    for (const listener of [...this.listeners]) listener(signal)
  }

  store(name = 'test'): QueueStore {
    const tab = this
    const BroadcastChannel = class extends FakeChannel {
      constructor(name: string) {
        super(tab, name)
      }
    }
    return journal({
      name,
      open: () => this.rows(),
      elect: election({
        locks: { request: (...args: Parameters<Tab['request']>) => this.request(...args) } as never,
        BroadcastChannel: BroadcastChannel as never,
        page: {
          subscribe: (listener) => {
            this.listeners.add(listener)
            return () => this.listeners.delete(listener)
          },
        },
      }),
    })
  }

  rows(): Rows {
    const rows = memoryRows(this.browser.disk)
    /** One task until it happens, another until it is told of. */
    const act = <T>(happen: () => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        this.task(() => {
          const result = quiet(happen())
          this.task(() => result.then(resolve, reject))
        })
      })
    return {
      load: () => {
        this.browser.onLoad?.(this)
        return act(() => rows.load())
      },
      write: (changes) =>
        act(async () => {
          if (this.writes !== 'fail') await rows.write(changes)
          if (this.writes === 'succeed') return
          for (const change of changes) if ('add' in change) this.browser.denied.add(change.add.id)
          throw new Error('The disk is full')
        }),
      close() {},
    }
  }

  request(
    name: string,
    { steal, signal }: { steal?: boolean; signal?: AbortSignal },
    callback: () => Promise<unknown> | undefined,
  ): Promise<void> {
    const { held, queues } = this.browser
    return new Promise((resolve, reject) => {
      const settle = (error?: unknown) => this.task(() => (error ? reject(error) : resolve()))
      const request: Request = { tab: this, grant: callback, settle }
      const queue = queues.get(name) ?? []
      queues.set(name, queue)
      signal?.addEventListener('abort', () => {
        const waiting = queues.get(name) ?? []
        if (!waiting.includes(request)) return
        waiting.splice(waiting.indexOf(request), 1)
        settle(aborted())
      })
      if (!steal) {
        queue.push(request)
        return this.browser.turnOver(name)
      }
      const robbed = held.get(name)
      held.delete(name)
      this.browser.give(name, request)
      robbed?.settle(aborted())
    })
  }

  /** How much of the browser it still holds. */
  get attached(): number {
    const { channels, held, queues } = this.browser
    const mine = ({ tab }: { tab: Tab }) => tab === this
    return (
      this.listeners.size +
      [...channels, ...held.values(), ...[...queues.values()].flat()].filter(mine).length
    )
  }
}

class FakeChannel {
  readonly tab: Tab
  readonly name: string
  onmessage: ((event: { data: unknown }) => void) | undefined

  constructor(tab: Tab, name: string) {
    this.tab = tab
    this.name = name
    tab.browser.channels.add(this)
  }

  postMessage(message: unknown): void {
    if (!this.tab.browser.channels.has(this)) throw new Error('The channel is closed')
    const data = structuredClone(message)
    for (const other of this.tab.browser.channels) {
      if (other === this || other.name !== this.name) continue
      other.tab.task(() => this.tab.browser.channels.has(other) && other.onmessage?.({ data }))
    }
  }

  close(): void {
    this.tab.browser.channels.delete(this)
  }
}
