// What a subscriber gets: all that came after the last message that it was given, once and in order, or the word that
// something is missing.
import { describe, expect, it } from 'vitest'
import { heartbeat } from '../../../src'
import type { Position } from '../../../src/channels'
import { at, brief, channelRig, openChannels, states } from './support'

type Options = Parameters<typeof openChannels>[0]
/** A rotation waits for the pong on the first connection, and holds what the second says until then. */
const fenced: Options = { heartbeat: heartbeat() }

/** Subscribed to `a` at `position`, with what it was given and each state that followed. */
async function subscribed(position: unknown = at(0), since?: Position, options: Options = {}) {
  const t = await openChannels(options)
  const given: unknown[] = []
  const a = t.channels.subscribe('a', (message) => given.push(message), since && { since })
  await t.accept('a', position)
  return { ...t, a, given, told: states(a), state: () => brief(a.state.get()) }
}

describe('after a break', () => {
  it('B98 asks for what came after the last message that was handed over, and gets it once and in order', async () => {
    const t = await subscribed()
    await t.stream('a', 1, 3)
    expect(t.request('a').since).toBeUndefined()
    await t.breakAndReopen()
    expect(t.request('a').since).toEqual(at(3))
    await t.accept('a', at(3))
    await t.stream('a', 4, 6)
    expect([t.given, t.state()]).toEqual([[1, 2, 3, 4, 5, 6], 'subscribed, recovered: true'])
  })

  it('B98 also where no message came before: from where the history stood at the subscription', async () => {
    const t = await subscribed(at(41))
    await t.breakAndReopen()
    expect(t.request('a').since).toEqual(at(41))
    await t.accept('a', at(41))
    expect(t.state()).toBe('subscribed, recovered: true')
  })

  it('B98 of a connection that broke before the answer, asks as before', async () => {
    const t = await subscribed()
    await t.stream('a', 1, 2)
    await t.breakAndReopen()
    await t.breakAndReopen()
    expect(t.request('a').since).toEqual(at(2))
  })

  it('B98 goes on behind a message whose function threw: it was handed over', async () => {
    const t = await openChannels()
    t.channels.subscribe('a', () => {
      throw new Error('mine')
    })
    await t.accept('a')
    await t.stream('a', 1, 1)
    await t.breakAndReopen()
    expect(t.request('a').since).toEqual(at(1))
  })

  it('says recovered: false where the history is too short, and goes on from where it stands', async () => {
    const t = await subscribed()
    await t.stream('a', 1, 2)
    await t.breakAndReopen()
    await t.accept('a', at(9))
    await t.stream('a', 10, 11)
    expect([t.given, t.state(), t.a.position]).toEqual([
      [1, 2, 10, 11],
      'subscribed, recovered: false',
      at(11),
    ])
  })

  it('says recovered: false where the server began another history, and follows that', async () => {
    const t = await subscribed()
    await t.stream('a', 1, 5)
    await t.breakAndReopen()
    await t.accept('a', at(2, 'e2'))
    await t.publish('a', at(3, 'e2'), 'three of the other')
    expect([t.given.at(-1), t.state()]).toEqual(['three of the other', 'subscribed, recovered: false'])
    await t.breakAndReopen()
    expect(t.request('a').since).toEqual(at(3, 'e2'))
  })

  it('says recovered: false after each break where the server knows no positions', async () => {
    const t = await subscribed(null)
    for (const message of ['same', 'same']) await t.publish('a', undefined, message)
    expect([t.state(), t.a.position ?? null, t.told]).toEqual(['subscribed, recovered: false', null, []])
    await t.breakAndReopen()
    await t.accept('a', null)
    expect([t.state(), t.given]).toEqual(['subscribed, recovered: false', ['same', 'same']])
  })

  it.each([
    ['with an epoch', at],
    ['without one', (offset: number) => ({ offset })],
  ])(
    'says recovered: false where the server has less than it had before, %s, and follows that',
    async (_, place) => {
      const t = await subscribed(place(0), place(0) as Position)
      for (const n of [1, 2, 3]) await t.publish('a', place(n), n)
      await t.breakAndReopen()
      expect(t.request('a').since).toEqual(place(3))
      await t.accept('a', place(1))
      expect([t.state(), t.a.position]).toEqual(['subscribed, recovered: false', place(1)])
      await t.publish('a', place(2), 'another two')
      expect([t.given, t.told.at(-1)]).toEqual([[1, 2, 3, 'another two'], 'subscribed, recovered: false'])
      await t.breakAndReopen()
      expect(t.request('a').since).toEqual(place(2))
      await t.accept('a', place(2))
      expect(t.state()).toBe('subscribed, recovered: true')
    },
  )

  it('tells each state once', async () => {
    const t = await subscribed()
    await t.breakAndReopen()
    await t.accept('a')
    void t.socket.close()
    await t.settle()
    expect(t.told).toEqual(['waiting', 'subscribing', 'subscribed, recovered: true', 'waiting'])
  })
})

