// What goes on around a page in a real Chromium, as its socket sees it: offline, a dead link, other tabs in front of it.
// What arrives is counted at a real server.

import { expect } from 'vitest'
import type { WaitingState } from '../../src/index'
import type { Rig } from '../support/rig.ts'
import { eventually } from './chromium-page.ts'
import { arrive, arrived, heartbeat, it, life, never, numbered, slack, statuses, waiting } from './fixture.ts'
import type { Logged } from './page-client.ts'

/** Pings on the first connection. */
const pings = (rig: Rig) => rig.connections()[0]?.frames.filter((frame) => frame === 'ping').length ?? 0

life('offline', () => {
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
    await eventually(async () => expect((await tab.seen()).closes).not.toHaveLength(0))
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

life('a link that is half-open', () => {
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
    expect((states.at(-1)?.at ?? Infinity) - seenAt).toBeLessThan(6_000 + slack)
  })
})

life('a hidden page', () => {
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
      expect((again?.at ?? Infinity) - seenAt).toBeLessThan(1_000)
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
    const messages = numbered(10_000, 400)
    const flush = async () => {
      const rig = await start()
      await tab.create(rig.url, { queue: { maxMessages: 10_000, maxBytes: 16_000_000 } })
      await tab.send(...messages)
      const from = Date.now()
      await tab.connect()
      await rig.until('messages', messages.length, 50_000)
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
    // With timers once a second, and a pause at each full buffer, it would be a minute.
    expect(hidden).toBeLessThan(3 * seen + 10_000)
  }, 150_000)
})

life('no connection that is wanted', () => {
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

/** Runs in the page. */
const latency = () => window.client.socket.latency.get()

/** Runs in the page: how many milliseconds three timers take, one after the other. */
async function timers() {
  const from = performance.now()
  for (let i = 0; i < 3; i++) await new Promise((due) => setTimeout(due, 20))
  return performance.now() - from
}
