// The store in IndexedDB where the database misbehaves: full, gone, of another release, without Blobs.
import { forceCloseDatabase, IDBDatabase, IDBFactory, IDBObjectStore, IDBTransaction } from 'fake-indexeddb'
import 'fake-indexeddb/auto'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { indexedDBStore } from '../../../src/indexeddb'
import { message, Sender } from './support'

beforeEach(() => vi.stubGlobal('indexedDB', new IDBFactory()))
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

/** Lets real tasks, and with them the database, come to the point. */
async function until(sender: Sender, ...expected: string[]) {
  await vi.waitFor(async () => {
    await sender.clock.advance(0)
    expect(sender.log).toEqual(expected)
  })
}

it('B90 tells of a full disk, tries again, and stores it then', async () => {
  const sender = new Sender(indexedDBStore('full'))
  await until(sender, 'lead')
  const add = IDBObjectStore.prototype.add
  const put = IDBObjectStore.prototype.put
  const full = () => {
    throw new DOMException('Full.', 'QuotaExceededError')
  }
  IDBObjectStore.prototype.add = full
  IDBObjectStore.prototype.put = full
  try {
    sender.put('a', 'b')
    await until(sender, 'lead', 'error')
    expect(sender.errors[0]).toMatchObject({ code: 'STORE', cause: { name: 'QuotaExceededError' } })
  } finally {
    IDBObjectStore.prototype.add = add
    IDBObjectStore.prototype.put = put
  }
  await sender.clock.advance(1_000)
  await until(sender, 'lead', 'error', 'stored a b')
  sender.run.stop()
})

it('writes all of a batch or none of it', async () => {
  const sender = new Sender(indexedDBStore('whole'))
  await until(sender, 'lead')
  const { add, put } = IDBObjectStore.prototype
  const fails = (act: typeof add) =>
    function (this: IDBObjectStore, value: any, key?: any) {
      if (value.id === 'b') throw new DOMException('Full.', 'QuotaExceededError')
      return act.call(this, value, key)
    }
  IDBObjectStore.prototype.add = fails(add)
  IDBObjectStore.prototype.put = fails(put)
  try {
    sender.put('a', 'b', 'c')
    await until(sender, 'lead', 'error')
    const next = new Sender(indexedDBStore('whole'))
    await until(next, 'lead')
    next.run.stop()
  } finally {
    IDBObjectStore.prototype.add = add
    IDBObjectStore.prototype.put = put
  }
  sender.run.stop()
})

it.each(['asks for the end of each write itself', 'writes all the same where a browser knows no commit'])(
  '%s',
  async (_what) => {
    const { commit } = IDBTransaction.prototype
    const commits = vi.fn(commit)
    const knowsCommit = _what.startsWith('asks')
    IDBTransaction.prototype.commit = (knowsCommit ? commits : undefined) as typeof commit
    const writes = vi.spyOn(IDBDatabase.prototype, 'transaction')
    const written = () => writes.mock.calls.filter(([, mode]) => mode === 'readwrite').length
    try {
      const sender = new Sender(indexedDBStore('commit'))
      sender.put('a', 'b')
      await until(sender, 'lead', 'stored a b')
      // A change and a removal are looked for first: the write ends after the last of them.
      sender.run.put(message('a', { wasSent: true }))
      sender.run.remove('b', 'sent')
      await until(sender, 'lead', 'stored a b', 'stored a')
      sender.run.stop()
      expect(written()).toBe(2)
      expect(commits).toHaveBeenCalledTimes(knowsCommit ? 2 : 0)
      const next = new Sender(indexedDBStore('commit'))
      await until(next, 'lead a')
      expect(next.led).toEqual([message('a', { wasSent: true })])
      next.run.stop()
    } finally {
      IDBTransaction.prototype.commit = commit
    }
  },
)

it('B89 memory takes over where IndexedDB is missing, with one error', async () => {
  vi.stubGlobal('indexedDB', undefined)
  const sender = new Sender(indexedDBStore('missing'))
  sender.put('a')
  await until(sender, 'error', 'lead')
  expect(sender.errors[0].code).toBe('STORE')
})

