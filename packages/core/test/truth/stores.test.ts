// Stores in real browsers: the conformance check, several tabs' worth of sockets, and databases that are taken away.

import { afterEach, describe, expect, it, vi } from 'vitest'
import { indexedDBStore } from '../../src/indexeddb'
import type { QueueStore, StoredMessage } from '../../src/queue/store'
import { storageStore } from '../../src/storage'
import { checkQueueStore } from '../../src/testing'
import type { Clock } from '../../src/types'
import { platform } from '../support/harness'

const missing = globalThis.indexedDB ? undefined : 'there is no IndexedDB'
if (missing) console.log(`Stores in browsers are not tested in ${platform}: ${missing}`)

let names = 0
/** Another one for each test, page and run. */
const newName = () => `test ${Date.now()} ${Math.random()} ${names++}`
const databaseOf = (name: string) => `hawser:["${name}",null]`

const clock: Clock = {
  now: () => Date.now(),
  setTimeout: (fn, delay) => setTimeout(fn, delay),
  clearTimeout: (timer) => clearTimeout(timer as never),
  turn: (fn) => void setTimeout(fn),
}

const eventually = <T>(look: () => T | Promise<T>) => vi.waitFor(look, { timeout: 10_000, interval: 10 })

function message(id: string, data: StoredMessage['data'] = `data of ${id}`): StoredMessage {
  return { id, data, expiresAt: undefined, key: undefined, wasSent: false }
}

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
  vi.unstubAllGlobals()
  // What the prototype has shows again.
  Reflect.deleteProperty(navigator, 'locks')
})

/** One sender of a store: `log` is what it was told, in order. */
function begin(store: QueueStore) {
  const log: string[] = []
  const errors: any[] = []
  const told = (what: string, ids: readonly string[] = []) => log.push([what, ...ids].join(' '))
  const ids = (rows: readonly StoredMessage[]) => rows.map(({ id }) => id)
  const run = store.begin({
    clock,
    identity: undefined,
    kept: [],
    onLead: (rows) => told('lead', ids(rows)),
    onRows: (rows) => told('rows', ids(rows)),
    onFollow: () => told('follow'),
    onDone: (ids, how) => told(how, ids),
    onStored: (ids) => told('stored', ids),
    onError: (error) => {
      errors.push(error)
      told('error')
    },
  })
  run.stand(true)
  stops.push(() => run.stop())
  return {
    run,
    log,
    errors,
    put: (...ids: string[]) => {
      for (const id of ids) run.put(message(id))
    },
    hears: (...expected: string[]) => eventually(() => expect(log).toEqual(expected)),
  }
}

describe.skipIf(missing)('the store in IndexedDB', () => {
  checkQueueStore(() => indexedDBStore(newName()), { test: it })
})

describe.skipIf(missing)('the store in IndexedDB, strictly durable', () => {
  checkQueueStore(() => indexedDBStore(newName(), { durability: 'strict' }), { test: it })
})

describe.skipIf(missing)('the store in localStorage', () => {
  checkQueueStore(() => storageStore(localStorage, newName()), { test: it })
})

describe.skipIf(missing)('B88 two sockets of one store', () => {
  it('one leads and is handed what the other one puts; the other hears that it was sent', async () => {
    const name = newName()
    const a = begin(indexedDBStore(name))
    await a.hears('lead')
    const b = begin(indexedDBStore(name))
    b.put('x', 'y')
    await b.hears('stored x y')
    await a.hears('lead', 'rows x y')
    a.run.remove('x', 'sent')
    await b.hears('stored x y', 'sent x')
    a.run.stop()
    await b.hears('stored x y', 'sent x', 'lead y')
  })

  it('where there are no Web Locks, each leads with rows of its own, and finds them again', async () => {
    Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })
    const name = newName()
    const a = begin(indexedDBStore(name))
    await a.hears('lead')
    const b = begin(indexedDBStore(name))
    await b.hears('lead')
    a.put('x')
    b.put('y')
    await a.hears('lead', 'stored x')
    await b.hears('lead', 'stored y')
    a.run.stop()
    b.run.stop()
    await eventually(async () => {
      const [c, d] = [begin(indexedDBStore(name)), begin(indexedDBStore(name))]
      try {
        await c.hears('lead x')
        await d.hears('lead y')
      } finally {
        c.run.stop()
        d.run.stop()
      }
    })
  })
})

describe.skipIf(missing)('B89 databases that are taken away', () => {
  it('memory takes over where IndexedDB is missing', async () => {
    vi.stubGlobal('indexedDB', undefined)
    const sender = begin(indexedDBStore(newName()))
    await sender.hears('error', 'lead')
    expect(sender.errors[0].code).toBe('STORE')
    sender.put('x')
  })

  it('memory takes over where the database is of a later release', async () => {
    const name = newName()
    const later = indexedDB.open(databaseOf(name), 1_000)
    await new Promise((resolve) => {
      later.onsuccess = resolve
    })
    const sender = begin(indexedDBStore(name))
    await sender.hears('error', 'lead')
    expect(sender.errors[0].cause.name).toBe('VersionError')
    later.result.close()
  })

  it('a database that is deleted meanwhile is opened anew', async () => {
    const name = newName()
    const sender = begin(indexedDBStore(name))
    sender.put('x')
    await eventually(() => expect(sender.log).toContain('stored x'))
    await new Promise((resolve, reject) => {
      const deleted = indexedDB.deleteDatabase(databaseOf(name))
      deleted.onsuccess = resolve
      deleted.onerror = reject
    })
    sender.put('y')
    await eventually(() => expect(sender.log).toContain('stored y'))
    expect(sender.errors).toEqual([])
    sender.run.stop()
    const next = begin(indexedDBStore(name))
    await next.hears('lead y')
  })
})

it.skipIf(missing)(
  'keeps 10 000 messages, and has them back',
  async () => {
    const name = newName()
    const count = 10_000
    const sender = begin(indexedDBStore(name))
    await sender.hears('lead')
    const start = performance.now()
    for (let n = 0; n < count; n += 1) sender.run.put(message(`${n}`))
    const put = performance.now() - start
    await eventually(() => expect(sender.log.at(-1)).toMatch(/ 9999$/))
    const stored = performance.now() - start
    sender.run.stop()
    const next = begin(indexedDBStore(name))
    const again = performance.now()
    await eventually(() => expect(next.log).toHaveLength(1))
    const loaded = performance.now() - again
    expect(next.log).toEqual([`lead ${Array.from({ length: count }, (_, n) => n).join(' ')}`])
    console.log(
      `10 000 messages in ${platform}: put in ${put.toFixed()} ms, stored after ${stored.toFixed()}, loaded after ${loaded.toFixed()}`,
    )
  },
  30_000,
)
