// A WebSocket that comes back: its events, its state, what waits, and its end.
import { describe, expect, it, vi } from 'vitest'
import { offlineQueue, rotation } from '../../../src'
import { thrown } from '../support'
import { connect, firstRetry, opened, rig, watched } from './support'

describe('a connection that is lost', () => {
  it('is told with its true code, and made again', async () => {
    const { clock, server, told, socket } = await opened()
    server.latest.close(1012, 'restart')
    await clock.advance(0)
    expect(socket.readyState).toBe(0)
    server.latest.die()
    await clock.advance(firstRetry)
    server.latest.die()
    await clock.advance(0)
    expect(told).toEqual([
      ['open', 1],
      ['close', 0, 1012, 'restart', true],
      ['open', 1],
      ['error', 0],
      ['close', 0, 1006, '', false],
    ])
  })

  it('B16 tells of each attempt that fails', async () => {
    const { clock, server, told } = connect({ server: { mode: 'refuse' }, retryDelay: () => 1_000 })
    await clock.advance(1_000)
    server.mode = 'accept'
    await clock.advance(1_000)
    const failure = [
      ['error', 0],
      ['close', 0, 1006, '', false],
    ]
    expect(told).toEqual([...failure, ...failure, ['open', 1]])
  })

  it('ends where the code says so, and where the retries are used up', async () => {
    const { clock, server, told, socket } = await opened()
    server.latest.close(1000, 'done')
    await clock.advance(60_000)
    expect(told.slice(1)).toEqual([['close', 3, 1000, 'done', true]])
    expect([socket.readyState, server.connections.length]).toEqual([3, 1])

    const other = connect({ retries: 1, server: { mode: 'refuse' } })
    await other.clock.advance(60_000)
    expect(other.told).toEqual([
      ['error', 0],
      ['close', 0, 1006, '', false],
      ['error', 3],
      ['close', 3, 1006, '', false],
    ])
  })

  it('B101 keeps its binary type, also for the second connection of a rotation', async () => {
    const { clock, server, socket } = await opened({ rotation: rotation() })
    const kinds = () => server.connections.map(({ client }) => client.binaryType)
    expect(kinds()).toEqual(['blob'])
    socket.binaryType = 'arraybuffer'
    expect(kinds()).toEqual(['arraybuffer'])
    server.latest.die()
    await clock.advance(firstRetry)
    expect(kinds().slice(1)).toEqual(['arraybuffer'])
    socket.hawser.rotate()
    await clock.advance(0)
    expect(kinds().slice(1)).toEqual(['arraybuffer', 'arraybuffer'])
  })

  it('tells nothing of a rotation', async () => {
    const { clock, server, told, socket } = await opened({ rotation: rotation() })
    socket.hawser.rotate()
    await clock.advance(10_000)
    socket.send('on the second')
    await clock.advance(0)
    expect(server.connections[1]?.received).toEqual(['on the second'])
    expect(told).toEqual([['open', 1]])
  })
})

describe('what is sent while it is not open', () => {
  it('waits, is counted, and goes out in order', async () => {
    const { clock, server, socket, told } = connect()
    socket.send('é')
    const bytes = new Uint8Array([1, 2])
    socket.send(bytes)
    bytes.fill(0)
    expect(socket.bufferedAmount).toBe(4)
    await clock.advance(0)
    server.latest.die()
    await clock.advance(0)
    socket.send('later')
    expect([socket.readyState, socket.bufferedAmount]).toEqual([0, 5])
    await clock.advance(firstRetry)
    expect(server.connections.map(({ received }) => received)).toEqual([
      ['é', new Uint8Array([1, 2])],
      ['later'],
    ])
    expect(socket.bufferedAmount).toBe(0)
    expect(told.filter(([type]) => type === 'open')).toHaveLength(2)
  })

  it('goes out before what an open listener sends', async () => {
    const { clock, server, socket } = connect()
    socket.onopen = () => socket.send('second')
    socket.send('first')
    await clock.advance(0)
    expect(server.latest.received).toEqual(['first', 'second'])
  })

  it('is dropped at the limits of its queue, which a callback and the socket underneath tell', async () => {
    const { clock, socket } = connect({ queue: offlineQueue({ maxMessages: 1 }) })
    const [told, drops] = [vi.fn(), vi.fn()]
    socket.hawser.on('drop', ({ data, error }) => drops(data, error.code))
    socket.send('one', told)
    socket.send('two', told)
    await clock.advance(0)
    expect(told.mock.calls).toEqual([[thrown('QUEUE_FULL')], []])
    expect(drops.mock.calls).toEqual([['two', 'QUEUE_FULL']])
  })

  it('may be much, since nobody looks at what send() did', async () => {
    const { clock, server, socket } = connect()
    const message = 'x'.repeat(1_000_000)
    for (let i = 0; i < 60; i++) socket.send(message)
    await clock.advance(1_000)
    expect(server.latest.received).toHaveLength(60)
  })
})