describe('on one connection', () => {
  it('at first, without `since`, says recovered: false', async () => {
    const t = await subscribed(at(7))
    expect([t.state(), t.a.position]).toEqual(['subscribed, recovered: false', at(7)])
  })

  it('gives no message twice', async () => {
    const t = await subscribed()
    for (const n of [1, 2, 2, 1, 3, 2]) await t.publish('a', at(n), n)
    expect([t.given, t.told]).toEqual([[1, 2, 3], []])
    await t.breakAndReopen()
    expect(t.request('a').since).toEqual(at(3))
  })

  it('tells of a gap by a new state, ahead of the message behind it', async () => {
    const t = await openChannels()
    const order: unknown[] = []
    const a = t.channels.subscribe('a', (message) => order.push(message), { since: at(0) })
    await t.accept('a')
    const before = a.state.get()
    a.state.subscribe(() => order.push(brief(a.state.get())))
    await t.publish('a', at(1), 1)
    await t.publish('a', at(4), 4)
    await t.publish('a', at(5), 5)
    await t.publish('a', at(9), 9)
    const gap = 'subscribed, recovered: false'
    expect([brief(before), order]).toEqual(['subscribed, recovered: true', [1, gap, 4, 5, gap, 9]])
  })

  it('follows a history that begins anew in the midst of it, and tells of it', async () => {
    const t = await subscribed(at(0), at(0))
    await t.stream('a', 1, 5)
    await t.publish('a', at(1, 'e2'), 'new')
    await t.publish('a', at(2, 'e2'), 'newer')
    expect([t.given.slice(5), t.told]).toEqual([['new', 'newer'], ['subscribed, recovered: false']])
  })

  it('hands over a message that has no position among others that have, and counts on behind it', async () => {
    const t = await subscribed(at(0), at(0))
    await t.stream('a', 1, 1)
    await t.publish('a', undefined, 'somebody types')
    await t.stream('a', 2, 2)
    expect([t.given, t.told, t.a.position]).toEqual([[1, 'somebody types', 2], [], at(2)])
    await t.publish('a', undefined, 'somebody types')
    await t.breakAndReopen()
    expect(t.request('a').since).toEqual(at(2))
  })

  it.each([null, 5, 'x', {}, { offset: '2', epoch: 'e1' }, { offset: null, epoch: 'e1' }])(
    'takes %j for no position',
    async (position) => {
      const t = await subscribed(at(0), at(0))
      await t.stream('a', 1, 1)
      await t.publish('a', position, 'somebody types')
      await t.stream('a', 2, 2)
      expect([t.given, t.told, t.a.position]).toEqual([[1, 'somebody types', 2], [], at(2)])
      await t.breakAndReopen()
      await t.accept('a', position)
      expect([t.state(), t.a.position]).toEqual(['subscribed, recovered: false', undefined])
      await t.breakAndReopen()
      expect(t.request('a').since).toBeUndefined()
    },
  )

  it('keeps what the server said with its acceptance', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a', () => {})
    await t.accept('a', at(0), undefined, { reply: { topic: 'boats' } })
    expect(a.state.get()).toEqual({ status: 'subscribed', recovered: false, reply: { topic: 'boats' } })
  })
})

describe('since', () => {
  it('goes on where an earlier page was, so that nothing is missing', async () => {
    const t = await subscribed(at(5), at(5))
    expect([t.request('a').since, t.state(), t.a.position]).toEqual([
      at(5),
      'subscribed, recovered: true',
      at(5),
    ])
    await t.stream('a', 6, 7)
    expect([t.given, t.a.position]).toEqual([[6, 7], at(7)])
  })

  it('of who is ahead of the others gives what that one does not have', async () => {
    const t = await openChannels()
    t.channels.subscribe('a', () => {}, { since: at(5) })
    const given: unknown[] = []
    const ahead = t.channels.subscribe('a', (message) => given.push(message), { since: at(7) })
    await t.accept('a', at(5))
    await t.stream('a', 6, 8)
    expect([brief(ahead.state.get()), given]).toEqual(['subscribed, recovered: true', [8]])
  })

  it('of an offset without an epoch counts where the server has none either', async () => {
    const t = await subscribed({ offset: 5 }, { offset: 5 })
    expect(t.state()).toBe('subscribed, recovered: true')
  })

  it('is judged for each subscriber by itself', async () => {
    const t = channelRig()
    const given: Record<string, unknown[]> = { none: [], three: [], five: [], six: [] }
    const join = (name: string, since?: Position) =>
      t.channels.subscribe('a', (message) => given[name]?.push(message), since && { since })
    const all = [join('five', at(5)), join('three', at(3)), join('none'), join('six', at(6))]
    await t.open()
    expect(t.request('a').since).toEqual(at(5))
    await t.accept('a', at(5))
    await t.stream('a', 6, 7)
    expect(all.map(({ state }) => brief(state.get()))).toEqual(
      [true, false, false, true].map((recovered) => `subscribed, recovered: ${recovered}`),
    )
    expect(given).toEqual({ none: [6, 7], three: [6, 7], five: [6, 7], six: [7] })
  })

  it('of one who comes when the channel is subscribed: recovered where nothing lies between', async () => {
    const t = await subscribed()
    await t.stream('a', 1, 5)
    const join = (since?: Position) =>
      brief(t.channels.subscribe('a', () => {}, since && { since }).state.get())
    expect([join(), join(at(4)), join(at(5)), join(at(5, 'e0')), t.told]).toEqual([
      'subscribed, recovered: false',
      'subscribed, recovered: false',
      'subscribed, recovered: true',
      'subscribed, recovered: false',
      [],
    ])
    expect(t.told).toEqual([])
  })
})

