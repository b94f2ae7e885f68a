// The store over a Storage: whichever write is the last one before a crash, what is left is a legal store.
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { RowChange } from '../../../src/queue/store'
import { queueStore, storageStore } from '../../../src/storage'
import { storageRows } from '../../../src/storage/storage-rows'
import { memoryRows } from '../../../src/testing'
import { patience, sequence } from '../properties/generated'
import { row, Sender, syncStorage } from './support'

afterEach(() => vi.unstubAllGlobals())

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const data = fc.string({ maxLength: 3 })
const change: fc.Arbitrary<RowChange> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ add: fc.tuple(id, data).map(([id, data]) => row(id, { data })) }) },
  { weight: 2, arbitrary: fc.record({ change: fc.tuple(id, data).map(([id, data]) => row(id, { data })) }) },
  { weight: 2, arbitrary: fc.record({ remove: id }) },
  { weight: 1, arbitrary: fc.constant({ clear: true } as const) },
)
const batches = sequence(fc.array(change, { maxLength: 6 }), 12)

/** A storage that crashes, or fails, at the n-th change of it. */
function faulty(texts: Map<string, string>, at: number, how: 'crash' | 'fail' | 'fail after all') {
  const storage = syncStorage(texts)
  let changes = 0
  const faultily = (act: () => void) => {
    const isDue = changes++ === at
    if (how === 'crash' && changes > at) throw new Error('It is over')
    if (!isDue || how === 'fail after all') act()
    if (isDue) throw new Error('The storage is full')
  }
  return {
    ...storage,
    setItem: (key: string, value: string) => faultily(() => storage.setItem(key, value)),
    removeItem: (key: string) => faultily(() => storage.removeItem(key)),
  }
}

const text = (rows: readonly unknown[]) => JSON.stringify(rows)

describe('rows in a storage', () => {
  it(
    'are all of a batch or none of it, wherever a crash comes, and leave nothing else behind',
    async () => {
      await fc.assert(
        fc.asyncProperty(batches, fc.nat(60), async (batches, at) => {
          const texts = new Map<string, string>()
          const model = memoryRows()
          const rows = await storageRows(faulty(texts, at, 'crash'), 'test')
          let [before, after] = ['[]', '[]']
          for (const batch of batches) {
            await model.write(batch)
            ;[before, after] = [after, text(await model.load())]
            if (
              !(await rows.write(batch).then(
                () => true,
                () => false,
              ))
            )
              break
            before = after
          }
          const again = await storageRows(syncStorage(texts), 'test')
          const found = await again.load()
          expect([before, after]).toContain(text(found))
          expect(texts.size).toBeLessThanOrEqual(found.length + 1)
        }),
        { numRuns: 500 },
      )
    },
    patience,
  )

  it.each(['fail', 'fail after all'] as const)(
    'are as they were after a write had to %s, and as they should be when it is tried again',
    async (how) => {
      await fc.assert(
        fc.asyncProperty(batches, fc.nat(40), async (batches, at) => {
          const texts = new Map<string, string>()
          const model = memoryRows()
          const rows = await storageRows(faulty(texts, at, how), 'test')
          for (const batch of batches) {
            const before = text(await rows.load())
            if (
              !(await rows.write(batch).then(
                () => true,
                () => false,
              ))
            ) {
              expect(text(await rows.load())).toBe(before)
              await rows.write(batch)
            }
            await model.write(batch)
            expect(text(await rows.load())).toBe(text(await model.load()))
          }
          const again = await storageRows(syncStorage(texts), 'test')
          expect(text(await again.load())).toBe(text(await model.load()))
        }),
        { numRuns: 500 },
      )
    },
    patience,
  )

  it('are not written over by what follows a write whose answer was lost', async () => {
    const texts = new Map<string, string>()
    const storage = syncStorage(texts)
    let fails = (_key: string) => false
    const rows = await storageRows(
      {
        ...storage,
        setItem(key, value) {
          storage.setItem(key, value)
          if (fails(key)) throw new Error('It is over')
        },
        removeItem() {},
      },
      'test',
    )
    fails = (key) => key === 'test'
    await expect(rows.write([{ add: row('a') }])).rejects.toThrow()
    fails = (key) => key !== 'test'
    await expect(rows.write([{ add: row('b') }])).rejects.toThrow()
    const again = await storageRows(storage, 'test')
    expect(await again.load()).toEqual([row('a')])
  })

  it('of another release are left where they are: memory leads', async () => {
    const texts = new Map([['hawser:["chat",null]', '{"version":7}']])
    const sender = new Sender(storageStore(syncStorage(texts), 'chat'))
    await vi.waitFor(async () => {
      await sender.clock.advance(0)
      expect(sender.log).toEqual(['error', 'lead'])
    })
    expect([...texts.values()]).toEqual(['{"version":7}'])
  })

  it('that were spoilt are set aside, and the others led', async () => {
    const texts = new Map<string, string>()
    const rows = await storageRows(syncStorage(texts), 'hawser:["chat",null]')
    await rows.write([{ add: row('a') }, { add: row('b') }])
    texts.set('hawser:["chat",null]:0', 'spoilt')
    const sender = new Sender(storageStore(syncStorage(texts), 'chat'))
    await vi.waitFor(async () => {
      await sender.clock.advance(0)
      expect(sender.log).toEqual(['error', 'lead b'])
    })
    expect(texts.get('hawser:["chat",null]:0')).toBe('spoilt')
  })
})

