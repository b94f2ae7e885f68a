// The life of a page in a real Chromium, as its socket sees it: asleep, frozen, in the back/forward cache. What arrives is
// counted at a real server.

import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import type { Rig } from '../support/rig.ts'
import { eventually, type Tab } from './chromium-page.ts'
import { arrive, arrived, heartbeat, it, life, never, numbered, slack, statuses, waiting } from './fixture.ts'

/** More messages than a network takes in that nobody reads from. */
const many = numbered(2_000, 10_000)
const roomy = { maxMessages: many.length, maxBytes: 2 * many.length * 10_000 }

/** Sends them to a server that does not read, until the buffer of the page is in use. */
async function flushHalf(tab: Tab, rig: Rig): Promise<void> {
  rig.pause()
  await tab.send(...many)
  await eventually(async () => expect(await tab.run(bufferedAmount)).toBeGreaterThan(0))
}

/** So many messages fill what a page keeps before it pauses: of those the network may not have heard while it stood still. */
const mostInPage = 10

/** Resolves when all of them have arrived, and expects no other. */
async function arriveInOrder(rig: Rig): Promise<void> {
  await eventually(() => expect(new Set(rig.numbers().flat()).size).toBe(many.length))
  expect(rig.numbers().flat()).toEqual(many.map((_, i) => i))
}

life('a browser that sleeps', () => {
  it('B61 asks once more before it judges, and keeps the connection', async ({
    chromium,
    tab,
    connected,
  }) => {
    const rig = await connected({ heartbeat: { interval: 1_000, timeout: 2_500 }, retryDelay: never })
    await tab.send('before')
    await arrive(rig, 'before')
    // It falls asleep over a ping, and wakes up long after the pong was due.
    rig.stall('down')
    const { messages } = rig.counts()
    await rig.until('messages', messages + 1)
    await chromium.sleep(4_000)
    await rig.until('messages', messages + 2)
    rig.heal()
    // Two more pings: whoever asks again was content with the answer to the last.
    await rig.until('messages', messages + 4)
    await tab.send('after')
    await arrive(rig, 'before', 'after')
    expect(await tab.seen()).toMatchObject({ opens: 1, closes: [] })
    expect(rig.counts()).toMatchObject({ connections: 1, open: 1 })
  })

  it('B59, B61 is open again within 6 s where the link died meanwhile, and what was sent arrives once', async ({
    chromium,
    tab,
    connected,
  }) => {
    const rig = await connected({ heartbeat })
    rig.stall()
    await chromium.sleep(3_000)
    const awakeAt = Date.now()
    await eventually(async () => expect(await tab.state()).toMatchObject({ suspect: true }))
    await tab.send('while suspect')
    await eventually(async () => expect((await tab.seen()).closes).toHaveLength(1))
    rig.heal()
    await eventually(async () => expect((await tab.seen()).opens).toBe(2))
    await arrive(rig, 'while suspect')
    const { states, closes } = await tab.seen()
    expect(closes).toMatchObject([{ origin: 'heartbeat', uncertain: { messages: 0 } }])
    expect((states.at(-1)?.at ?? Infinity) - awakeAt).toBeLessThan(6_000 + slack)
    expect(rig.counts().connections).toBe(2)
  })
})