describe('in a rotation', () => {
  it('gives what comes on both connections once and in order, and nothing is missing', async () => {
    const t = await subscribed(at(0), undefined, fenced)
    const first = t.server.latest
    await t.stream('a', 1, 2)
    await t.rotate()
    await t.acceptSecond()
    const second = t.server.latest
    expect(t.request('a', second).since).toEqual(at(2))
    await t.stream('a', 3, 4, first)
    await t.accept('a', at(2), second)
    await t.stream('a', 3, 5, second)
    expect([t.given, t.told]).toEqual([[1, 2, 3, 4], []])
    await t.says({ type: 'pong' }, first)
    expect([t.given, t.told]).toEqual([[1, 2, 3, 4, 5], ['subscribed, recovered: true']])
    await t.stream('a', 5, 6, first)
    await t.stream('a', 6, 7, second)
    expect([t.given, t.a.position]).toEqual([[1, 2, 3, 4, 5, 6, 7], at(7)])
    await t.clock.advance(5_000)
    await t.stream('a', 8, 8, second)
    expect([t.given.at(-1), t.server.live, t.told.length]).toEqual([8, 1, 1])
  })

  it('is recovered where the first connection brought what the history of the second no longer has', async () => {
    const t = await subscribed()
    await t.rotate()
    await t.acceptSecond()
    await t.stream('a', 1, 3, t.connection(0))
    await t.accept('a', at(3))
    expect([t.state(), t.told]).toEqual(['subscribed, recovered: true', ['subscribed, recovered: true']])
  })

  it('of the connection that was left only takes what comes next', async () => {
    const t = await subscribed()
    const first = t.server.latest
    await t.rotate()
    await t.acceptSecond()
    await t.accept('a', at(0, 'e2'))
    await t.stream('a', 1, 2, first)
    await t.publish('a', at(1, 'e2'), 'one')
    await t.publish('a', at(3, 'e2'), 'skipped ahead', first)
    await t.publish('a', at(2, 'e2'), 'two', first)
    expect([t.given, t.told]).toEqual([['one', 'two'], ['subscribed, recovered: false']])
  })

  it('an answer of the connection that was left comes too late', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a', () => {})
    const first = t.server.latest
    await t.rotate()
    await t.acceptSecond()
    await t.accept('a', at(5))
    const before = a.state.get()
    await t.accept('a', at(9), first)
    expect(a.state.get()).toBe(before)
    await t.reject('a', 'late', first)
    expect(a.state.get()).toBe(before)
    t.server.latest.die()
    await t.clock.advance(100)
    expect(t.request('a').since).toEqual(at(5))
  })

  it('where the first connection is lost goes on with the second, which was asked already', async () => {
    const t = await subscribed(at(0), undefined, fenced)
    await t.stream('a', 1, 2)
    await t.rotate()
    await t.acceptSecond()
    t.connection(0).die()
    await t.settle()
    expect([t.state(), t.status()]).toEqual(['subscribing', 'open'])
    await t.accept('a', at(2))
    await t.stream('a', 3, 3)
    expect([t.given, t.told]).toEqual([
      [1, 2, 3],
      ['subscribing', 'subscribed, recovered: true'],
    ])
  })

  it('where the first connection is lost after the second took over, only the second counts', async () => {
    const t = await subscribed()
    await t.rotate()
    await t.acceptSecond()
    t.connection(0).die()
    await t.settle()
    expect([t.state(), t.status()]).toEqual(['subscribing', 'open'])
    await t.accept('a', at(0))
    expect(t.told).toEqual(['subscribing', 'subscribed, recovered: true'])
  })

  it('a second connection that fails after it was accepted leaves the subscription of the first', async () => {
    const t = await subscribed(at(0), undefined, fenced)
    const before = t.a.state.get()
    await t.rotate()
    await t.acceptSecond()
    await t.accept('a', at(0))
    t.server.latest.die()
    await t.settle()
    await t.stream('a', 1, 2, t.connection(0))
    expect([t.given, t.a.state.get()]).toEqual([[1, 2], before])
  })

  it('one subscribed meanwhile is subscribed as soon as either connection says so, and misses nothing', async () => {
    const t = await openChannels()
    const first = t.server.latest
    await t.rotate()
    const given: unknown[] = []
    const a = t.channels.subscribe('a', (message) => given.push(message))
    await t.acceptSecond()
    const second = t.server.latest
    await t.accept('a', at(3), first)
    await t.stream('a', 4, 5, first)
    await t.accept('a', at(4), second)
    await t.stream('a', 5, 6, second)
    expect([given, brief(a.state.get())]).toEqual([[4, 5, 6], 'subscribed, recovered: true'])
  })
})
