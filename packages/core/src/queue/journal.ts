// A store made of rows: gathers changes, writes them batch by batch, and hands the rows to the sender while it leads.

import { SocketError } from '../errors'
import type { Clock, WireData } from '../types'
import { isBinary } from '../wire-data'
import { storeOf } from './keeper'
import type { QueueStore, QueueStoreHost, QueueStoreRun, Row, RowChange, Rows, StoredMessage } from './store'

/** Milliseconds that a store may take for anything. Then memory takes over. */
const patience = 5_000

/** Milliseconds before what failed is tried again: twice as many each time. */
const firstDelay = 1_000
const longestDelay = 60_000

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
  /** A good moment to look: news are lost with the page that was about to tell them. Called only while one leads. */
  readonly onBeat: () => void
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
  /** Once it has stopped, a sender is told nothing more. */
  #host: Told
  /** What is to be written of each id: a row, or why it is removed. */
  readonly #changes = new Map<string, Change>()
  /** The rows on disk that this sender has to do with. `false`: a write was tried, and never acknowledged. */
  readonly #known = new Map<string, boolean>()
  /** Rows that were heard to be gone: a load under way may still show them. */
  readonly #gone = new Set<string>()
  /** Complaints that were made. */
  readonly #told = new Set<string>()
  /** Rows that others added, to be looked at next; or all rows. */
  readonly #wanted = new Set<string>()
  #wantsAll: boolean
  /** Own rows that are gone may be news still under way, as nothing says that any were missed. */
  #isDoubtful = false
  /** Rows that were gone when all were looked at last. */
  #missing: ReadonlySet<string> = new Set()
  #isCleared = false
  #rows: Rows | undefined
  #vote: Vote | undefined
  #isStanding = false
  /** It may lead. As long as there is no vote, whoever stands is elected. */
  #isElected = false
  /** What the host was told last. Memory leads as well. */
  #leads = false
  /** What became of rows that turn out to be gone. */
  #fate: Fate = 'sent'
  #isScheduled = false
  #isBusy = false
  /** What is asked of the store takes long: memory leads meanwhile. */
  #isStuck = false
  /** `stopping`: what was gathered is still written. `ended`: there is no store to be had any more. */
  #life: 'running' | 'stopping' | 'ended' = 'running'
  #failures = 0
  #retry: unknown

  constructor(options: JournalOptions, host: QueueStoreHost) {
    this.#options = options
    this.#host = host
    this.#wantsAll = host.kept.length > 0
    for (const id of host.kept) this.#known.set(id, true)
    host.clock.turn(() => this.#start())
  }

  // -------------------------------------------------------------- what the sender asks for

  put(message: StoredMessage): void {
    if (this.#life !== 'running') return
    this.#changes.set(message.id, { version: 1, ...message })
    this.#schedule()
  }

  remove(id: string, how: Fate): void {
    if (this.#life !== 'running') return
    if (this.#known.has(id)) this.#changes.set(id, how)
    else this.#changes.delete(id)
    this.#schedule()
  }

  stand(ready: boolean): void {
    if (ready === this.#isStanding) return
    this.#isStanding = ready
    if (this.#vote) this.#vote.stand(ready)
    else if (ready) this.#elected()
    else this.#lost()
  }

  clear(): void {
    if (this.#life !== 'running') return
    this.#changes.clear()
    this.#known.clear()
    this.#isCleared = true
    this.#wantsAll = true
    this.#schedule()
  }

  stop(): void {
    const { clock, identity } = this.#host
    this.#host = { clock, identity }
    if (this.#life !== 'running') return
    this.#life = 'stopping'
    clock.clearTimeout(this.#retry)
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
    await this.#attempt('open', async () => {
      const rows = await open(partition)
      if (this.#life === 'ended') rows.close()
      else this.#rows = rows
    })
    if (elect && this.#life === 'running') {
      // A follower looks for what it kept; all other rows are read by the one that leads.
      this.#wantsAll = this.#known.size > 0
      this.#lost()
      this.#vote = elect(partition, {
        clock,
        onLead: () => this.#elected(),
        onFollow: () => this.#lost(),
        onNews: (news) => this.#hear(news),
        onReturn: () => this.#look(),
        onBeat: () => this.#beat(),
        onError: (error) => this.#abandon(error),
      })
      this.#vote.stand(this.#isStanding)
    }
    this.#work()
  }

  #elected(): void {
    this.#isElected = true
    if (this.#isStuck || this.#life === 'ended') this.#leadFromMemory()
    this.#look()
  }

  #lost(): void {
    this.#isElected = false
    if (this.#leads) {
      this.#leads = false
      this.#host.onFollow?.()
    }
    this.#work()
  }

  /** Looks at all rows, and believes no load that is under way. */
  #look(isDoubtful = false): void {
    this.#wantsAll = true
    this.#isDoubtful = isDoubtful
    this.#work()
  }

  /** Rows that nobody told of are another's to one that leads; to all others, what became of their own. */
  #beat(): void {
    // What is slow would be read again and again.
    if (!this.#isBusy && (this.#leads || this.#known.size)) this.#look(true)
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
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      for (let rows = this.#rows; rows; rows = this.#rows) {
        const mayTry = this.#retry === undefined
        const isAsked = this.#life === 'running' && (this.#wantsAll || this.#wanted.size)
        if (isAsked && (mayTry || (this.#isElected && !this.#leads))) await this.#read(rows)
        else if (mayTry && (this.#changes.size || this.#isCleared)) await this.#write(rows)
        else break
      }
    } catch (error) {
      this.#host.onError?.(error)
    } finally {
      this.#gone.clear()
      this.#isBusy = false
    }
    if (this.#life === 'stopping' && this.#rows) this.#end()
  }

  /** Waits as long as it takes, while memory takes over. Says whether it was done: what was not is tried again. */
  async #attempt(verb: string, act: () => Promise<void>): Promise<boolean> {
    const { clock } = this.#host
    const timer = clock.setTimeout(() => {
      this.#isStuck = true
      if (this.#life === 'stopping') return this.#end()
      this.#tell(`The store takes long to ${verb}. Messages are kept in memory until it has.`)
      this.#leadFromMemory()
      this.#claim()
    }, patience)
    try {
      await act()
      if (this.#retry === undefined) this.#failures = 0
      return true
    } catch (error) {
      this.#failed(verb, error)
      return false
    } finally {
      this.#isStuck = false
      clock.clearTimeout(timer)
    }
  }

  async #read(rows: Rows): Promise<void> {
    const ids = this.#wantsAll ? undefined : [...this.#wanted]
    this.#wantsAll = false
    this.#wanted.clear()
    this.#gone.clear()
    const found = new Map<string, StoredMessage>()
    const errors: unknown[] = []
    const { decode } = this.#options
    const isRead = await this.#attempt('read', async () => {
      for (const row of await rows.load(ids)) {
        try {
          const message = upToDate(row)
          // Without a decoding nothing is waited for: a page may be frozen meanwhile.
          message.data = asData(decode ? await decode(message.data) : message.data)
          if (!found.has(message.id)) found.set(message.id, message)
        } catch (error) {
          errors.push(error)
        }
      }
    })
    if (!isRead) {
      this.#wantsAll = true
      this.#leadFromMemory()
    }
    if (errors.length)
      this.#tell(
        'Stored messages that cannot be read are left for another release, or for queue.clear(). See the cause.',
        errors[0],
      )
    // What was loaded is out of date, or the rows are another's.
    if (this.#wantsAll || !this.#rows) return
    for (const id of this.#gone) found.delete(id)
    // A row that cannot be read now may be one that was looked for.
    if (!ids && !errors.length) {
      const fate = this.#fate
      this.#fate = 'sent'
      const missing = [...this.#known.keys()].filter((id) => this.#known.get(id) && !found.has(id))
      const before = this.#missing
      this.#missing = new Set(missing)
      this.#done(this.#isDoubtful ? missing.filter((id) => before.has(id)) : missing, fate)
    }
    if (this.#isElected) this.#hand(found)
  }

  #hand(found: ReadonlyMap<string, StoredMessage>): void {
    const fresh: StoredMessage[] = []
    // Those that are about to be cleared are handed to nobody.
    for (const [id, message] of this.#isCleared ? [] : found) {
      const change = this.#changes.get(id) ?? message
      if (typeof change !== 'string' && !(this.#leads && this.#known.has(id))) fresh.push(change)
      this.#known.set(id, true)
    }
    if (!this.#leads) {
      this.#leads = true
      this.#host.onLead?.(fresh)
    } else if (fresh.length) this.#host.onRows?.(fresh)
  }

  async #write(rows: Rows): Promise<void> {
    const { encode } = this.#options
    const batch = new Map([...this.#changes].slice(0, longestBatch))
    const news = {
      added: [] as string[],
      sent: [] as string[],
      dropped: [] as string[],
      cleared: this.#isCleared,
    }
    const changes: RowChange[] = news.cleared ? [{ clear: true }] : []
    this.#isCleared = false
    const isWritten = await this.#attempt('write', async () => {
      for (const [id, change] of batch) {
        if (typeof change === 'string') {
          changes.push({ remove: id })
          news[change].push(id)
          continue
        }
        // Without an encoding nothing is waited for: a page that is about to stand still has no time.
        const row = encode ? await this.#encoded(change, encode) : change
        // It may be gone meanwhile.
        if (!row || !this.#changes.has(id)) batch.delete(id)
        else if (this.#known.get(id)) changes.push({ change: row })
        else {
          changes.push({ add: row })
          news.added.push(id)
          this.#known.set(id, false)
        }
      }
      const written = rows.write(changes)
      // A page that stands still before it knows can tell no more: whoever leads looks already, and again once it knows.
      if (news.added.length) this.#vote?.tell({ added: news.added })
      await written
    })
    if (!isWritten) {
      this.#isCleared ||= news.cleared
      return
    }
    const stored: string[] = []
    for (const [id, change] of batch) {
      if (this.#changes.get(id) === change) this.#changes.delete(id)
      if (typeof change === 'string') this.#known.delete(id)
      // Another sender was done with it before it was written: it is taken away again.
      else if (this.#gone.has(id)) this.#changes.set(id, 'sent')
      else if (!this.#isCleared) {
        this.#known.set(id, true)
        stored.push(id)
      }
    }
    if (changes.some((change) => !('change' in change))) this.#vote?.tell(news)
    if (stored.length) this.#host.onStored?.(stored)
  }

  /** A row as it goes to disk. One that cannot be encoded stays in memory alone, and holds up no other. */
  async #encoded(row: Row, encode: Translate): Promise<Row | undefined> {
    try {
      return { ...row, data: await encode(row.data) }
    } catch (error) {
      if (this.#changes.get(row.id) === row) this.#changes.delete(row.id)
      this.#tell('`encode` did not take a message. Such messages are kept in memory. See the cause.', error)
      return undefined
    }
  }

  #failed(verb: string, error: unknown): void {
    if (!this.#rows) return this.#abandon(error)
    if (this.#life !== 'running') return this.#end()
    if (!this.#failures)
      this.#report(
        `The store could not ${verb}, and tries again. Messages are kept in memory. See the cause.`,
        error,
      )
    const delay = Math.min(firstDelay * 2 ** this.#failures, longestDelay)
    this.#failures += 1
    this.#retry ??= this.#host.clock.setTimeout(() => {
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
    for (const how of ['sent', 'dropped'] as const) {
      const ids = list(news?.[how])
      for (const id of ids) this.#gone.add(id)
      this.#done(ids, how)
    }
    if (this.#isElected) for (const id of list(news?.added)) this.#wanted.add(id)
    if (news?.cleared) {
      this.#fate = 'dropped'
      this.#wantsAll = true
      this.#isDoubtful = false
    }
    this.#work()
  }

  #done(ids: readonly string[], how: Fate): void {
    const known = ids.filter((id) => this.#known.delete(id))
    const surprising = known.filter((id) => typeof this.#changes.get(id) !== 'string')
    for (const id of known) this.#changes.delete(id)
    if (surprising.length) this.#host.onDone?.(surprising, how)
  }

  // -------------------------------------------------------------- what the host is told

  #leadFromMemory(): void {
    if (this.#leads || !this.#isElected) return
    this.#leads = true
    this.#host.onLead?.([])
  }

  #report(message: string, cause?: unknown): void {
    this.#host.onError?.(new SocketError('STORE', message, { cause }))
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
    this.#tell('The store cannot be used. Messages are kept in memory. See the cause.', error)
    this.#end()
    this.#isElected = this.#isStanding
    this.#leadFromMemory()
  }

  #end(): void {
    const rows = this.#rows
    this.#life = 'ended'
    this.#rows = undefined
    this.#changes.clear()
    this.#known.clear()
    this.#host.clock.clearTimeout(this.#retry)
    this.#vote?.stop()
    this.#vote = undefined
    rows?.close()
  }
}

type Told = Pick<QueueStoreHost, 'clock' | 'identity'> & Partial<QueueStoreHost>
type Writable<T> = { -readonly [key in keyof T]: T[key] }
type Fate = 'sent' | 'dropped'
type Change = Row | Fate

/** Reads a row of any version that was ever written. */
function upToDate(row: any): Writable<StoredMessage> {
  if (row instanceof Error) throw row
  const { version, ...message } = row
  if (version !== 1 || typeof message.id !== 'string') throw new TypeError('It is no message of version 1.')
  return message
}

function asData(value: unknown): WireData {
  if (typeof value !== 'string' && !isBinary(value)) throw new TypeError('It holds neither text nor binary.')
  return value
}

/** What another page said, if it is what was expected. */
const list = (value: unknown): readonly string[] => (Array.isArray(value) ? value : [])
