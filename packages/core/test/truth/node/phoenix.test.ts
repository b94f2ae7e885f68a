// Phoenix channels: a server that Phoenix's own client gets on with, and then ours on the same server.
import { type Channel, Socket as PhoenixSocket } from 'phoenix'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createSocket, heartbeat, json } from '../../../src'
import { createChannels, type PhoenixMessage, phoenix, phoenixHeartbeat } from '../../../src/channels'
import { type PhoenixServer, startPhoenixServer } from '../../support/phoenix-server.ts'

let server: PhoenixServer
const ends: (() => unknown)[] = []

beforeEach(async () => {
  server = await startPhoenixServer()
})

afterEach(async () => {
  for (const end of ends.splice(0)) await end()
  await server.close()
})

const until = <T>(look: () => T) => vi.waitFor(look, { timeout: 15_000, interval: 10 })

describe("Phoenix's own client", () => {
  function connect() {
    const socket = new PhoenixSocket(server.url, {
      transport: WebSocket as any,
      // It gives up a connection that has not answered by the next one: a busy machine needs some time.
      heartbeatIntervalMs: 1_000,
      reconnectAfterMs: () => 20,
      rejoinAfterMs: () => 20,
    })
    socket.connect()
    ends.push(() => new Promise<void>((resolve) => socket.disconnect(resolve)))
    return socket
  }
  const join = (channel: Channel) =>
    new Promise<[status: string, response: any]>((resolve) => {
      const push = channel.join()
      for (const status of ['ok', 'error', 'timeout'])
        push.receive(status, (response) => resolve([status, response]))
    })

  it('joins, is refused, pushes, hears broadcasts, and leaves', async () => {
    const socket = connect()
    const room = socket.channel('room:1', {})
    const heard: unknown[] = []
    room.on('shout', (payload) => heard.push(payload))
    expect(await join(room)).toEqual(['ok', { welcome: 'room:1' }])
    const refused = socket.channel('room:2', { token: 'bad' })
    expect(await join(refused)).toEqual(['error', { reason: 'unauthorized' }])
    refused.leave()
    await new Promise((resolve) => room.push('shout', { text: 'hi' }).receive('ok', resolve))
    expect(heard).toEqual([{ text: 'hi' }])
    await new Promise((resolve) => room.leave().receive('ok', resolve))
    server.broadcast('room:1', 'shout', {})
    await until(() => expect(server.joined()).toEqual([[]]))
    expect(heard).toHaveLength(1)
  })

  it('joins again after a crash and after a break, and is answered its heartbeats', async () => {
    const socket = connect()
    let joins = 0
    const room = socket.channel('room:1', {})
    room.join().receive('ok', () => joins++)
    await until(() => expect(joins).toBe(1))
    server.stop('room:1', 'phx_error')
    await until(() => expect(joins).toBe(2))
    server.breakAll()
    await until(() => expect(joins).toBe(3))
    await until(() =>
      expect(server.frames.at(-1)?.filter(([, , topic]) => topic === 'phoenix').length).toBeGreaterThan(2),
    )
    expect(server.frames).toHaveLength(2)
  })
})

