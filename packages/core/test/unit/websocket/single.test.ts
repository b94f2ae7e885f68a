// One connection with a native life cycle, for libraries that reconnect by themselves.
import { describe, expect, it, vi } from 'vitest'
import { heartbeat, offlineQueue } from '../../../src'
import type { MemoryConnection } from '../../../src/testing'
import { surroundings } from '../socket/surroundings'
import { connect, opened, type RigOptions } from './support'

const single = (options: RigOptions = {}): RigOptions => ({ reconnect: false, ...options })
const lost = [
  ['error', 3],
  ['close', 3, 1006, '', false],
]
const anHour = 3_600_000

describe('B123 a connection that ends', () => {
  it.each<[string, (connection: MemoryConnection) => void, unknown[][]]>([
    ['dies', (connection) => connection.die(), lost],
    ['dies with an error', (connection) => connection.die({ error: true }), lost],
    [
      'is closed by the server',
      (connection) => connection.close(1012, 'restart'),
      [['close', 3, 1012, 'restart', true]],
    ],
    ['is closed without a code', (connection) => connection.close(), [['close', 3, 1005, '', true]]],
  ])('%s: tells of it once, and is not made again', async (_, end, ends) => {
    const { clock, server, told, socket } = await opened(single())
    end(server.latest)
    await clock.advance(anHour)
    expect(told).toEqual([['open', 1], ...ends])
    expect([server.connections.length, socket.readyState, clock.timers]).toEqual([1, 3, 0])
  })

  it.each(['refuse', 'error-alone', 'close-alone'] as const)(
    'B16 tells of a failed attempt once: %s',
    async (mode) => {
      const { clock, server, told } = connect(single({ server: { mode } }))
      await clock.advance(anHour)
      expect(told).toEqual(lost)
      expect(server.connections).toHaveLength(1)
    },
  )

  it('B27 tells of an end once, though the transport tells twice', async () => {
    const { clock, server, told } = await opened(single())
    const { client } = server.latest
    const { onerror, onclose } = client
    for (const handler of [onerror, onclose, onerror, onclose])
      handler?.({ code: 4000, reason: '', wasClean: true })
    await clock.advance(anHour)
    expect(told.slice(1)).toEqual([['close', 3, 4000, '', true]])
  })

  it('gives an attempt up at connectTimeout', async () => {
    const { clock, server, told } = connect(single({ connectTimeout: 3_000, server: { mode: 'ignore' } }))
    await clock.advance(2_999)
    expect(told).toEqual([])
    await clock.advance(1)
    expect(told).toEqual(lost)
    expect(server.live).toBe(0)
  })

  it('notices that the other end is gone, where nothing says so', async () => {
    const { clock, server, told } = await opened(
      single({ heartbeat: heartbeat({ interval: 25_000, timeout: 10_000 }) }),
    )
    server.latest.stall()
    await clock.advance(anHour)
    expect(told.slice(1)).toEqual(lost)
    expect(server.connections).toHaveLength(1)
  })

  it('makes no other one when the network changes while it connects', async () => {
    const world = surroundings()
    const { clock, server, told } = connect(
      single({ environment: world.environment, server: { mode: 'ignore' } }),
    )
    await clock.advance(5_000)
    world.network.tell('change')
    await clock.advance(1_000)
    expect(server.connections).toHaveLength(1)
    server.latest.accept()
    await clock.advance(0)
    expect(told).toEqual([['open', 1]])
  })

  it('asks whether the other end is there when the network changes while it is open', async () => {
    const world = surroundings()
    const { clock, server } = await opened(single({ environment: world.environment, heartbeat: heartbeat() }))
    world.network.tell('change')
    await clock.advance(0)
    expect(server.latest.received).toEqual(['ping'])
  })

  it('ends with a page that is kept for later, and does not come back with it', async () => {
    const world = surroundings()
    const { clock, server, told } = await opened(single({ environment: world.environment }))
    world.page.tell('leave')
    await clock.advance(0)
    world.page.tell('return')
    await clock.advance(anHour)
    expect(told.slice(1)).toEqual(lost)
    expect(server.connections).toHaveLength(1)
    expect(world.subscriptions()).toBe(0)
  })
})

it('B91 ends when somebody else signs in, whose messages it does not send', async () => {
  let identity = 'ann'
  const { clock, server, socket, told } = await opened(
    single({ queue: offlineQueue({ identity: () => identity }) }),
  )
  identity = 'bob'
  socket.send('as bob')
  await clock.advance(anHour)
  expect(told.slice(1)).toEqual([['close', 3, 1006, '', false]])
  expect([server.live, server.connections.flatMap(({ received }) => received)]).toEqual([0, []])
})

