// What the state of a subscription says, and when a channel is asked for again.
import { describe, expect, it } from 'vitest'
import { at, brief, channelRig, openChannels, states } from './support'

const ignore = () => {}

describe('the state', () => {
  it('follows the connection', async () => {
    const t = channelRig()
    const a = t.channels.subscribe('a', ignore)
    const told = states(a)
    expect(a.state.get()).toEqual({ status: 'waiting' })
    await t.open()
    expect(a.state.get()).toEqual({ status: 'subscribing' })
    await t.accept('a')
    t.server.latest.die()
    await t.settle()
    expect([t.status(), brief(a.state.get())]).toEqual(['waiting', 'waiting'])
    expect(told).toEqual(['subscribing', 'subscribed, recovered: false', 'waiting'])
  })

  it('is the same object until it changes', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a', ignore)
    for (const step of [() => t.settle(), () => t.accept('a'), () => t.reject('a')]) {
      await step()
      const before = a.state.get()
      await t.publish('a', at(0))
      t.channels.subscribe('b', ignore).unsubscribe()
      expect(a.state.get()).toBe(before)
    }
  })

  it('is told when the connection is lost before `close` is, and when it was the user', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a', ignore)
    await t.accept('a')
    const seen: string[] = []
    t.socket.on('close', () => seen.push(a.state.get().status))
    void t.socket.close()
    await t.settle()
    expect(seen).toEqual(['waiting'])
  })

  it('says `unsubscribed` in the end, and nothing after that', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a', ignore)
    t.channels.subscribe('a', ignore)
    const told = states(a)
    a.unsubscribe()
    await t.accept('a')
    t.server.latest.die()
    await t.settle()
    expect([told, brief(a.state.get())]).toEqual([['unsubscribed'], 'unsubscribed'])
  })
})

describe('a refusal', () => {
  it('is told with what the server said, and asked about again on the next connection', async () => {
    const t = await openChannels()
    const given: unknown[] = []
    const a = t.channels.subscribe('a', (message) => given.push(message))
    await t.reject('a', 'members only')
    expect(a.state.get()).toMatchObject({
      status: 'rejected',
      error: { name: 'SocketError', code: 'REJECTED', cause: 'members only' },
    })
    expect(a.state.get()).toMatchObject({ error: { message: expect.stringContaining('a') } })
    await t.publish('a', at(1))
    expect(t.told()).toEqual(['+a'])
    await t.breakAndReopen()
    expect(brief(a.state.get())).toBe('subscribing')
    await t.accept('a', at(1))
    await t.publish('a', at(2), 'two')
    expect(given).toEqual(['two'])
  })

  it('is no error of the socket', async () => {
    const t = await openChannels()
    t.channels.subscribe('a', ignore)
    await t.reject('a')
    expect([t.errors, t.reported]).toEqual([[], []])
  })

  it('is not unsubscribed from', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a', ignore)
    await t.reject('a')
    a.unsubscribe()
    expect(t.told()).toEqual(['+a'])
  })

  it('is asked about again when somebody subscribes anew', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a', ignore)
    await t.reject('a')
    t.channels.subscribe('a', ignore)
    expect([t.told(), brief(a.state.get())]).toEqual([['+a', '+a'], 'subscribing'])
    expect(new Set(t.frames().map(({ ref }) => ref)).size).toBe(2)
  })

  it('may come later: the server puts one out', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a', ignore)
    await t.accept('a')
    await t.reject('a', 'misbehaved')
    expect(a.state.get()).toMatchObject({ status: 'rejected', error: { cause: 'misbehaved' } })
  })

  it('on the second connection of a rotation counts once the first is left', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a', ignore)
    await t.accept('a')
    await t.rotate()
    await t.acceptSecond()
    await t.reject('a')
    expect(brief(a.state.get())).toBe('subscribed, recovered: false')
    await t.clock.advance(5_000)
    expect(brief(a.state.get())).toBe('rejected')
  })

  it('on the second connection does not count while the first has not answered', async () => {
    const t = await openChannels()
    await t.rotate()
    const a = t.channels.subscribe('a', ignore)
    await t.acceptSecond()
    await t.reject('a')
    expect(brief(a.state.get())).toBe('subscribing')
  })

  it('on the first connection does not count where the second was asked', async () => {
    const t = await openChannels()
    await t.rotate()
    const a = t.channels.subscribe('a', ignore)
    await t.acceptSecond()
    await t.reject('a', 'no', t.connection(0))
    expect(brief(a.state.get())).toBe('subscribing')
    await t.clock.advance(5_000)
    expect(brief(a.state.get())).toBe('subscribing')
    await t.accept('a')
    expect(brief(a.state.get())).toBe('subscribed, recovered: false')
  })
})

