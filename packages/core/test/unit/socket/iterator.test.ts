// messages(): an async iterator that holds so many messages and no more.
import { describe, expect, it } from 'vitest'
import { json } from '../../../src'
import { macrotask, openRig, outcome, rig, tape } from './support'

describe('messages()', () => {
  it('gives each message once, in order, to a reader that keeps up', async () => {
    const { clock, server, socket } = await openRig({ codec: json() })
    const got: unknown[] = []
    const done = (async () => {
      for await (const message of socket.messages()) {
        got.push(message)
        if (got.length === 3) break
      }
    })()
    for (const n of [1, 2, 3, 4]) {
      server.latest.send(`${n}`)
      await clock.advance(0)
    }
    await done
    expect(got).toEqual([1, 2, 3])
  })

  it('keeps what comes from the call on, also before next() is called', async () => {
    const { clock, server, socket } = await openRig()
    const iterator = socket.messages()
    server.latest.send('a')
    server.latest.send('b')
    await clock.advance(0)
    expect(await iterator.next()).toEqual({ done: false, value: 'a' })
    expect(await iterator.next()).toEqual({ done: false, value: 'b' })
  })

  it('B102 gives what came before anybody listened', async () => {
    const { clock, server, socket } = await openRig()
    server.latest.send('early')
    await clock.advance(0)
    const iterator = socket.messages()
    expect(await iterator.next()).toEqual({ done: false, value: 'early' })
  })

  it('holds 1 000 by default, then lets the oldest go, which is reported', async () => {
    const { clock, server, socket } = await openRig()
    const errors = tape(socket, 'error')
    const iterator = socket.messages()
    for (let n = 0; n < 1_003; n++) server.latest.send(`${n}`)
    await clock.advance(0)
    expect(errors.length).toBeGreaterThan(0)
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['INBOUND_OVERFLOW']))
    expect(await iterator.next()).toEqual({ done: false, value: '3' })
  })

  it('buffer says how many', async () => {
    const { clock, server, socket } = await openRig()
    const errors = tape(socket, 'error')
    const iterator = socket.messages({ buffer: 2 })
    for (const frame of ['a', 'b', 'c', 'd']) server.latest.send(frame)
    await clock.advance(0)
    expect(errors.length).toBe(2)
    expect((await iterator.next()).value).toBe('c')
    server.latest.send('e')
    await clock.advance(0)
    expect(errors.length).toBe(2)
    expect([(await iterator.next()).value, (await iterator.next()).value]).toEqual(['d', 'e'])
  })

  it('serves several next() calls in order', async () => {
    const { clock, server, socket } = await openRig()
    const iterator = socket.messages({ buffer: 1 })
    const asked = [iterator.next(), iterator.next(), iterator.next()]
    for (const frame of ['a', 'b', 'c']) server.latest.send(frame)
    await clock.advance(0)
    expect((await Promise.all(asked)).map(({ value }) => value)).toEqual(['a', 'b', 'c'])
  })

  it('goes on through a reconnect', async () => {
    const { clock, server, socket } = await openRig({ retryDelay: () => 1 })
    const iterator = socket.messages()
    server.latest.send('before')
    await clock.advance(0)
    server.latest.die()
    await clock.advance(1)
    server.latest.send('after')
    await clock.advance(0)
    expect([(await iterator.next()).value, (await iterator.next()).value]).toEqual(['before', 'after'])
  })

  it('ends with close(), after what it still holds', async () => {
    const { clock, server, socket } = await openRig()
    const iterator = socket.messages()
    server.latest.send('last')
    await clock.advance(0)
    void socket.close()
    await clock.advance(0)
    expect(await iterator.next()).toEqual({ done: false, value: 'last' })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('ends when the socket ends for good by itself, for whoever waits', async () => {
    const { clock, server, socket } = await openRig()
    const next = socket.messages().next()
    server.latest.close(1000)
    await clock.advance(0)
    expect(await next).toEqual({ done: true, value: undefined })
  })

  it('has ended where the socket has', async () => {
    const { socket } = rig()
    await socket.close()
    expect(await socket.messages().next()).toEqual({ done: true, value: undefined })
  })

  it('ends with its signal, before and during', async () => {
    const { clock, server, socket } = await openRig()
    const abort = new AbortController()
    const iterator = socket.messages({ signal: abort.signal })
    const next = iterator.next()
    abort.abort()
    expect(await next).toEqual({ done: true, value: undefined })
    server.latest.send('a')
    await clock.advance(0)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    const late = socket.messages({ signal: abort.signal })
    expect(await late.next()).toEqual({ done: true, value: undefined })
  })

  it('ends with return(), and forgets what it holds', async () => {
    const { clock, server, socket } = await openRig()
    const errors = tape(socket, 'error')
    const iterator = socket.messages({ buffer: 1 })
    server.latest.send('a')
    await clock.advance(0)
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    // It listens no longer: nothing overflows.
    for (let n = 0; n < 10; n++) server.latest.send('b')
    await clock.advance(0)
    expect(errors).toEqual([])
  })

  it('leaves nothing at its signal', async () => {
    const { clock, socket } = await openRig()
    const { signal } = new AbortController()
    let attached = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      attached++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      attached--
      remove(...args)
    }
    await socket.messages({ signal }).return?.()
    const open = socket.messages({ signal })
    void socket.close()
    await clock.advance(0)
    await open.next()
    expect(attached).toBe(0)
  })

  it('two of them get every message each', async () => {
    const { clock, server, socket } = await openRig()
    const iterators = [socket.messages(), socket.messages()]
    server.latest.send('a')
    await clock.advance(0)
    expect(await Promise.all(iterators.map(async (one) => (await one.next()).value))).toEqual(['a', 'a'])
  })

  it('nobody has to wait for next()', async () => {
    const { clock, socket } = await openRig()
    void socket.messages().next()
    void socket.close()
    await clock.advance(0)
    await macrotask()
  })

  it('an idle socket’s waits for the connection', async () => {
    const { clock, server, socket } = rig()
    const next = socket.messages().next()
    expect(await outcome(next)).toBe('pending')
    socket.connect()
    await clock.advance(0)
    server.latest.send('a')
    await clock.advance(0)
    expect((await next).value).toBe('a')
  })

  it.each([[-1], ['many'], [Number.NaN]])('refuses buffer: %s', (buffer) => {
    const { socket } = rig()
    expect(() => socket.messages({ buffer: buffer as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    )
  })
})