describe('B22 close() while it connects', () => {
  it('fails it, in a later task, and there is no open', async () => {
    const { clock, server, told, socket } = connect(single())
    socket.close(1000, 'changed my mind')
    socket.close()
    expect([socket.readyState, told]).toEqual([2, []])
    await Promise.resolve()
    expect(told).toEqual([])
    await clock.advance(anHour)
    expect(told).toEqual(lost)
    expect([server.live, clock.timers]).toEqual([0, 0])
  })
})

describe('sending', () => {
  it('throws before it is open', () => {
    const { socket } = connect(single())
    expect(() => socket.send('early')).toThrow(expect.objectContaining({ name: 'InvalidStateError' }))
    expect(socket.bufferedAmount).toBe(0)
  })

  it('discards what comes after the goodbye of the other end', async () => {
    const { clock, server, socket } = await opened(single())
    const { client } = server.latest
    // As the native classes do between the close frame and the close event.
    client.readyState = client.CLOSING
    socket.send('too late')
    expect([socket.readyState, socket.bufferedAmount]).toEqual([2, 8])
    server.latest.close(1001)
    await clock.advance(0)
    expect(server.latest.sent).toEqual([])
  })

  it('is paced, in order, without limits; bufferedAmount counts all of it', async () => {
    const { clock, server, socket } = await opened(
      single({ highWaterMark: 10_000, server: { buffered: 'manual' } }),
    )
    const messages = Array.from({ length: 3_000 }, (_, i) => `${i}`.padEnd(1_000, 'x'))
    for (const message of messages) socket.send(message)
    expect(socket.bufferedAmount).toBe(3_000_000)
    expect(server.latest.client.bufferedAmount).toBe(10_000)
    while (server.latest.received.length < messages.length) {
      server.latest.drain()
      await clock.advance(50)
    }
    expect(server.latest.received).toEqual(messages)
    expect(socket.bufferedAmount).toBe(0)
  })

  it('goes before close(), which waits for it', async () => {
    const { clock, server, told, socket } = await opened(
      single({ highWaterMark: 10, server: { buffered: 'manual' } }),
    )
    for (const text of ['0123456789', 'second', 'third']) socket.send(text)
    socket.close()
    expect(socket.readyState).toBe(2)
    socket.send('too late')
    await clock.advance(0)
    expect(server.latest.sent).toEqual(['0123456789'])
    for (const _ of [1, 2, 3]) {
      server.latest.drain()
      await clock.advance(50)
    }
    expect(server.latest.received).toEqual(['0123456789', 'second', 'third'])
    expect(server.latest.clientClose).toEqual({ code: 1005, reason: '' })
    expect(told.slice(1)).toEqual([['close', 3, 1005, '', true]])
    expect(socket.bufferedAmount).toBe('too late'.length)
  })

  it('goes before close() also where the transport has all of it, and takes its time', async () => {
    const { clock, server, told, socket } = await opened(single({ server: { buffered: 'manual' } }))
    socket.send('x'.repeat(1_000_000))
    expect(socket.hawser.queue.get().messages).toBe(0)
    socket.close()
    // More than closeTimeout.
    await clock.advance(10_000)
    expect([socket.readyState, told]).toEqual([2, [['open', 1]]])
    server.latest.drain()
    await clock.advance(1_000)
    expect(server.latest.received).toHaveLength(1)
    expect(told.slice(1)).toEqual([['close', 3, 1005, '', true]])
  })

  it('B29 does not hold close() up for ever', async () => {
    const { clock, server, told, socket } = await opened(
      single({ highWaterMark: 10, server: { buffered: 'manual' } }),
    )
    for (const text of ['0123456789', 'second']) socket.send(text)
    server.latest.stall()
    socket.close()
    await clock.advance(29_000)
    expect(told).toEqual([['open', 1]])
    await clock.advance(4_000)
    expect(told.slice(1)).toEqual([['close', 3, 1006, '', false]])
    expect(clock.timers).toBe(0)
  })

  it('B124 tells a callback when a message was handed over, and why when it was not', async () => {
    const { clock, socket } = await opened(single())
    const told = vi.fn()
    socket.send('one', told)
    socket.send('two', { binary: false }, told)
    socket.close()
    socket.send('three', {}, told)
    await clock.advance(0)
    expect(told.mock.calls).toEqual([[], [], [expect.objectContaining({ code: 'CLOSED' })]])
  })

  it('B124 tells a callback of what will never go, since the connection is gone', async () => {
    const { clock, server, socket } = await opened(
      single({ highWaterMark: 10, server: { buffered: 'manual' } }),
    )
    const told = vi.fn()
    socket.send('0123456789')
    socket.send('second', told)
    const { bufferedAmount } = socket
    server.latest.die()
    await clock.advance(0)
    expect(told.mock.calls).toEqual([[expect.objectContaining({ code: 'CLEARED' })]])
    // It is not kept, and counts as it did: nothing of it left.
    expect([socket.hawser.queue.get().bytes, socket.bufferedAmount]).toEqual([0, bufferedAmount])
  })
})