describe('a subscription that breaks off', () => {
  const ends = (t: Awaited<ReturnType<typeof openChannels>>) =>
    t.says({ type: 'ended', channel: 'a', reason: 'crash' })

  it('is asked for again after 1, 2, 5, and then 10 s, with a ref of its own', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a', ignore)
    for (const [tries, delay] of [1_000, 2_000, 5_000, 10_000, 10_000].entries()) {
      await ends(t)
      expect(brief(a.state.get())).toBe('waiting')
      await t.clock.advance(delay - 1)
      expect(t.told()).toHaveLength(tries + 1)
      await t.clock.advance(1)
      expect([t.told().length, brief(a.state.get())]).toEqual([tries + 2, 'subscribing'])
    }
    expect(new Set(t.frames().map(({ ref }) => ref)).size).toBe(6)
  })

  it('begins at 1 s again once it was accepted, and asks for what came meanwhile', async () => {
    const t = await openChannels()
    t.channels.subscribe('a', ignore)
    for (const delay of [1_000, 2_000]) {
      await ends(t)
      await t.clock.advance(delay)
    }
    await t.accept('a', at(4))
    await ends(t)
    await t.clock.advance(1_000)
    expect(t.request('a').since).toEqual(at(4))
    expect(t.told()).toHaveLength(4)
  })

  it('breaks off once, however often the server says so', async () => {
    const t = await openChannels()
    t.channels.subscribe('a', ignore)
    await ends(t)
    await ends(t)
    expect(t.clock.timers).toBe(1)
    await t.clock.advance(1_000)
    await ends(t)
    await t.clock.advance(2_000)
    expect([t.told().length, t.clock.timers]).toEqual([3, 0])
  })

  it('is not asked for earlier because somebody else subscribes', async () => {
    const t = await openChannels()
    t.channels.subscribe('a', ignore)
    await ends(t)
    const b = t.channels.subscribe('a', ignore)
    expect([t.told(), brief(b.state.get())]).toEqual([['+a'], 'waiting'])
  })

  it('leaves no timer after unsubscribe() or the end of the connection', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a', ignore)
    await ends(t)
    a.unsubscribe()
    expect(t.clock.timers).toBe(0)
    t.channels.subscribe('a', ignore)
    await ends(t)
    expect(t.clock.timers).toBe(1)
    void t.socket.close()
    await t.settle()
    expect(t.clock.timers).toBe(0)
    await t.open()
    expect(t.told()).toEqual(['+a'])
  })

  it('is asked for at once on the next connection, and once only', async () => {
    const t = await openChannels()
    t.channels.subscribe('a', ignore)
    await ends(t)
    await t.breakAndReopen()
    await t.clock.advance(20_000)
    expect(t.told()).toEqual(['+a'])
  })

  it('on the second connection of a rotation is asked for again there', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a', ignore)
    await t.accept('a')
    await t.rotate()
    await t.acceptSecond()
    await ends(t)
    expect(brief(a.state.get())).toBe('subscribed, recovered: false')
    await t.clock.advance(1_000)
    expect([t.told(t.connection(0)), t.told(t.connection(1))]).toEqual([['+a'], ['+a', '+a']])
  })
})
