// What the tests of stores share: storages to store in, and a sender that writes down what its store tells it.

import type { QueueStore, QueueStoreRun, Row, StoredMessage } from '../../../src/queue/store'
import type { StorageLike } from '../../../src/storage'
import { type ManualClock, manualClock } from '../../../src/testing'

export function syncStorage(texts = new Map<string, string>()) {
  return {
    texts,
    getItem: (key: string) => texts.get(key) ?? null,
    setItem: (key: string, value: string) => void texts.set(key, value),
    removeItem: (key: string) => void texts.delete(key),
  } satisfies StorageLike & { texts: unknown }
}

export function asyncStorage(texts = new Map<string, string>()): StorageLike {
  const { getItem, setItem, removeItem } = syncStorage(texts)
  const later = () => new Promise<void>((resolve) => setTimeout(resolve))
  return {
    getItem: (key) => later().then(() => getItem(key)),
    setItem: (key, value) => later().then(() => setItem(key, value)),
    removeItem: (key) => later().then(() => removeItem(key)),
  }
}

export function message(id: string, changes: Partial<StoredMessage> = {}): StoredMessage {
  return { id, data: `data of ${id}`, expiresAt: undefined, key: undefined, wasSent: false, ...changes }
}

export const row = (id: string, changes: Partial<Row> = {}): Row => ({
  version: 1,
  ...message(id),
  ...changes,
})

const ids = (messages: readonly StoredMessage[]) => messages.map(({ id }) => id)

/** A sender: `log` is what its store told it, in order. */
export class Sender {
  readonly clock: ManualClock
  readonly log: string[] = []
  readonly errors: any[] = []
  readonly led: StoredMessage[] = []
  leads = false
  readonly run: QueueStoreRun

  constructor(
    store: QueueStore,
    options: { clock?: ManualClock; identity?: string; kept?: readonly string[]; stands?: boolean } = {},
  ) {
    const { clock = manualClock(), identity, kept = [], stands = true } = options
    this.clock = clock
    const told = (what: string, ids: readonly string[] = []) => this.log.push([what, ...ids].join(' '))
    this.run = store.begin({
      clock,
      identity,
      kept,
      onLead: (rows) => {
        this.leads = true
        this.led.push(...rows)
        told('lead', ids(rows))
      },
      onRows: (rows) => {
        this.led.push(...rows)
        told('rows', ids(rows))
      },
      onFollow: () => {
        this.leads = false
        told('follow')
      },
      onDone: (done, how) => told(how, done),
      onStored: (stored) => told('stored', stored),
      onError: (error) => {
        this.errors.push(error)
        told('error')
      },
    })
    this.run.stand(stands)
  }

  put(...ids: string[]): void {
    for (const id of ids) this.run.put(message(id))
  }
}
