// The life of a page in a real Chromium, as its socket sees it; each test against a real server, and counted there.

import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SocketState, WaitingState } from '../../src/index'
import { type Rig, startRig } from '../support/rig.ts'
import {
  Chromium,
  eventually,
  missing,
  type PageSocketOptions,
  servePage,
  type Tab,
} from './chromium-page.ts'
import type { Logged } from './page-client.ts'

let chromium: Chromium
let server: Awaited<ReturnType<typeof servePage>>

/** Each test has a tab and servers of its own. */
const it = test
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads there which other fixtures this one needs
  .extend('start', async ({}, { onCleanup }) => {
    const rigs: Rig[] = []
    onCleanup(() => {
      for (const rig of rigs) rig.stop()
    })
    return async () => {
      const rig = await startRig()
      rigs.push(rig)
      return rig
    }
  })
  // biome-ignore lint/correctness/noEmptyPattern: as above
  .extend('tab', async ({}, { onCleanup }) => {
    const tab = await chromium.open(server.url)
    onCleanup(() => tab.end())
    return tab
  })
  .extend('connected', ({ start, tab }) => {
    /** A tab whose socket is open. */
    return async (options?: PageSocketOptions) => {
      const rig = await start()
      await tab.create(rig.url, options)
      await tab.connect()
      await tab.reached('open')
      return rig
    }
  })

/** Longer than any test: whoever reconnects nevertheless was not woken by this delay. */
const never = 60_000

/** Milliseconds that a busy machine may add to anything. */
const slack = 1_000

/** What an app would have, only faster: silence is known after 2 s, and a probe takes 2 s where the latency is known. */
const heartbeat = { interval: 1_000, timeout: 1_000 }

/** The messages in all connections, in the order of their connections. */
const arrived = (rig: Rig) =>
  rig.connections().flatMap(({ frames }) => frames.filter((frame) => frame !== 'ping'))

/** Messages that begin with their numbers, of so many characters. */
const numbered = (count: number, size = 0) =>
  Array.from({ length: count }, (_, i) => `${i}:`.padEnd(size, 'x'))

/** Pings on the first connection. */
const pings = (rig: Rig) => rig.connections()[0]?.frames.filter((frame) => frame === 'ping').length ?? 0

/** Resolves when just these have arrived. */
const arrive = (rig: Rig, ...messages: string[]) => eventually(() => expect(arrived(rig)).toEqual(messages))

/** More messages than a network takes in that nobody reads from. */
const many = numbered(1_200, 10_000)
const roomy = { maxMessages: many.length, maxBytes: 2 * many.length * 10_000 }

/** Sends them to a server that does not read, until the buffer of the page is in use. */
async function flushHalf(tab: Tab, rig: Rig): Promise<void> {
  rig.pause()
  await tab.send(...many)
  await eventually(async () => expect(await tab.run(bufferedAmount)).toBeGreaterThan(0))
}

/** Resolves when all of them have arrived, and expects no other. */
/** So many messages fill what a page keeps before it pauses: of those the network may not have heard while it stood still. */
const mostInPage = 10

async function arriveInOrder(rig: Rig): Promise<void> {
  await eventually(() => expect(new Set(rig.numbers().flat()).size).toBe(many.length))
  expect(rig.numbers().flat()).toEqual(many.map((_, i) => i))
}

