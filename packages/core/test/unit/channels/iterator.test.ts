// A channel as an async iterator, with a bounded buffer.
import { describe, expect, it } from 'vitest'
import { tokenAuth } from '../../../src'
import { outcome } from '../socket/support'
import { at, brief, channelRig, openChannels, states } from './support'

const done = { done: true, value: undefined }

describe('an iterator', () => {
  it('is subscribed from the call on, and gives messages in order', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a')
    await t.accept('a')
    await t.stream('a', 1, 3)
    const read: unknown[] = []
    for await (const message of a) {
      read.push(message)
      if (message === 3) break
    }
    expect([read, t.told(), await a.next()]).toEqual([[1, 2, 3], ['+a', '-a'], done])
  })

  it('waits for the next message', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a')
    await t.accept('a')
    const next = a.next()
    expect(await outcome(next)).toBe('pending')
    await t.stream('a', 1, 1)
    expect(await next).toEqual({ done: false, value: 1 })
  })

  it('goes on over a break as if there had been none', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a')
    await t.accept('a')
    await t.stream('a', 1, 2)
    await t.breakAndReopen()
    expect(t.request('a').since).toEqual(at(2))
    await t.accept('a', at(2))
    await t.stream('a', 3, 3)
    const read = [await a.next(), await a.next(), await a.next()].map(({ value }) => value)
    expect(read).toEqual([1, 2, 3])
  })

  it('that is read too slowly loses the oldest, and says so', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a', { buffer: 2, since: at(0) })
    await t.accept('a')
    const told = states(a)
    await t.stream('a', 1, 2)
    expect(told).toEqual([])
    await t.stream('a', 3, 4)
    expect(told).toEqual(['subscribed, recovered: false', 'subscribed, recovered: false'])
    expect([(await a.next()).value, (await a.next()).value]).toEqual([3, 4])
  })

  it('keeps 1 000 messages where nothing is said of it', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a')
    await t.accept('a')
    for (let n = 1; n <= 1_001; n++)
      t.server.latest.send(JSON.stringify({ type: 'published', channel: 'a', position: at(n), message: n }))
    await t.settle()
    expect((await a.next()).value).toBe(2)
  })

  it('stands where it was read to: what waits is lost with the page', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a')
    expect(a.position).toBeUndefined()
    await t.accept('a', at(4))
    expect(a.position).toEqual(at(4))
    await t.stream('a', 5, 6)
    expect(a.position).toEqual(at(4))
    await t.breakAndReopen()
    await t.accept('a', at(6))
    expect(a.position).toEqual(at(4))
    await a.next()
    expect(a.position).toEqual(at(5))
    await a.next()
    expect(a.position).toEqual(at(6))
  })

  it('throws REJECTED where the server does not let it in, after what was there to read, and is over', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a')
    await t.accept('a')
    await t.stream('a', 1, 1)
    await t.reject('a', 'out')
    expect(await a.next()).toEqual({ done: false, value: 1 })
    await expect(a.next()).rejects.toMatchObject({ code: 'REJECTED', cause: 'out' })
    expect(await a.next()).toEqual(done)
    await t.breakAndReopen()
    expect(t.told()).toEqual([])
  })

  it('throws REJECTED also to who waits already, and owes nobody a catch', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a')
    t.channels.subscribe('b')
    const next = a.next()
    await t.reject('a')
    await t.reject('b')
    expect(await outcome(next)).toBe('REJECTED')
  })

  it.each(['by the user', 'by the server'])('ends when the socket is closed for good %s', async (by) => {
    const t = await openChannels()
    const a = t.channels.subscribe('a')
    await t.accept('a')
    await t.stream('a', 1, 1)
    if (by === 'by the user') void t.socket.close()
    else t.server.latest.close(1002)
    await t.settle()
    expect(t.status()).toBe('closed')
    expect([await a.next(), await a.next()]).toEqual([{ done: false, value: 1 }, done])
    const late = t.channels.subscribe('late')
    expect(await late.next()).toEqual(done)
    await t.open()
    expect(t.told()).toEqual([])
  })

  it('ends where nobody is let in any more', async () => {
    const t = channelRig({
      url: 'wss://memory.test/',
      auth: tokenAuth({ getToken: () => Promise.resolve('t'), attach: 'query' }),
    })
    const a = t.channels.subscribe('a')
    await t.open()
    t.server.latest.close(3000)
    await t.settle()
    t.server.latest.close(3000)
    await t.settle()
    expect([t.status(), await outcome(a.next())]).toEqual(['unauthorized', 'resolved'])
  })

  it('ends by its signal; what waits can still be read', async () => {
    const t = await openChannels()
    const controller = new AbortController()
    const a = t.channels.subscribe('a', { signal: controller.signal })
    await t.accept('a')
    await t.stream('a', 1, 1)
    controller.abort()
    await t.stream('a', 2, 2)
    expect([await a.next(), await a.next()]).toEqual([{ done: false, value: 1 }, done])
    expect(t.told()).toEqual(['+a', '-a'])
  })

  it('ends alone: a function on the same channel goes on', async () => {
    const t = await openChannels()
    const given: unknown[] = []
    const b = t.channels.subscribe('a', (message) => given.push(message))
    const a = t.channels.subscribe('a')
    await t.accept('a')
    await a.return?.()
    await t.stream('a', 1, 1)
    expect([given, brief(b.state.get()), t.told()]).toEqual([[1], 'subscribed, recovered: false', ['+a']])
  })
})
