// The script of the pages: one socket with a durable queue, what it and the page told, and what became of each message.

import { acks, createSocket, json, offlineQueue, type Receipt, type Socket } from '../../src/index'
import { indexedDBStore } from '../../src/indexeddb'
import type { Message } from './server.ts'

/** What travels to the page as JSON. */
export interface DeskOptions {
  readonly url: string
  /** The store's. */
  readonly name: string
  /** Sets the messages of this socket apart from those of all others. */
  readonly from: string
  readonly identity?: string
  /** @default 'acks' */
  readonly confirm?: 'acks' | 'none'
}

/** What became of a message, as its receipt says. */
export interface Fate {
  readonly id: string
  readonly status: Receipt['status']
  readonly isStored: boolean
}

class Desk {
  readonly seen = {
    /** What happened to the page. */
    events: [] as string[],
    /** What the socket complained of: its codes. */
    errors: [] as string[],
    drops: [] as string[],
    /** What was thrown or rejected with nobody to catch it. */
    failures: [] as string[],
  }
  readonly #receipts: Receipt[] = []
  readonly #stored = new Set<number>()
  /** Numbers that the server is to be told of: stored since it was told last. */
  #news: number[] = []
  #occupied: IDBDatabase | undefined
  #options: DeskOptions | undefined
  #socket: Socket<unknown, unknown> | undefined

  constructor() {
    const note = (list: string[], what: unknown) => list.push(String(what))
    addEventListener('error', ({ message }) => note(this.seen.failures, message))
    addEventListener('unhandledrejection', ({ reason }) => note(this.seen.failures, reason))
    for (const event of ['freeze', 'resume']) {
      document.addEventListener(event, () => note(this.seen.events, event))
    }
    addEventListener('pageshow', ({ persisted }) => persisted && note(this.seen.events, 'return'))
  }

  get from(): string | undefined {
    return this.#options?.from
  }

  /** Makes the socket and connects. */
  begin(options: DeskOptions): void {
    const { url, name, identity, confirm = 'acks' } = options
    const socket = createSocket(url, {
      codec: json(),
      retryDelay: () => 20,
      queue: offlineQueue({
        maxMessages: 100_000,
        maxBytes: 1e9,
        store: indexedDBStore(name),
        ...(identity !== undefined && { identity }),
        ...(confirm === 'acks' && { confirm: acks({ isAck: (message) => message.acks }) }),
      }),
    })
    socket.on('error', ({ code }) => this.seen.errors.push(code))
    socket.on('drop', ({ error }) => this.seen.drops.push(error.code))
    socket.connect()
    this.#options = options
    this.#socket = socket
  }

  send(...texts: readonly string[]): void {
    const { from } = this.#options as DeskOptions
    for (const text of texts) {
      const n = this.#receipts.length
      const receipt = (this.#socket as Socket<unknown, unknown>).send({ from, n, text } satisfies Message)
      this.#receipts.push(receipt)
      receipt.stored.then(
        () => this.#isStored(n),
        () => {},
      )
    }
  }

  /** Of all messages, in their order. */
  fates(): Fate[] {
    return this.#receipts.map(({ id, status }, n) => ({ id, status, isStored: this.#stored.has(n) }))
  }

  status(): string | undefined {
    return this.#socket?.state.get().status
  }

  clear(identity?: string): void {
    this.#socket?.queue.clear(identity === undefined ? undefined : { identity })
  }

  /** Ids of the rows that a queue has on disk. */
  async rows(name: string, identity?: string): Promise<string[]> {
    const opened = indexedDB.open(nameOnDisk(name, identity))
    const database = await answerTo(opened)
    try {
      if (!database.objectStoreNames.contains('rows')) return []
      const rows = database.transaction('rows').objectStore('rows')
      return (await answerTo<{ id: string }[]>(rows.getAll())).map(({ id }) => id)
    } finally {
      database.close()
    }
  }

  /** Holds the database of a queue open, as somebody who lets nobody delete or upgrade it. */
  async occupy(name: string, version: number): Promise<void> {
    this.#occupied = await answerTo(indexedDB.open(nameOnDisk(name), version))
  }

  /** Asks for the database to be deleted: whoever opens it waits until that is done. */
  condemn(name: string): void {
    indexedDB.deleteDatabase(nameOnDisk(name))
  }

  vacate(): void {
    this.#occupied?.close()
  }

  /** Tells the server at once what is stored: this page may end at any time. */
  #isStored(n: number): void {
    this.#stored.add(n)
    if (this.#news.push(n) > 1) return
    queueMicrotask(() => {
      const body = JSON.stringify({ from: this.from, stored: this.#news })
      this.#news = []
      if (!navigator.sendBeacon('/stored', body)) fetch('/stored', { method: 'POST', body })
    })
  }
}

declare global {
  interface Window {
    desk: Desk
  }
}

const nameOnDisk = (name: string, identity?: string) => `hawser:${JSON.stringify([name, identity])}`

const answerTo = <T>(request: IDBRequest<T>) =>
  new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

window.desk = new Desk()
