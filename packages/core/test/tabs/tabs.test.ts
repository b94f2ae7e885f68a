// Durable queues in tabs of a real Chromium: what was stored outlives reloads and crashes, one tab sends for all, and
// another takes over from it.

import { expect } from 'vitest'
import type { Tab } from './browser.ts'
import { eventually } from './browser.ts'
import { areGone, arrive, begin, bringers, calm, isConfirmed, it, name, tabs } from './fixture.ts'
import type { Server } from './server.ts'

/** Ids of all that came with this text, in order. */
const idsOf = (server: Server, text: string) =>
  server.arrivals.filter((arrival) => arrival.text === text).map(({ id }) => id)

/** Resolves when so many have come, doubles too. */
const came = (server: Server, count: number) =>
  eventually(() => expect(server.arrivals.length).toBeGreaterThanOrEqual(count))

const rows = (tab: Tab, identity?: string) =>
  tab.run(([name, identity]) => window.desk.rows(name, identity), [name, identity] as const)

tabs('one tab', () => {
  it('B87 sends after a reload what waited before it, in order and with the same ids', async ({
    server,
    open,
  }) => {
    server.shut()
    const tab = await open('a')
    await tab.send('1', '2', '3')
    await tab.hasStored()
    const before = await tab.fates()
    await tab.reload()
    server.open()
    await begin(server, tab, 'b')
    await tab.send('4')
    await arrive(server, '1', '2', '3', '4')
    expect(server.arrivals.slice(0, 3).map(({ id }) => id)).toEqual(before.map(({ id }) => id))
    await areGone(tab)
    expect(await tab.seen()).toMatchObject(calm)
  })

  it('B87 crashes, and the next one sends again what was sent but not confirmed, with the same ids', async ({
    server,
    open,
  }) => {
    server.mute('a')
    const tab = await open('a')
    await tab.reaches('open')
    await tab.send('1', '2', '3')
    await tab.hasStored()
    await came(server, 3)
    await tab.crash()
    const next = await open('b')
    await areGone(next)
    for (const text of ['1', '2', '3']) {
      const [first, again] = idsOf(server, text)
      expect(again).toBe(first)
    }
    expect(server.texts()).toEqual(['1', '2', '3'])
    expect(server.arrivals.slice(3).map(({ tab }) => tab)).toEqual(['b', 'b', 'b'])
    expect(await next.seen()).toMatchObject(calm)
  })

  it('B87 is sent for after the whole browser was killed and started again', async ({
    browser,
    server,
    open,
  }) => {
    server.shut()
    const tab = await open('a')
    await tab.send('1', '2', '3')
    await tab.hasStored()
    await browser.restart()
    server.open()
    const next = await open('b')
    await arrive(server, '1', '2', '3')
    await areGone(next)
    expect(await next.seen()).toMatchObject(calm)
  })
})

tabs('several tabs', () => {
  it('B88 one sends for all, and the receipts of the others are confirmed by what it did', async ({
    server,
    open,
  }) => {
    const leader = await open('a')
    await leader.send('1')
    await arrive(server, '1')
    const others = [await open('b'), await open('c')]
    for (const [index, tab] of others.entries()) {
      await tab.reaches('open')
      await tab.send(`${index + 2}`)
      await isConfirmed(tab)
    }
    expect(bringers(server)).toEqual(['a: 1', 'a: 2', 'a: 3'])
    for (const tab of [leader, ...others]) expect(await tab.seen()).toMatchObject(calm)
  })

  /** What happens to the tab that leads, and brings it back where it can be. */
  const ends = {
    'is closed': async (tab) => tab.close(),
    crashes: async (tab) => tab.crash(),
    'is frozen': async (tab) => tab.freeze(),
    'goes into the back/forward cache': async (tab) => tab.leave(),
    'is reloaded': async (tab) => tab.reload(),
  } satisfies Record<string, (tab: Tab) => Promise<unknown>>

  it.for(Object.keys(ends) as (keyof typeof ends)[])(
    'B88 another one sends when the one that leads %s',
    async (end, { server, open }) => {
      const leader = await open('a')
      await leader.send('1')
      await arrive(server, '1')
      const other = await open('b')
      await other.reaches('open')
      await other.send('2')
      await arrive(server, '1', '2')
      // Sent, and neither confirmed nor gone: the next one has to send them again.
      server.mute('a')
      await leader.send('3')
      await other.send('4')
      await leader.hasStored()
      await came(server, 4)
      await ends[end](leader)
      await other.send('5')
      await arrive(server, '1', '2', '3', '4', '5')
      await isConfirmed(other)
      await areGone(other)
      expect(bringers(server)).toEqual(['a: 1', 'a: 2', 'a: 3', 'a: 4', 'b: 5'])
      expect(server.arrivals.filter(({ isTaken }) => !isTaken).map(({ text }) => text)).toEqual(['3', '4'])
      expect(await other.seen()).toMatchObject(calm)
    },
  )

  it.for(['leads', 'follows'] as const)(
    'B88 a tab that is frozen in the middle of its work holds up no other, where it %s',
    async (role, { server, open }) => {
      const leader = await open('a')
      await leader.send('first')
      await arrive(server, 'first')
      const [follower, other] = [await open('b'), await open('c')]
      await other.reaches('open')
      // Much to remove for the one that leads, and much to write for the one that follows.
      if (role === 'leads') {
        await leader.send(...Array.from({ length: 3_000 }, (_, n) => `${n}`))
        await came(server, 1_000)
        await leader.freeze()
      } else {
        await follower.send(...Array.from({ length: 50 }, () => 'x'.repeat(100_000)))
        await follower.freeze()
      }
      await other.send('last')
      await isConfirmed(other)
      expect(server.texts()).toContain('last')
      const { errors, drops, failures } = await other.seen()
      // Where the freeze met a look at a row that is removed, the store stands still, and memory takes over (B89).
      expect(errors.filter((code: string) => code !== 'STORE')).toEqual([])
      expect([drops, failures]).toEqual([[], []])
    },
  )

  it('B88 what a tab was about to store when it was put away goes out, and nothing overtakes it', async ({
    server,
    open,
  }) => {
    const leader = await open('a')
    await leader.send('first')
    await arrive(server, 'first')
    const away: { tab: Tab; from: string; count: number; back: () => Promise<void> }[] = []
    for (const count of [1, 10, 30, 60, 100, 150]) {
      const from = `b${count}`
      const tab = await open(from)
      await tab.reaches('open')
      await tab.send(...Array.from({ length: count }, (_, n) => `${n} `.padEnd(2_000, 'x')))
      away.push({ tab, from, count, back: await tab[away.length % 2 ? 'freeze' : 'leave']() })
    }
    await areGone(leader)
    for (const { tab, from, count, back } of away) {
      await back()
      // The cache may have let it go: then it is a new page.
      if (!(await tab.run(() => window.desk.from))) continue
      await tab.send('more')
      await isConfirmed(tab)
      const arrivals = server.arrivals.filter((arrival) => arrival.from === from && arrival.isTaken)
      expect(arrivals.map(({ n }) => n)).toEqual(Array.from({ length: count + 1 }, (_, n) => n))
    }
  }, 120_000)

  it.for(['freeze', 'leave'] as const)(
    'B88 one that led and comes back (%s) sends nothing before it leads again',
    async (absence, { server, open }) => {
      const first = await open('a')
      await first.send('1')
      await arrive(server, '1')
      const second = await open('b')
      await second.reaches('open')
      const comeBack = await first[absence]()
      await second.send('2')
      await arrive(server, '1', '2')
      await comeBack()
      if (absence === 'leave') expect(await first.isRestored()).toBe(true)
      await first.send('3')
      await arrive(server, '1', '2', '3')
      await first.reaches('open')
      await first.send('4')
      await isConfirmed(first)
      expect(bringers(server)).toEqual(['a: 1', 'b: 2', 'b: 3', 'b: 4'])
      await second.close()
      await first.send('5')
      await arrive(server, '1', '2', '3', '4', '5')
      expect(bringers(server).at(-1)).toBe('a: 5')
      await areGone(first)
      expect(await first.seen()).toMatchObject(calm)
    },
  )
})

