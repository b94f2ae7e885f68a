// A store made of rows: gathers changes, writes them batch by batch, and hands the rows to the sender while it leads.

import { SocketError } from '../errors'
import type { Clock, WireData } from '../types'
import { isBinary } from '../wire-data'
import { storeOf } from './keeper'
import type { QueueStore, QueueStoreHost, QueueStoreRun, Row, RowChange, Rows, StoredMessage } from './store'

/** Milliseconds that a store may take for anything. Then memory takes over. */
const patience = 5_000

/** Milliseconds before what failed is tried again: twice as many each time. */
const retryDelay = { first: 1_000, longest: 60_000 }

/** Changes that are written at a time: more would hold up the page, and look as if the store hung. */
const longestBatch = 1_000

export interface JournalOptions {
  readonly name: string
  /** @param partition a name that no other queue, and no other identity, has */
  readonly open: (partition: string) => Rows | Promise<Rows>
  /** How one of several senders with the same rows becomes the one that sends. Without it, each does. */
  readonly elect?: Elect | undefined
  /** What goes into the rows in the place of the data, such as a cipher of it. */
  readonly encode?: Translate | undefined
  readonly decode?: Translate | undefined
}

export type Translate = (data: WireData) => WireData | Promise<WireData>

/** Begins to stand for election among all that have the same partition. */
export type Elect = (partition: string, voter: Voter) => Vote

/** What one sender does for an election. */
export interface Voter {
  readonly clock: Clock
  readonly onLead: () => void
  /** Another one leads, or may. Called only after `onLead`. */
  readonly onFollow: () => void
  readonly onNews: (news: News) => void
  /** News may have been missed. */
  readonly onReturn: () => void
  /** There is no election to be had. */
  readonly onError: (error: unknown) => void
}

export interface Vote {
  /** Whether this one may be elected. It begins without; one that leads follows first. */
  stand(ready: boolean): void
  /** Tells all others. */
  tell(news: News): void
  /** Asks the one that leads to let another one do so. */
  claim(): void
  stop(): void
}

/** What a sender did to the rows that all share. It may come from another release: nothing of it need be there. */
export interface News {
  readonly added?: readonly string[]
  readonly sent?: readonly string[]
  readonly dropped?: readonly string[]
  readonly cleared?: boolean
}

export const journal = (options: JournalOptions): QueueStore => storeOf((host) => new Journal(options, host))

class Journal implements QueueStoreRun {
  readonly #options: JournalOptions
  readonly #host: QueueStoreHost
  /** What is to be written of each id: a row, or why it is removed. */
  readonly #changes = new Map<string, Row | 'sent' | 'dropped'>()
  /** The rows on disk that this sender has to do with. `false`: a write was tried, and never acknowledged. */
  readonly #known = new Map<string, boolean>()
  /** Complaints that were made. */
  readonly #told = new Set<string>()
  #isCleared = false
  #rows: Rows | undefined
  #vote: Vote | undefined
  #isStanding = false
  #isElected = false
  /** What the host was told last. Memory leads as well. */
  #leads = false
  /** Counts what makes a load under way worthless. */
  #term = 0
  /** The rows to look at next. */
  #wanted: Set<string> | 'all' | undefined
  /** What became of rows that turn out to be gone. */
  #fate: 'sent' | 'dropped' = 'sent'
  /** Rows that were heard to be gone during a load, which may still show them. */
  #gone: Set<string> | undefined
  #isScheduled = false
  #isBusy = false
  #isStuck = false
  /** There is no store to be had. */
  #isAbandoned = false
  /** `stopping`: what was gathered is still written. */
  #life: 'running' | 'stopping' | 'ended' = 'running'
  #failures = 0
  #retry: unknown