describe('ours', () => {
  function connect() {
    const socket = createSocket(`${server.url}/websocket?vsn=2.0.0`, {
      codec: json(),
      heartbeat: heartbeat({ ...phoenixHeartbeat, interval: 50 }),
      retryDelay: () => 20,
      environment: { WebSocket },
    })
    const channels = createChannels(socket, { protocol: phoenix() })
    const messages: unknown[] = []
    const closes: unknown[] = []
    socket.on('message', (message) => messages.push(message))
    socket.on('close', (close) => closes.push(close))
    socket.connect()
    ends.push(() => socket.close())
    return { socket, channels, messages, closes }
  }

  it('joins with its payload, hears what is published and broadcast, and leaves', async () => {
    const { channels, messages } = connect()
    const heard: PhoenixMessage[] = []
    const room = channels.subscribe('room:1', (message) => heard.push(message), {
      payload: { token: 'good' },
    })
    await until(() => {
      expect(room.state.get()).toEqual({
        status: 'subscribed',
        recovered: false,
        reply: { welcome: 'room:1' },
      })
    })
    channels.publish('room:1', { event: 'shout', payload: { text: 'hi' } })
    channels.publish('room:1', { event: 'wave' })
    await until(() => expect(heard).toHaveLength(2))
    expect(heard).toEqual([
      { event: 'shout', payload: { text: 'hi' } },
      { event: 'wave', payload: {} },
    ])
    expect(server.frames[0]?.[0]).toEqual(['1', '1', 'room:1', 'phx_join', { token: 'good' }])
    room.unsubscribe()
    await until(() => expect(server.joined()).toEqual([[]]))
    // Neither the answer to the leave, nor that to a ping, nor the channel's end is the app's; those to what it published are.
    await until(() => expect(messages).toHaveLength(2))
    expect(messages.filter((message) => (message as unknown[])[1] !== null)).toEqual([])
  })

  it('is refused with the reason of the server', async () => {
    const { channels } = connect()
    const room = channels.subscribe('room:1', () => {}, { payload: { token: 'bad' } })
    await until(() => {
      expect(room.state.get()).toMatchObject({
        status: 'rejected',
        error: { code: 'REJECTED', cause: { reason: 'unauthorized' } },
      })
    })
  })

  it('leaves and joins anew on one connection: what is said of the first is not said of the second', async () => {
    const { socket, channels } = connect()
    await socket.opened()
    channels.subscribe('room:1', () => {}).unsubscribe()
    const room = channels.subscribe('room:1', () => {})
    await until(() => expect(room.state.get().status).toBe('subscribed'))
    const pings = () => server.frames[0]?.filter(([, , topic]) => topic === 'phoenix').length ?? 0
    const before = pings()
    await until(() => expect(pings()).toBeGreaterThan(before + 1))
    expect([room.state.get().status, server.joined()]).toEqual(['subscribed', [['room:1']]])
  })

  it('joins again after a break, and a second after a crash, and knows that something may be missing', async () => {
    const { socket, channels, closes } = connect()
    const heard: PhoenixMessage[] = []
    const room = channels.subscribe('room:1', (message) => heard.push(message))
    const told: unknown[] = []
    room.state.subscribe(() => told.push(room.state.get().status))
    await until(() => expect(server.joined()).toEqual([['room:1']]))
    server.breakAll()
    await until(() => expect(server.frames).toHaveLength(2))
    await until(() => expect(room.state.get()).toMatchObject({ status: 'subscribed', recovered: false }))
    server.stop('room:1', 'phx_error')
    await until(() => expect(room.state.get().status).toBe('waiting'))
    await until(() => expect(room.state.get()).toMatchObject({ status: 'subscribed', recovered: false }))
    server.broadcast('room:1', 'shout', 1)
    await until(() => expect(heard).toEqual([{ event: 'shout', payload: 1 }]))
    expect(told.slice(-3)).toEqual(['waiting', 'subscribing', 'subscribed'])
    expect([socket.state.get().status, closes.length]).toEqual(['open', 1])
  })

  it('that is not joined for the moment is not taken for refused because somebody published', async () => {
    const { channels, messages } = connect()
    const room = channels.subscribe('room:1')
    await until(() => expect(room.state.get().status).toBe('subscribed'))
    server.stop('room:1', 'phx_error')
    await until(() => expect(room.state.get().status).toBe('waiting'))
    channels.publish('room:1', { event: 'shout' })
    await until(() => {
      expect(messages).toContainEqual([
        null,
        null,
        'room:1',
        'phx_reply',
        { status: 'error', response: { reason: 'unmatched topic' } },
      ])
    })
    await until(() => expect(room.state.get().status).toBe('subscribed'))
    channels.publish('room:1', { event: 'shout', payload: 1 })
    expect(await room.next()).toEqual({ done: false, value: { event: 'shout', payload: 1 } })
  })

  it('is put out where the server ends the channel', async () => {
    const { channels } = connect()
    const room = channels.subscribe('room:1', () => {})
    await until(() => expect(room.state.get().status).toBe('subscribed'))
    server.stop('room:1', 'phx_close')
    await until(() => expect(room.state.get().status).toBe('rejected'))
  })

  it('is kept alive by its heartbeat, which measures latency', async () => {
    const { socket, closes } = connect()
    await until(() => expect(socket.latency.get()).toBeTypeOf('number'))
    await until(() => expect(server.frames[0]?.length).toBeGreaterThan(5))
    expect(closes).toEqual([])
  })
})