describe('rows of one tab', () => {
  const partitions = new Set<string>()
  const store = () =>
    queueStore({
      name: 'own',
      open(partition) {
        partitions.add(partition)
        return memoryRows()
      },
    })

  it('have a partition for each socket that is in use, and the first free one for the next', async () => {
    partitions.clear()
    const senders = [new Sender(store()), new Sender(store())]
    for (const { clock } of senders) await clock.advance(0)
    expect([...partitions]).toEqual(['["own",null]', '["own",null]#1'])
    senders[0]?.run.stop()
    await senders[0]?.clock.advance(0)
    partitions.clear()
    const next = new Sender(store())
    await next.clock.advance(0)
    expect([...partitions]).toEqual(['["own",null]'])
    for (const sender of [...senders, next]) sender.run.stop()
  })

  it('are found again by the tab’s id in sessionStorage', async () => {
    vi.stubGlobal('sessionStorage', syncStorage())
    partitions.clear()
    for (let reload = 0; reload < 2; reload += 1) {
      const sender = new Sender(store())
      await sender.clock.advance(0)
      sender.run.stop()
      await sender.clock.advance(0)
    }
    expect([...partitions]).toEqual([expect.stringMatching(/^\["own",null\]@\w+$/)])
  })

  it('are free again where they could not be opened', async () => {
    const open = vi.fn(() => Promise.reject(new Error('no')))
    for (let time = 0; time < 2; time += 1) {
      const sender = new Sender(queueStore({ name: 'closed', open }))
      await sender.clock.advance(0)
      sender.run.stop()
    }
    expect(open.mock.calls).toEqual([['["closed",null]'], ['["closed",null]']])
  })
})

describe('options', () => {
  const storage = syncStorage()
  const thrown = (make: () => unknown) =>
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))

  it('that make no sense are refused by name', () => {
    for (const odd of [{}, null, undefined]) thrown(() => storageStore(odd as never, 'chat'))
    thrown(() => storageStore(storage, undefined as never))
    thrown(() => storageStore(storage, 7 as never))
    thrown(() => storageStore(storage, 'chat', { encode: (data) => data }))
    thrown(() => storageStore(storage, 'chat', { decode: 'none' as never }))
    thrown(() => queueStore({ name: 'chat' } as never))
    thrown(() => queueStore({ open: () => memoryRows() } as never))
    thrown(() => queueStore({ name: 'chat', open: () => memoryRows(), odd: 1 } as never))
  })
})