tabs('several users', () => {
  it('B91 what one user left behind is never sent by the tab of another', async ({ server, open }) => {
    server.shut()
    const tab = await open('a', { identity: 'ann' })
    await tab.send('of ann')
    await tab.hasStored()
    await tab.close()
    server.open()
    const other = await open('b', { identity: 'bob' })
    await other.send('of bob')
    await arrive(server, 'of bob')
    await areGone(other, 'bob')
    expect(await rows(other, 'ann')).toHaveLength(1)
    const back = await open('c', { identity: 'ann' })
    await arrive(server, 'of bob', 'of ann')
    expect(server.arrivals.map(({ user, text }) => `${user}: ${text}`)).toEqual([
      'bob: of bob',
      'ann: of ann',
    ])
    expect(await back.seen()).toMatchObject(calm)
  })

  it('B88, B91 signed in as two users in two tabs, each sends its own', async ({ server, open }) => {
    const ann = await open('a', { identity: 'ann' })
    const bob = await open('b', { identity: 'bob' })
    for (let round = 0; round < 5; round++) {
      await ann.send('of ann')
      await bob.send('of bob')
    }
    await Promise.all([isConfirmed(ann), isConfirmed(bob)])
    expect(bringers(server).sort()).toEqual([
      ...Array.from({ length: 5 }, () => 'a: of ann'),
      ...Array.from({ length: 5 }, () => 'b: of bob'),
    ])
    for (const tab of [ann, bob]) expect(await tab.seen()).toMatchObject(calm)
  })

  it('B92 what a user who signed out left behind is cleared with one call, on disk too', async ({
    server,
    open,
  }) => {
    server.shut()
    const tab = await open('a', { identity: 'ann' })
    await tab.send('1', '2')
    await tab.hasStored()
    await tab.close()
    const other = await open('b', { identity: 'bob' })
    expect(await rows(other, 'ann')).toHaveLength(2)
    await other.run(() => window.desk.clear('ann'))
    await areGone(other, 'ann')
    server.open()
    const back = await open('c', { identity: 'ann' })
    await back.send('3')
    await arrive(server, '3')
    for (const tab of [other, back]) expect(await tab.seen()).toMatchObject(calm)
  })

  it('B92 what is cleared in one tab is dropped in all tabs of that user', async ({ server, open }) => {
    server.shut()
    const first = await open('a', { identity: 'ann' })
    const second = await open('b', { identity: 'ann' })
    await first.send('1')
    await second.send('2')
    await Promise.all([first.hasStored(), second.hasStored()])
    await first.run(() => window.desk.clear())
    await eventually(async () => expect(await second.fates()).toMatchObject([{ status: 'dropped' }]))
    expect(await first.fates()).toMatchObject([{ status: 'dropped' }])
    server.open()
    await second.send('3')
    await arrive(server, '3')
    await areGone(second, 'ann')
  })
})
