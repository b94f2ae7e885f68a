// Stores that a real Chromium takes away: over quota, missing, blocked, of a newer release. Memory takes over, one error
// says so, nothing is thrown, and nothing that was accepted is lost while the page lives.

import { expect } from 'vitest'
import { type Browser, eventually, type Tab } from './browser.ts'
import { areGone, arrive, bringers, calm, isConfirmed, it, name, tabs } from './fixture.ts'
import type { Server } from './server.ts'

const numbered = (count: number, size = 0) =>
  Array.from({ length: count }, (_, n) => `${n} `.padEnd(size, 'x'))
/** More than a quota of so many bytes takes. */
const tooMuch = numbered(60, 20_000)
const quota = 200_000

/** For the whole origin, before anything asks how much room there is: Chromium remembers the answer for a while. */
async function limit(browser: Browser, server: Server): Promise<Tab> {
  const tab = await browser.open(server.pageUrl)
  await tab.setQuota(quota)
  return tab
}

/** Resolves when it has told of the store, once. */
const complains = (tab: Tab) => eventually(async () => expect((await tab.seen()).errors).toEqual(['STORE']))
const oneError = { ...calm, errors: ['STORE'] }

tabs('over quota', () => {
  it('B89 memory takes over in the tab that leads', async ({ browser, server, open }) => {
    await limit(browser, server)
    server.shut()
    const tab = await open('a')
    await tab.send(...tooMuch)
    await complains(tab)
    expect((await tab.fates()).every(({ isStored }) => isStored)).toBe(false)
    server.open()
    await arrive(server, ...tooMuch)
    await isConfirmed(tab)
    expect(await tab.seen()).toMatchObject(oneError)
  })

  it('B89 what a tab that does not lead cannot store still goes out', async ({ browser, server, open }) => {
    await limit(browser, server)
    const leader = await open('a')
    await leader.send('first')
    await arrive(server, 'first')
    const tab = await open('b')
    await tab.reaches('open')
    await tab.send(...tooMuch)
    await arrive(server, 'first', ...tooMuch)
    await isConfirmed(tab)
    expect(await tab.seen()).toMatchObject(oneError)
    expect((await leader.seen()).failures).toEqual([])
  })

  it('B90 what could not be written is stored once there is room again, and not said to be before', async ({
    browser,
    server,
    open,
  }) => {
    const limited = await limit(browser, server)
    server.shut()
    const tab = await open('a')
    await tab.send(...tooMuch)
    await complains(tab)
    await limited.setQuota()
    await tab.hasStored()
    await tab.crash()
    server.open()
    await open('b')
    await arrive(server, ...tooMuch)
  })
})

tabs('no database', () => {
  it('B89 without IndexedDB memory takes over', async ({ server, open }) => {
    const prepare = () => {
      Object.defineProperty(window, 'indexedDB', { value: undefined })
    }
    const [tab, other] = [await open('a', { prepare }), await open('b', { prepare })]
    for (const each of [tab, other]) {
      await complains(each)
      await each.send('1', '2')
      await isConfirmed(each)
      expect(await each.seen()).toMatchObject(oneError)
    }
    expect(bringers(server)).toEqual(['a: 1', 'a: 2', 'b: 1', 'b: 2'])
  })

  it('B89 where an IndexedDB throws at every use, memory takes over', async ({ server, open }) => {
    const tab = await open('a', {
      prepare: () => {
        IDBFactory.prototype.open = () => {
          throw new DOMException('The user denied permission to access the database.', 'SecurityError')
        }
      },
    })
    await tab.send('1', '2')
    await arrive(server, '1', '2')
    await isConfirmed(tab)
    expect(await tab.seen()).toMatchObject(oneError)
  })

  it('B89 where a newer release has upgraded the database, memory takes over and its rows are left alone', async ({
    browser,
    server,
    open,
  }) => {
    const newer = await browser.open(server.pageUrl)
    await newer.run((name) => window.desk.occupy(name, 2), name)
    await newer.run(() => window.desk.vacate())
    const tab = await open('a')
    await tab.send('1', '2')
    await arrive(server, '1', '2')
    await isConfirmed(tab)
    expect(await tab.seen()).toMatchObject(oneError)
    await newer.close()
  })

  it('B89, B90 where it is blocked, memory takes over; what still waits is stored once it is free', async ({
    browser,
    server,
    open,
  }) => {
    const other = await browser.open(server.pageUrl)
    await other.run((name) => window.desk.occupy(name, 1), name)
    await other.run((name) => window.desk.condemn(name), name)
    const tab = await open('a')
    await tab.send('1', '2')
    await arrive(server, '1', '2')
    await isConfirmed(tab)
    expect(await tab.seen()).toMatchObject(oneError)
    server.shut()
    await tab.send('3')
    await other.run(() => window.desk.vacate())
    await tab.hasStored()
    await tab.crash()
    server.open()
    const next = await open('b')
    await arrive(server, '1', '2', '3')
    await areGone(next)
    await other.close()
  })
})

tabs('a private window', () => {
  it('B88, B89 its tabs share a store as others do, which those of other windows do not see', async ({
    browser,
    server,
    open,
  }) => {
    const openPrivately = await browser.private()
    server.shut()
    const tab = await open('a', { open: openPrivately })
    await tab.send('1', '2')
    await tab.hasStored()
    await tab.crash()
    server.open()
    const other = await open('b')
    await other.send('other')
    await arrive(server, 'other')
    const next = await open('c', { open: openPrivately })
    await arrive(server, 'other', '1', '2')
    for (const each of [other, next]) expect(await each.seen()).toMatchObject(calm)
  })
})