life('a tab that is frozen and resumed', () => {
  // Chromium 156 itself ends the WebSockets of a frozen page when it resumes: no client can keep the connection.
  it.for(['good', 'half-open'] as const)(
    'B59 is open again within 6 s, by one connection, and nothing is lost, on a link that is %s',
    async (link, { tab, connected }) => {
      const rig = await connected({ heartbeat, retryDelay: never })
      await tab.send('before')
      await arrive(rig, 'before')
      const show = await tab.hide()
      const thaw = await tab.freeze()
      if (link === 'half-open') rig.stall()
      await thaw()
      await eventually(async () => expect((await tab.seen()).closes).toHaveLength(1))
      await tab.send('after')
      rig.heal()
      await show()
      await eventually(async () => expect((await tab.seen()).opens).toBe(2))
      await arrive(rig, 'before', 'after')
      const { states, events } = await tab.seen()
      const resumedAt = events.find(({ event }) => event === 'resume')?.at ?? 0
      expect((states.at(-1)?.at ?? Infinity) - resumedAt).toBeLessThan(6_000 + slack)
      expect(rig.counts()).toMatchObject({ connections: 2, handshakes: 2 })
    },
  )

  it.for(['freeze', 'resume'] as const)(
    'B75 sends nothing twice that was handed over on %s',
    async (event, { tab, connected }) => {
      const rig = await connected({ heartbeat })
      await tab.run((event) => {
        document.addEventListener(event, () => window.client.send([`on ${event}`]))
      }, event)
      const show = await tab.hide()
      await (await tab.freeze())()
      await show()
      await eventually(async () => expect((await tab.seen()).opens).toBe(2))
      await tab.send('after')
      await eventually(() => expect(arrived(rig)).toContain('after'))
      expect(arrived(rig)).toEqual([`on ${event}`, 'after'])
    },
  )

  it('B75 sends nothing twice of a flush that was frozen', async ({ tab, connected }) => {
    const rig = await connected({ queue: roomy })
    const show = await tab.hide()
    await flushHalf(tab, rig)
    const thaw = await tab.freeze()
    const handedOver = many.length - (await tab.run(waiting))
    expect(handedOver).toBeLessThan(many.length)
    rig.resume()
    // The network takes most of it, and the frozen page is not told: what it took must not come again.
    await rig.until('messages', handedOver - mostInPage)
    await thaw()
    await show()
    await eventually(() => expect(rig.numbers().flat()).toContain(many.length - 1))
    const arrived = rig.numbers().flat()
    expect(arrived).toEqual([...new Set(arrived)].sort((a, b) => a - b))
    const { closes } = await tab.seen()
    const uncertain = closes.reduce((sum, close) => sum + close.uncertain.messages, 0)
    expect(many.length - arrived.length).toBeLessThanOrEqual(uncertain)
  })
})

life('the back/forward cache', () => {
  it('B60 closes the transport on the way in, and reconnects once on the way out, with the queue kept', async ({
    tab,
    connected,
  }) => {
    const rig = await connected({ heartbeat, retryDelay: never })
    await tab.run(() => {
      window.addEventListener('pagehide', () => window.client.send(['on pagehide']))
      document.addEventListener('freeze', () => window.client.send(['on freeze']))
      document.addEventListener('resume', () => window.client.send(['on resume']))
    })
    await tab.send('just before')
    const comeBack = await tab.leave()
    await rig.until('closed', 1)
    expect(rig.connections()[0]?.closed).toMatchObject({ code: 1000 })
    await comeBack()
    expect(await tab.notRestored()).toBeNull()
    await eventually(async () => expect((await tab.seen()).opens).toBe(2))
    await arrive(rig, 'just before', 'on pagehide', 'on freeze', 'on resume')
    const { states, closes, events, errors } = await tab.seen()
    expect(events.map(({ event }) => event)).toContain('pagehide of the cache')
    expect(closes).toMatchObject([{ origin: 'page' }])
    expect(statuses(states)).toEqual(['connecting', 'open', 'suspended', 'connecting', 'open'])
    expect(states.find(({ status }) => status === 'suspended')).toMatchObject({ why: 'hidden' })
    expect(errors).toEqual([])
    expect(rig.counts()).toMatchObject({ handshakes: 2, open: 1 })
  })

  it('B60 loses nothing and doubles nothing of a flush that it interrupts', async ({ tab, connected }) => {
    const rig = await connected({ retryDelay: never, queue: roomy })
    await flushHalf(tab, rig)
    const comeBack = await tab.leave()
    rig.resume()
    await comeBack()
    await arriveInOrder(rig)
    // Chromium may keep the end of the buffer, and the close behind it, until the page is back.
    await rig.until('closed', 1)
    expect(rig.connections()[0]).toMatchObject({ closed: { code: 1000 } })
    expect(rig.numbers()[1]?.length).toBeGreaterThan(0)
  })

  it('B60 is left by a waiting socket with an attempt at once', async ({ tab, connected }) => {
    const rig = await connected({ retryDelay: never })
    rig.reset()
    await tab.reached('waiting')
    await tab.send('waits')
    const comeBack = await tab.leave()
    await comeBack()
    await arrive(rig, 'waits')
    expect(rig.counts()).toMatchObject({ handshakes: 2, open: 1 })
  })

  it('B60 is not kept away by a listener for unload or beforeunload', async ({ tab, connected }) => {
    await connected()
    expect(await tab.listeners()).toContain('window pagehide')
    expect((await tab.listeners()).filter((name) => name.includes('unload'))).toEqual([])
    expect(await readFile('dist/hawser.global.js', 'utf8')).not.toContain('unload')
  })
})

/** Runs in the page. */
const bufferedAmount = () => window.client.socket.transport?.bufferedAmount