it('B89 memory takes over where the database is blocked, and keeps what was put once it no longer is', async () => {
  const first = new Sender(indexedDBStore('blocked'))
  first.put('a')
  await until(first, 'lead', 'stored a')
  first.run.stop()
  // Somebody waits to delete it, and somebody else does not let go: meanwhile it cannot be opened.
  const holder = await new Promise<IDBDatabase>((resolve) => {
    const request = indexedDB.open('hawser:["blocked",null]')
    request.onsuccess = () => resolve(request.result)
  })
  const deleted = indexedDB.deleteDatabase('hawser:["blocked",null]')
  await new Promise((resolve) => {
    deleted.onblocked = resolve
  })
  const sender = new Sender(indexedDBStore('blocked'))
  sender.put('b')
  await sender.clock.advance(4_999)
  expect(sender.log).toEqual([])
  await sender.clock.advance(1)
  expect(sender.log).toEqual(['error', 'lead'])
  holder.close()
  await until(sender, 'error', 'lead', 'stored b')
  sender.run.stop()
})

it('opens the database anew when the browser closed it', async () => {
  const opened = vi.spyOn(indexedDB, 'open')
  const sender = new Sender(indexedDBStore('closed'))
  sender.put('a')
  await until(sender, 'lead', 'stored a')
  const request = opened.mock.results[0]?.value as IDBOpenDBRequest
  forceCloseDatabase(request.result as never)
  sender.put('b')
  await until(sender, 'lead', 'stored a', 'stored b')
  expect(opened).toHaveBeenCalledTimes(2)
  sender.run.stop()
})

it('keeps Blobs as buffers where the browser cannot keep Blobs', async () => {
  const { add, put } = IDBObjectStore.prototype
  const picky = (act: typeof add) =>
    function (this: IDBObjectStore, value: any, key?: any) {
      if (value.data instanceof Blob) throw new DOMException('No Blobs.', 'UnknownError')
      return act.call(this, value, key)
    }
  IDBObjectStore.prototype.add = picky(add)
  IDBObjectStore.prototype.put = picky(put)
  try {
    const sender = new Sender(indexedDBStore('blobs'))
    sender.run.put(message('a', { data: new Blob(['blob']) }))
    sender.put('b')
    await until(sender, 'lead', 'stored a b')
    sender.run.stop()
    const next = new Sender(indexedDBStore('blobs'))
    await until(next, 'lead a b')
    expect(new TextDecoder().decode(next.led[0]?.data as ArrayBuffer)).toBe('blob')
    next.run.stop()
  } finally {
    IDBObjectStore.prototype.add = add
    IDBObjectStore.prototype.put = put
  }
})

it('adds what is there already in its place, as after a write whose answer was lost', async () => {
  const store = () => indexedDBStore('again')
  const first = new Sender(store())
  first.put('a', 'b')
  await until(first, 'lead', 'stored a b')
  first.run.stop()
  const second = new Sender(store(), { stands: false })
  second.run.put(message('a', { data: 'anew' }))
  second.put('c')
  await until(second, 'stored a c')
  second.run.stand(true)
  await until(second, 'stored a c', 'lead a b c')
  expect(second.led[0]?.data).toBe('anew')
  second.run.stop()
})

it('names databases by the queue and the identity, so that no two are mixed up', async () => {
  const senders = [
    new Sender(indexedDBStore('a/b'), { identity: 'c' }),
    new Sender(indexedDBStore('a'), { identity: 'b/c' }),
    new Sender(indexedDBStore('a","b'), { identity: 'c' }),
    new Sender(indexedDBStore('a'), { identity: 'b","c' }),
  ]
  for (const sender of senders) await until(sender, 'lead')
  expect(new Set((await indexedDB.databases()).map(({ name }) => name)).size).toBe(4)
  for (const sender of senders) sender.run.stop()
})

it('asks for the durability that was chosen', async () => {
  const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction')
  for (const durability of ['strict', 'relaxed'] as const) {
    transaction.mockClear()
    const sender = new Sender(indexedDBStore(durability, { durability }))
    await until(sender, 'lead')
    expect(transaction.mock.calls.map(([, , options]) => options)).toContainEqual({ durability })
    sender.run.stop()
  }
})

it('refuses options that make no sense', () => {
  const thrown = (make: () => unknown) =>
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  for (const odd of [7, undefined]) thrown(() => indexedDBStore(odd as never))
  thrown(() => indexedDBStore('a', { durability: 'loose' as never }))
  thrown(() => indexedDBStore('a', { encode: (data) => data }))
})