describe('close()', () => {
  it('is final: it says goodbye, and tells so last', async () => {
    const { clock, server, socket, told } = await opened()
    socket.close(4001, 'bye')
    expect([socket.readyState, told]).toEqual([2, [['open', 1]]])
    await clock.advance(60_000)
    expect(told.slice(1)).toEqual([['close', 3, 4001, 'bye', true]])
    expect([server.connections.length, server.live, clock.timers]).toEqual([1, 0, 0])
  })

  it('B11 ends a wait for the next attempt, with a close of its own', async () => {
    const { clock, server, socket, told } = await opened()
    server.latest.die()
    await clock.advance(0)
    told.length = 0
    socket.close()
    expect([socket.readyState, told]).toEqual([2, []])
    await clock.advance(60_000)
    expect(told).toEqual([
      ['error', 3],
      ['close', 3, 1006, '', false],
    ])
    expect([server.connections.length, clock.timers]).toEqual([1, 0])
  })

  it('B22 ends an attempt, with one close and no open', async () => {
    const { clock, server, socket, told } = connect({ server: { mode: 'ignore' } })
    await clock.advance(0)
    socket.close()
    server.latest.accept()
    await clock.advance(60_000)
    expect(told).toEqual([
      ['error', 3],
      ['close', 3, 1006, '', false],
    ])
    expect([server.connections.length, clock.timers]).toEqual([1, 0])
  })

  it('B29 is done after closeTimeout where nobody answers, and that is no error', async () => {
    const { clock, socket, told } = await opened({ closeTimeout: 700, server: { holdClose: true } })
    socket.close(1000)
    await clock.advance(700)
    expect(told.slice(1)).toEqual([['close', 3, 1006, '', false]])
  })

  it('can be taken back by the socket underneath', async () => {
    const { clock, socket, told } = await opened()
    socket.close()
    await clock.advance(0)
    socket.hawser.connect()
    expect(socket.readyState).toBe(0)
    await clock.advance(0)
    expect(told.map(([type]) => type)).toEqual(['open', 'close', 'open'])
  })
})

describe('a URL and protocols that are functions', () => {
  it('are called at each attempt, and the URL is known from then on', async () => {
    const { clock, server, Class } = rig()
    let calls = 0
    const socket = new Class(
      async () => `ws://memory.test/${calls++}`,
      () => [`v${calls}`],
    )
    expect([socket.url, socket.readyState]).toEqual(['', 0])
    await clock.advance(0)
    expect([socket.url, socket.protocol]).toEqual(['ws://memory.test/0', 'v1'])
    server.latest.die()
    await clock.advance(firstRetry)
    expect([socket.url, socket.protocol]).toEqual(['ws://memory.test/1', 'v2'])
  })

  it('fail an attempt when they throw, reject or give none', async () => {
    const { clock, Class, server } = rig({ retryDelay: () => 1_000 })
    const answers = [
      () => {
        throw new Error('no')
      },
      () => Promise.reject(new Error('no')),
      () => 'ftp://memory.test/',
      () => server.url,
    ]
    const told = watched(new Class(() => answers.shift()?.() ?? ''))
    await clock.advance(3_000)
    expect(told.map(([type]) => type)).toEqual([...Array(3).fill(['error', 'close']).flat(), 'open'])
  })
})