  constructor(options: JournalOptions, host: QueueStoreHost) {
    this.#options = options
    this.#host = host
    for (const id of host.kept) this.#known.set(id, true)
    host.clock.turn(() => this.#start())
  }

  // -------------------------------------------------------------- what the sender asks for

  put({ id, data, expiresAt, key, wasSent }: StoredMessage): void {
    if (this.#life !== 'running' || this.#isAbandoned) return
    this.#changes.set(id, { version: 1, id, data, expiresAt, key, wasSent })
    this.#schedule()
  }

  remove(id: string, how: 'sent' | 'dropped'): void {
    if (this.#life !== 'running') return
    if (!this.#known.has(id)) this.#changes.delete(id)
    else {
      this.#changes.set(id, how)
      this.#schedule()
    }
  }

  stand(ready: boolean): void {
    if (this.#life !== 'running' || ready === this.#isStanding) return
    this.#isStanding = ready
    if (this.#vote) this.#vote.stand(ready)
    else if (!ready) this.#lost()
    else if (this.#rows) this.#elected()
    else if (this.#isAbandoned || this.#isStuck) this.#leadFromMemory()
  }

  clear(): void {
    if (this.#life !== 'running') return
    this.#changes.clear()
    this.#known.clear()
    this.#isCleared = true
    this.#look()
    this.#schedule()
  }

  stop(): void {
    if (this.#life !== 'running') return
    this.#life = 'stopping'
    this.#host.clock.clearTimeout(this.#retry)
    this.#retry = undefined
    if (this.#isStuck) this.#end()
    else this.#work()
  }

  // -------------------------------------------------------------- work, one thing at a time

  async #start(): Promise<void> {
    if (this.#life !== 'running' && !this.#changes.size && !this.#isCleared) return
    const { name, open, elect } = this.#options
    const { clock, identity } = this.#host
    // As text it is the same for the same two names only, whatever is in them.
    const partition = JSON.stringify([name, identity])
    try {
      const rows = await this.#patiently('open', () => open(partition))
      if (this.#life === 'ended') return rows.close()
      this.#rows = rows
    } catch (error) {
      return this.#abandon(error)
    }
    if (this.#host.kept.length) this.#wanted = 'all'
    if (elect && this.#life === 'running') {
      this.#follow()
      this.#vote = elect(partition, {
        clock,
        onLead: () => this.#elected(),
        onFollow: () => this.#lost(),
        onNews: (news) => this.#hear(news),
        onReturn: () => {
          this.#wanted = 'all'
          this.#work()
        },
        onError: (error) => this.#abandon(error),
      })
      this.#vote.stand(this.#isStanding)
    } else if (this.#isStanding) this.#elected()
    this.#work()
  }

  #elected(): void {
    this.#isElected = true
    this.#look()
    if (this.#isStuck) this.#leadFromMemory()
    this.#work()
  }

  #lost(): void {
    this.#isElected = false
    this.#term += 1
    this.#follow()
    this.#work()
  }

  /** Looks at all rows, and believes no load that is under way. */
  #look(): void {
    this.#term += 1
    this.#wanted = 'all'
  }

  /** What one task changes is written at once. */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#host.clock.turn(() => {
      this.#isScheduled = false
      this.#work()
    })
  }

  async #work(): Promise<void> {
    if (this.#isBusy || !this.#rows) return
    this.#isBusy = true
    try {
      for (let rows: Rows | undefined = this.#rows; rows; rows = this.#rows) {
        const mayTry = this.#retry === undefined
        const isRunning = this.#life === 'running'
        if (isRunning && this.#wanted && (mayTry || (this.#isElected && !this.#leads))) await this.#read(rows)
        else if (mayTry && (this.#changes.size || this.#isCleared)) await this.#write(rows)
        else break
      }
    } catch (error) {
      if (this.#life === 'running') this.#host.onError(error)
    } finally {
      this.#isBusy = false
    }
    if (this.#life === 'stopping') this.#end()
  }

  /** Waits as long as it takes. Memory takes over meanwhile. */
  async #patiently<T>(verb: string, act: () => T | Promise<T>): Promise<T> {
    const { clock } = this.#host
    const timer = clock.setTimeout(() => {
      this.#isStuck = true
      if (this.#life === 'stopping') return this.#end()
      this.#tell(`The store takes long to ${verb}. Messages are kept in memory until it has.`)
      if (!this.#vote || this.#isElected) this.#leadFromMemory()
      else this.#claim()
    }, patience)
    try {
      return await act()
    } finally {
      this.#isStuck = false
      clock.clearTimeout(timer)
    }
  }

  async #read(rows: Rows): Promise<void> {
    const ids = this.#wanted === 'all' ? undefined : [...(this.#wanted ?? [])]
    const term = this.#term
    const gone = new Set<string>()
    this.#wanted = undefined
    this.#gone = gone
    const found = new Map<string, StoredMessage>()
    const errors: unknown[] = []
    try {
      const messages = await this.#patiently('read', async () => this.#restore(await rows.load(ids), errors))
      for (const message of messages) if (message && !found.has(message.id)) found.set(message.id, message)
      if (this.#retry === undefined) this.#failures = 0
    } catch (error) {
      this.#wanted = 'all'
      this.#failed('read', error)
      if (this.#isElected) this.#leadFromMemory()
      return
    } finally {
      this.#gone = undefined
    }
    if (this.#life !== 'running') return
    if (errors.length)
      this.#tell(
        'Stored messages cannot be read and are left where they are. Another release may read them; queue.clear() removes them. See the cause.',
        errors[0],
      )
    if (term !== this.#term) return
    // A row that cannot be read now may be one that was looked for.
    if (!ids && !errors.length) this.#miss(found)
    if (this.#isElected) this.#hand(found, gone)
  }

  /** Tells of rows that others are done with, and that nothing was heard of. */
  #miss(found: ReadonlyMap<string, StoredMessage>): void {
    const missing = [...this.#known].flatMap(([id, isStored]) => (isStored && !found.has(id) ? [id] : []))
    const fate = this.#fate
    this.#fate = 'sent'
    this.#done(missing, fate)
  }

  #hand(found: ReadonlyMap<string, StoredMessage>, gone: ReadonlySet<string>): void {
    const fresh: StoredMessage[] = []
    for (const [id, message] of found) {
      const change = this.#changes.get(id)
      if (this.#isCleared || gone.has(id)) continue
      if (typeof change !== 'string' && !(this.#leads && this.#known.has(id))) fresh.push(change ?? message)
      this.#known.set(id, true)
    }
    if (!this.#leads) {
      this.#leads = true
      this.#host.onLead(fresh)
    } else if (fresh.length) this.#host.onRows(fresh)
  }

  async #write(rows: Rows): Promise<void> {
    let batch = [...this.#changes].slice(0, longestBatch)
    const isCleared = this.#isCleared
    this.#isCleared = false
    const added = batch.flatMap(([id, change]) =>
      typeof change === 'string' || this.#known.get(id) ? [] : [id],
    )
    for (const id of added) this.#known.set(id, false)
    const isNew = new Set(added)
    try {
      await this.#patiently('write', async () => {
        // Without an encoding nothing is waited for: a page that is about to stand still has no time.
        const encoded = this.#options.encode && (await this.#encode(batch))
        if (encoded) batch = batch.filter(([id, change]) => typeof change === 'string' || encoded.has(id))
        const changes = batch.map(([id, change]): RowChange => {
          if (typeof change === 'string') return { remove: id }
          const row = encoded?.get(id) ?? change
          return isNew.has(id) ? { add: row } : { change: row }
        })
        await rows.write(isCleared ? [{ clear: true }, ...changes] : changes)
      })
    } catch (error) {
      this.#isCleared ||= isCleared
      this.#failed('write', error)
      return
    }
    this.#failures = 0
    this.#written(batch, { added, cleared: isCleared })
  }

  /** Rows as they go to disk. One that cannot be encoded stays in memory alone, and holds up no other. */
  async #encode(batch: readonly Change[]): Promise<ReadonlyMap<string, Row>> {
    const encoded = new Map<string, Row>()
    for (const [id, change] of batch) {
      if (typeof change === 'string') continue
      try {
        encoded.set(id, { ...change, data: await (this.#options.encode as Translate)(change.data) })
      } catch (error) {
        if (this.#changes.get(id) === change) this.#changes.delete(id)
        this.#tell('`encode` did not take a message: it is kept in memory alone. See the cause.', error)
      }
    }
    return encoded
  }

  #written(batch: readonly Change[], { added, cleared }: { added: string[]; cleared: boolean }): void {
    const stored: string[] = []
    const done = { sent: [] as string[], dropped: [] as string[] }
    for (const [id, change] of batch) {
      if (this.#changes.get(id) === change) this.#changes.delete(id)
      if (typeof change === 'string') {
        done[change].push(id)
        this.#known.delete(id)
      } else if (!this.#isCleared) {
        stored.push(id)
        this.#known.set(id, true)
      }
    }
    const isNews = cleared || added.length || done.sent.length || done.dropped.length
    if (isNews) this.#vote?.tell({ added, ...done, cleared })
    if (stored.length && this.#life === 'running') this.#host.onStored(stored)
  }

  #failed(verb: string, error: unknown): void {
    if (this.#life !== 'running') {
      this.#changes.clear()
      this.#isCleared = false
      return
    }
    if (!this.#failures)
      this.#report(
        `The store could not ${verb}. Messages are kept in memory, and it is tried again. See the cause.`,
        error,
      )
    const { clock } = this.#host
    const delay = Math.min(retryDelay.first * 2 ** this.#failures, retryDelay.longest)
    this.#failures += 1
    clock.clearTimeout(this.#retry)
    this.#retry = clock.setTimeout(() => {
      this.#retry = undefined
      this.#work()
    }, delay)
    this.#claim()
  }

  /** What cannot be written never reaches the one that leads: it is sent from here. */
  #claim(): void {
    if (this.#changes.size && this.#isStanding && !this.#isElected) this.#vote?.claim()
  }

  // -------------------------------------------------------------- what others did

  #hear(news: News): void {
    for (const fate of ['sent', 'dropped'] as const) {
      const ids = list(news?.[fate])
      for (const id of ids) this.#gone?.add(id)
      this.#done(
        ids.filter((id) => this.#known.has(id)),
        fate,
      )
    }
    const added = list(news?.added)
    if (news?.cleared === true) {
      this.#fate = 'dropped'
      this.#wanted = 'all'
    } else if (this.#isElected && added.length && this.#wanted !== 'all') {
      this.#wanted = new Set([...(this.#wanted ?? []), ...added])
    }
    this.#work()
  }

  #done(ids: readonly string[], how: 'sent' | 'dropped'): void {
    const mine = ids.filter((id) => typeof this.#changes.get(id) !== 'string')
    for (const id of ids) {
      this.#known.delete(id)
      this.#changes.delete(id)
    }
    if (mine.length && this.#life === 'running') this.#host.onDone(mine, how)
  }

  // -------------------------------------------------------------- what the host is told

  #leadFromMemory(): void {
    if (this.#leads || !this.#isStanding || this.#life !== 'running') return
    this.#leads = true
    this.#host.onLead([])
  }

  #follow(): void {
    if (!this.#leads || this.#life !== 'running') return
    this.#leads = false
    this.#host.onFollow()
  }

  #report(message: string, cause?: unknown): void {
    if (this.#life === 'running') this.#host.onError(new SocketError('STORE', message, { cause }))
  }

  /** Reports it once. */
  #tell(message: string, cause?: unknown): void {
    if (this.#told.has(message)) return
    this.#told.add(message)
    this.#report(message, cause)
  }

  // -------------------------------------------------------------- ends

  /** There is no store to be had: memory leads for good. */
  #abandon(error: unknown): void {
    this.#isAbandoned = true
    this.#report('The store cannot be used. Messages are kept in memory alone. See the cause.', error)
    this.#letGo()
    if (this.#life === 'running') this.#leadFromMemory()
    else this.#end()
  }

  #end(): void {
    this.#life = 'ended'
    this.#letGo()
  }

  #letGo(): void {
    const rows = this.#rows
    this.#rows = undefined
    this.#changes.clear()
    this.#known.clear()
    this.#host.clock.clearTimeout(this.#retry)
    this.#vote?.stop()
    this.#vote = undefined
    rows?.close()
  }

  /** Messages of rows. What cannot be read is missing, and the reason stands in `errors`. */
  #restore(
    rows: readonly unknown[],
    errors: unknown[],
  ): readonly (StoredMessage | undefined)[] | Promise<readonly (StoredMessage | undefined)[]> {
    const { decode } = this.#options
    const note = (error: unknown) => void errors.push(error)
    const messages = rows.map((row) => {
      try {
        return upToDate(row)
      } catch (error) {
        return note(error)
      }
    })
    if (!decode) return messages
    return Promise.all(
      messages.map(async (message) => {
        try {
          return message && { ...message, data: asData(await decode(message.data)) }
        } catch (error) {
          return note(error)
        }
      }),
    )
  }
}

type Change = readonly [id: string, change: Row | 'sent' | 'dropped']

/** Reads a row of any version that was ever written. */
function upToDate(row: any): StoredMessage {
  if (row instanceof Error) throw row
  if (row?.version !== 1 || typeof row.id !== 'string') throw new TypeError('It is no row of version 1.')
  const { id, expiresAt, key, wasSent } = row
  return { id, data: asData(row.data), expiresAt, key, wasSent: wasSent === true }
}

function asData(value: unknown): WireData {
  if (typeof value !== 'string' && !isBinary(value))
    throw new TypeError('Its data is neither text nor binary.')
  return value
}

/** What another page said, if it is what was expected. */
const list = (value: unknown): readonly string[] => (Array.isArray(value) ? value : [])