describe.skipIf(missing)(`the life of a page${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    server = await servePage()
    chromium = await Chromium.launch()
  })

  afterAll(async () => {
    await chromium?.close()
    server?.close()
  })

  describe('a browser that sleeps', () => {
    it('B61 asks once more before it judges, and keeps the connection', async ({ tab, connected }) => {
      const rig = await connected({ heartbeat, retryDelay: never })
      await tab.send('before')
      await arrive(rig, 'before')
      // It falls asleep over a ping, and wakes up long after the pong was due.
      rig.stall('down')
      const { messages } = rig.counts()
      await rig.until('messages', messages + 1)
      await chromium.sleep(3_000)
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
      expect((states.at(-1)?.at ?? Infinity) - awakeAt).toBeLessThan(6_000)
      expect(rig.counts().connections).toBe(2)
    })
  })

  describe('a tab that is frozen and resumed', () => {
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
        expect((states.at(-1)?.at ?? Infinity) - resumedAt).toBeLessThan(6_000)
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

  describe('the back/forward cache', () => {
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

  describe('offline', () => {
    it('B53, B121 for a moment keeps the connection, and what was sent meanwhile', async ({
      tab,
      connected,
    }) => {
      const rig = await connected({ heartbeat: { interval: never, timeout: 5_000 }, retryDelay: never })
      await tab.setOffline(true)
      await eventually(async () => expect(await tab.state()).toMatchObject({ suspect: true }))
      await tab.send('while offline')
      expect(await tab.run(waiting)).toBe(1)
      await tab.setOffline(false)
      await eventually(async () => expect(await tab.state()).toMatchObject({ suspect: false }))
      await arrive(rig, 'while offline')
      expect(await tab.seen()).toMatchObject({ opens: 1, closes: [] })
      expect(rig.counts().connections).toBe(1)
    })

    it('B53, B54 for longer: gives the connection up, tries loopback all the same, and comes back', async ({
      tab,
      connected,
    }) => {
      const rig = await connected({
        heartbeat: { interval: never, timeout: 2_000 },
        whenOffline: 'suspend',
        retryDelay: 300,
      })
      await tab.setOffline(true)
      await eventually(async () => expect((await tab.seen()).closes).toHaveLength(1))
      await tab.send('while offline')
      // Attempts are made, and fail.
      await eventually(async () => expect((await tab.seen()).closes.length).toBeGreaterThan(3))
      const { states, closes } = await tab.seen()
      expect(closes[0]).toMatchObject({ origin: 'heartbeat' })
      expect(statuses(states)).not.toContain('suspended')
      await tab.setOffline(false)
      await tab.reached('open')
      await arrive(rig, 'while offline')
      expect(rig.counts().connections).toBe(2)
    })

    it('B55 makes an attempt within 2 s of online out of a long wait, and keeps the counter', async ({
      tab,
      connected,
    }) => {
      const rig = await connected({ retryDelay: never })
      await tab.setOffline(true)
      rig.reset()
      await tab.reached('waiting')
      const { attempt } = (await tab.state()) as WaitingState
      await tab.setOffline(false)
      await tab.reached('open')
      const { states, events } = await tab.seen()
      const onlineAt = events.find(({ event }) => event === 'online')?.at ?? 0
      const hurried = states.find(
        ({ status, at }) => status === 'waiting' && at >= onlineAt,
      ) as Logged<WaitingState>
      expect(hurried.retryAt - hurried.at).toBeLessThanOrEqual(2_000)
      expect(states.find(({ status, at }) => status === 'connecting' && at >= onlineAt)).toMatchObject({
        attempt,
      })
      expect(rig.counts().handshakes).toBe(2)
    })

    it('B56 gives an attempt up that hangs, and begins anew once online', async ({ start, tab }) => {
      const rig = await start()
      rig.blackHole()
      await tab.create(rig.url, { retryDelay: never, connectTimeout: never })
      await tab.connect()
      await rig.until('accepted', 1)
      rig.blackHole(false)
      await tab.run(() => {
        window.dispatchEvent(new Event('online'))
      })
      await tab.reached('open')
      expect(rig.counts()).toMatchObject({ accepted: 2, handshakes: 1 })
    })
  })

  describe('a link that is half-open', () => {
    it('B67 is replaced within interval and timeout', async ({ tab, connected }) => {
      const rig = await connected({ heartbeat })
      rig.stall()
      const stalledAt = Date.now()
      await eventually(async () => expect((await tab.seen()).closes).toHaveLength(1))
      const [close] = (await tab.seen()).closes
      expect(close).toMatchObject({ origin: 'heartbeat', code: 1006, wasClean: false })
      expect((close?.at ?? Infinity) - stalledAt).toBeLessThan(heartbeat.interval + heartbeat.timeout + slack)
      rig.heal()
      await eventually(async () => expect((await tab.seen()).opens).toBe(2))
      expect(rig.counts().connections).toBe(2)
    })

    it('B59 is suspect once the page is seen again, and replaced within 6 s', async ({ tab, connected }) => {
      // The ping in the rhythm would take 20 s to judge.
      const rig = await connected({ heartbeat: { interval: 500, timeout: 20_000 } })
      const show = await tab.hide()
      // So a probe takes 2 s.
      await eventually(async () => expect(await tab.run(latency)).toBeDefined())
      const { bytesUp } = rig.counts()
      const before = pings(rig)
      rig.stall()
      // A ping that is not answered: silent for longer than the interval.
      await rig.until('bytesUp', bytesUp + 1)
      await show()
      const seenAt = Date.now()
      await eventually(async () => expect(await tab.state()).toMatchObject({ status: 'open', suspect: true }))
      await tab.send('while suspect')
      await eventually(async () => expect((await tab.seen()).closes).toHaveLength(1))
      rig.heal()
      await eventually(async () => expect((await tab.seen()).opens).toBe(2))
      await arrive(rig, 'while suspect')
      const { states, closes } = await tab.seen()
      expect(closes).toMatchObject([{ origin: 'heartbeat', uncertain: { messages: 0 } }])
      // The one in the rhythm, and one probe for all events of the return together.
      expect(pings(rig)).toBe(before + 2)
      expect((states.at(-1)?.at ?? Infinity) - seenAt).toBeLessThan(6_000)
    })
  })

  describe('a hidden page', () => {
    it.for([
      ['keep', 'waiting'],
      ['slow', 'waiting'],
      ['suspend', 'suspended'],
    ] as const)(
      'B57 with whenHidden %s is %s after a drop, and being seen means now',
      async ([whenHidden, status], { tab, connected }) => {
        const rig = await connected({ whenHidden, retryDelay: never })
        const show = await tab.hide()
        rig.reset()
        await tab.reached(status)
        if (status === 'suspended') expect(await tab.state()).toMatchObject({ why: 'hidden' })
        expect(rig.counts().handshakes).toBe(1)
        await show()
        await tab.reached('open')
        expect(rig.counts().handshakes).toBe(2)
        const { states, events } = await tab.seen()
        const seenAt = events.filter(({ event }) => event === 'visible').at(-1)?.at ?? 0
        const again = states.find(({ status, at }) => status === 'connecting' && at >= seenAt)
        expect((again?.at ?? Infinity) - seenAt).toBeLessThan(200)
      },
    )

    it.for([
      ['keep', 'at once', 0, 999],
      ['slow', 'after a second or two', 900, 2_000],
    ] as const)(
      'B57 with whenHidden %s comes back while it is hidden, %s',
      async ([whenHidden, , least, most], { tab, connected }) => {
        const rig = await connected({ whenHidden, retryDelay: 0 })
        await tab.hide()
        rig.reset()
        await eventually(async () => expect((await tab.seen()).opens).toBe(2))
        expect(await tab.run(() => document.hidden)).toBe(true)
        const { states } = await tab.seen()
        const lost = states.find(({ status }) => status === 'waiting') as Logged<WaitingState>
        const again = states.find(({ status, at }) => status === 'connecting' && at >= lost.at)
        expect(lost.retryAt - lost.at).toBeLessThanOrEqual(most)
        expect((again?.at ?? 0) - lost.at).toBeGreaterThanOrEqual(least)
      },
    )

    it('B128 flushes 10 000 waiting messages at a useful rate', async ({ start, tab, annotate }) => {
      const messages = numbered(10_000, 100)
      const flush = async () => {
        const rig = await start()
        await tab.create(rig.url, { queue: { maxMessages: 10_000, maxBytes: 4_000_000 } })
        await tab.send(...messages)
        const from = Date.now()
        await tab.connect()
        await rig.until('messages', messages.length, 20_000)
        const took = Date.now() - from
        expect(arrived(rig)).toEqual(messages)
        await tab.close()
        return took
      }
      const seen = await flush()
      const show = await tab.hide()
      expect(await tab.run(timers)).toBeGreaterThan(1_500)
      const hidden = await flush()
      await show()
      await annotate(`10 000 messages took ${seen} ms seen, and ${hidden} ms hidden`)
      // With timers once a second, and a pause at each full buffer, it would be some 15 s.
      expect(hidden).toBeLessThan(3 * seen + 1_000)
    })
  })

  describe('no connection that is wanted', () => {
    it.for(['before connect()', 'after close()'] as const)(
      'B58 begins nothing %s, whatever happens to page and network',
      async (when, { start, tab }) => {
        const rig = await start()
        await tab.create(rig.url, { heartbeat })
        if (when === 'after close()') {
          await tab.connect()
          await tab.reached('open')
          await tab.close()
        }
        const before = rig.counts().accepted
        await tab.setOffline(true)
        await tab.setOffline(false)
        const show = await tab.hide()
        await (await tab.freeze())()
        await show()
        await (await tab.leave())()
        const expected = when === 'after close()' ? 'closed' : 'idle'
        expect((await tab.state()).status).toBe(expected)
        expect(rig.counts().accepted).toBe(before)
        expect((await tab.seen()).events.map(({ event }) => event)).toEqual(
          expect.arrayContaining([
            'offline',
            'online',
            'hidden',
            'freeze',
            'resume',
            'visible',
            'pagehide of the cache',
            'pageshow of the cache',
          ]),
        )
        await tab.connect()
        await tab.reached('open')
        expect(rig.counts().accepted).toBe(before + 1)
      },
    )

    it('B34 leaves no listener behind after close()', async ({ start, tab }) => {
      const rig = await start()
      const without = await tab.listeners()
      await tab.create(rig.url, { heartbeat })
      expect(await tab.listeners()).toEqual(without)
      for (let cycle = 0; cycle < 3; cycle++) {
        await tab.connect()
        await tab.reached('open')
        expect(await tab.listeners()).toEqual(
          expect.arrayContaining(['document visibilitychange', 'window online', 'window pageshow']),
        )
        await tab.close()
        expect(await tab.listeners()).toEqual(without)
      }
    })
  })
})

/** Runs in the page. */
const latency = () => window.client.socket.latency.get()

/** Runs in the page. */
const bufferedAmount = () => window.client.socket.transport?.bufferedAmount

/** Runs in the page. */
const waiting = () => window.client.socket.queue.get().messages

/** Runs in the page: how many milliseconds three timers take, one after the other. */
async function timers() {
  const from = performance.now()
  for (let i = 0; i < 3; i++) await new Promise((due) => setTimeout(due, 20))
  return performance.now() - from
}

/** Each status once where it stays the same. */
function statuses(states: readonly SocketState[]) {
  return states.map(({ status }) => status).filter((status, i, all) => status !== all[i - 1])
}
