// A WebSocket that comes back: its events, its state, what waits, and its end.
import { describe, expect, it, vi } from 'vitest'
import { offlineQueue, rotation, tokenAuth } from '../../../src'
import type { MemoryConnection } from '../../../src/testing'
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

  it('B101 takes another binary type in the midst of a rotation, for both connections', async () => {
    const { clock, server, socket } = await opened({ rotation: rotation() })
    const made = new Promise((resolve) => {
      socket.hawser.on('state', () => queueMicrotask(() => resolve(undefined)))
    })
    socket.hawser.rotate()
    await made
    expect(server.connections).toHaveLength(2)
    socket.binaryType = 'arraybuffer'
    await clock.advance(0)
    expect(server.connections.map(({ client }) => client.binaryType)).toEqual(['arraybuffer', 'arraybuffer'])
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

  it.each([
    ['error', (connection: MemoryConnection) => connection.die(), ['error', 'close']],
    ['close', (connection: MemoryConnection) => connection.die(), ['error', 'close', 'error', 'close']],
    ['message', (connection: MemoryConnection) => connection.send('last'), ['message', 'close']],
  ] as const)(
    'in a listener of %s: nothing is told twice, and CLOSED with the last',
    async (type, end, types) => {
      const { clock, server, socket, told } = await opened()
      socket[`on${type}`] = () => socket.close()
      end(server.latest)
      await clock.advance(60_000)
      expect(told.slice(1).map(([name]) => name)).toEqual(types)
      const states = told.flatMap(([name, state]) => (name === 'close' ? [state] : []))
      expect(states.slice(0, -1)).toEqual(types.length > 2 ? [0] : [])
      expect([states.at(-1), server.connections.length, clock.timers]).toEqual([3, 1, 0])
    },
  )

  it('in a listener of the close that another attempt has followed at once: its own close is told once', async () => {
    const auth = tokenAuth({ getToken: () => 'secret', attach: 'query' })
    const { clock, server, socket, told } = await opened({ auth, allowInsecure: true })
    socket.onclose = () => socket.close()
    server.latest.close(4401)
    await clock.advance(60_000)
    expect(told.slice(1)).toEqual([
      ['close', 0, 4401, '', true],
      ['error', 3],
      ['close', 3, 1006, '', false],
    ])
    expect([server.live, clock.timers]).toEqual([0, 0])
  })

  it('B11 is final too when it was taken back in between', async () => {
    const { clock, server, socket, told } = await opened()
    socket.close()
    socket.hawser.connect()
    expect(socket.readyState).toBe(0)
    socket.close()
    expect(socket.readyState).toBe(2)
    await clock.advance(60_000)
    // Of the connection, and of the attempt.
    expect(told.slice(1)).toEqual([
      ['close', 3, 1006, '', false],
      ['error', 3],
      ['close', 3, 1006, '', false],
    ])
    expect([socket.readyState, server.live, clock.timers]).toEqual([3, 0, 0])
  })

  it('with a reason alone says 1000', async () => {
    const { clock, server, socket } = await opened()
    socket.close(undefined, 'why')
    await clock.advance(0)
    expect(server.latest.clientClose).toEqual({ code: 1000, reason: 'why' })
  })

  it('counts what came too late until it is open again', async () => {
    const { clock, socket } = await opened()
    socket.close()
    socket.send('late')
    await clock.advance(0)
    expect(socket.bufferedAmount).toBe(4)
    socket.hawser.connect()
    await clock.advance(0)
    expect([socket.readyState, socket.bufferedAmount]).toEqual([1, 0])
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

  it('are not heard any more once their attempt is over', async () => {
    const { clock, Class } = rig({ connectTimeout: 1_000 })
    const answers: ((url: string) => void)[] = []
    const socket = new Class(() => new Promise<string>((resolve) => answers.push(resolve)))
    await clock.advance(1_000 + firstRetry)
    answers[1]?.('ws://memory.test/second')
    await clock.advance(0)
    answers[0]?.('ws://memory.test/first')
    await clock.advance(0)
    expect([socket.readyState, socket.url]).toEqual([1, 'ws://memory.test/second'])
  })

  it('B22 may hang while it is closed', async () => {
    const { clock, Class, server } = rig()
    const abort = vi.fn()
    let answer = (_: string) => {}
    const socket = new Class(({ signal }) => {
      signal.addEventListener('abort', abort)
      return new Promise((resolve) => {
        answer = resolve
      })
    })
    const told = watched(socket)
    socket.close()
    answer(server.url)
    await clock.advance(60_000)
    expect(told.map(([type]) => type)).toEqual(['error', 'close'])
    expect(abort).toHaveBeenCalledOnce()
    expect([socket.url, server.connections.length, clock.timers]).toEqual(['', 0, 0])
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

describe('credentials', () => {
  it('B47 that are signed out end it', async () => {
    const auth = tokenAuth({ getToken: () => null, attach: 'query' })
    const { clock, socket, told } = connect({ auth, allowInsecure: true })
    await clock.advance(60_000)
    expect(told).toEqual([
      ['error', 3],
      ['close', 3, 1006, '', false],
    ])
    expect(socket.hawser.state.get()).toMatchObject({ status: 'closed', cause: { origin: 'auth' } })
  })

  it('that are refused twice end it, until the socket underneath connects again', async () => {
    const auth = tokenAuth({ getToken: () => 'secret', attach: 'query' })
    const { clock, server, socket, told } = await opened({ auth, allowInsecure: true })
    server.latest.close(4401)
    await clock.advance(0)
    server.latest.close(4401)
    await clock.advance(60_000)
    expect(told.slice(1)).toEqual([
      ['close', 0, 4401, '', true],
      ['open', 1],
      ['close', 3, 4401, '', true],
    ])
    expect(socket.hawser.state.get().status).toBe('unauthorized')
    socket.hawser.connect()
    await clock.advance(0)
    expect(socket.readyState).toBe(1)
  })
})

it('without a queue drops what would have to wait, and says so to a callback alone', async () => {
  const { clock, server, socket } = connect({ queue: false })
  const told = vi.fn()
  socket.send('early', told)
  await clock.advance(0)
  socket.send('now', told)
  await clock.advance(0)
  expect(told.mock.calls).toEqual([[thrown('NOT_OPEN')], []])
  expect([server.latest.received, socket.bufferedAmount]).toEqual([['now'], 0])
})
