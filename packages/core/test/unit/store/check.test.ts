// Every store passes the same check; and the check fails where a store does.
import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import { indexedDBStore } from '../../../src/indexeddb'
import type { QueueStore, RowChange } from '../../../src/queue/store'
import { queueStore, storageStore } from '../../../src/storage'
import { checkQueueStore, memoryRows, memoryStore } from '../../../src/testing'
import { asyncStorage, syncStorage } from './support'

let stores = 0
const name = () => `store ${stores++}`

describe('the memory store', () => {
  checkQueueStore(memoryStore, { test: it })
})

describe('the store over a Storage', () => {
  checkQueueStore(() => storageStore(syncStorage(), name()), { test: it })
})

describe('the store over an async storage', () => {
  checkQueueStore(() => storageStore(asyncStorage(), name()), { test: it })
})

describe('the store in IndexedDB', () => {
  checkQueueStore(() => indexedDBStore(name()), { test: it })
})

describe('a store with encode and decode', () => {
  const flip = async (data: unknown) =>
    typeof data === 'string' ? `~${data}`.replace(/^~~/, '') : (data as ArrayBuffer)
  checkQueueStore(() => indexedDBStore(name(), { encode: flip, decode: flip }), { test: it })
})

describe('checkQueueStore', () => {
  it('names the cases that passed where no test runner is given', async () => {
    const passed = await checkQueueStore(memoryStore)
    expect(passed.length).toBeGreaterThan(10)
  })

  const faulty: Record<string, (change: RowChange) => readonly RowChange[]> = {
    'forgets to remove': (change) => ('remove' in change ? [] : [change]),
    'forgets to change': (change) => ('change' in change ? [] : [change]),
    'changes by adding at the end': (change) =>
      'change' in change ? [{ remove: change.change.id }, { add: change.change }] : [change],
    'forgets to clear': (change) => ('clear' in change ? [] : [change]),
    'loses the key': (change) => ('add' in change ? [{ add: { ...change.add, key: undefined } }] : [change]),
    'loses the version': (change) =>
      'add' in change ? [{ add: { ...change.add, version: undefined as never } }] : [change],
    'makes text of binary': (change) =>
      'add' in change ? [{ add: { ...change.add, data: String(change.add.data) } }] : [change],
  }
  it.each(Object.entries(faulty))('fails for rows whose medium %s', async (_what, spoil) => {
    const make = (): QueueStore => {
      const partitions = new Map<string, ReturnType<typeof memoryRows>>()
      return queueStore({
        name: name(),
        open(partition) {
          const rows = partitions.get(partition) ?? memoryRows()
          partitions.set(partition, rows)
          return { ...rows, write: (changes) => rows.write(changes.flatMap(spoil)) }
        },
      })
    }
    await expect(checkQueueStore(make, { timeout: 300 })).rejects.toThrow(/^A store .+: /)
  })

  it('fails for one partition for all identities', async () => {
    const rows = memoryRows()
    const make = () => queueStore({ name: name(), open: () => rows })
    await expect(checkQueueStore(make, { timeout: 300 })).rejects.toThrow('keeps')
  })
})
