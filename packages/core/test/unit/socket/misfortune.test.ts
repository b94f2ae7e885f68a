// What careless apps, odd servers and clocks do, and what must not follow from it.
import { describe, expect, it } from 'vitest'
import { createSocket, heartbeat, rotation, tokenAuth } from '../../../src'
import { manualClock, memoryServer } from '../../../src/testing'
import { everything, openRig, outcome, rig, tape } from './support'
import { surroundings } from './surroundings'

const wss = 'wss://memory.test/'

describe('a socket is never mute', () => {
  it('after send() threw for a wrong option, in the very call that found the clock gone on', async () => {
    const { clock, server, socket } = await openRig({ heartbeat: heartbeat() })
    const states = tape(socket, 'state')
    clock.setNow(clock.now() + 3_600_000)
    expect(() => socket.send('x', { ttl: -1 })).toThrow('ttl')
    expect(states).toMatchObject([{ status: 'open', suspect: true }])
    server.latest.die()
    await clock.advance(0)
    expect(states.at(-1)).toMatchObject({ status: 'waiting' })
    const closed = socket.close()
    await clock.advance(2_000)
    expect(await outcome(closed)).toBe('resolved')
  })

  it.each(['heartbeat', 'rotation'] as const)(
    'where a %s of the app’s own cannot begin: that is told, and it is open without',
    async (name) => {
      const { clock, socket, status } = rig({
        [name]: {
          begin() {
            throw new Error('mine')
          },
        },
        onHandshake: async () => {},
      })
      const errors = tape(socket, 'error')
      socket.connect()
      await clock.advance(0)
      expect(errors).toMatchObject([{ code: 'PROVIDER', cause: { message: 'mine' } }])
      expect(status()).toBe('open')
      expect(await outcome(Promise.all([socket.close(), clock.advance(2_000)]))).toBe('resolved')
    },
  )

  it('where isPong answers by a promise: that is told, and the message arrives', async () => {
    const { clock, server, socket } = await openRig({
      heartbeat: heartbeat({ isPong: (async () => true) as never }),
    })
    const messages = tape(socket, 'message')
    const errors = tape(socket, 'error')
    server.latest.send('a')
    await clock.advance(0)
    expect([messages, errors.length]).toEqual([['a'], 1])
  })
})

describe('signed out is what getToken calls null, and nothing else', () => {
  it('B39 not a call that another socket overtook, and then gave up', async () => {
    const calls: { readonly reason: string; readonly resolve: (token: string) => void }[] = []
    const auth = tokenAuth({
      getToken: ({ reason }) => new Promise<string>((resolve) => calls.push({ reason, resolve })),
    })
    const clock = manualClock(1_000_000)
    const server = memoryServer({ clock })
    const [waiting, refused] = [1, 2].map(() =>
      createSocket(wss, {
        auth,
        environment: { WebSocket: server.WebSocket, clock, random: () => 0.5, reportError: () => {} },
      }),
    ) as [ReturnType<typeof createSocket>, ReturnType<typeof createSocket>]
    refused.connect()
    await clock.advance(0)
    calls[0]?.resolve('t1')
    await clock.advance(0)
    waiting.connect()
    await clock.advance(0)
    server.latest.close(4401)
    await clock.advance(0)
    expect(calls.map(({ reason }) => reason)).toEqual(['connect', 'connect', 'rejected'])
    void refused.close()
    await clock.advance(0)
    calls[1]?.resolve('t1')
    calls[2]?.resolve('t2')
    await clock.advance(0)
    expect(waiting.state.get().status).toBe('open')
    expect(server.latest.url).toBe(`${wss}?token=t2`)
  })

  it('not a change of user while a renewal is under way', async () => {
    const calls: { readonly resolve: (token: object) => void; readonly signal: AbortSignal }[] = []
    let user = 'ann'
    const { clock, socket, status } = rig({
      url: wss,
      rotation: rotation(),
      auth: tokenAuth({
        getToken: ({ signal }) => new Promise((resolve) => calls.push({ resolve: resolve as never, signal })),
        identity: () => user,
        renew: 'rotate',
      }),
    })
    socket.connect()
    await clock.advance(0)
    calls[0]?.resolve({ token: 'ann1', expiresAt: clock.now() + 100_000 })
    await clock.advance(88_000)
    expect([status(), calls.length]).toEqual(['open', 2])
    user = 'bob'
    socket.rotate()
    await clock.advance(0)
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([false, true, false])
    calls[1]?.resolve({ token: 'ann2', expiresAt: clock.now() + 100_000 })
    await clock.advance(0)
    expect(status()).toBe('open')
  })
})

describe('a renewal', () => {
  it('B45 is made as soon as the page wakes, where the token expired meanwhile', async () => {
    const { environment, page } = surroundings()
    const reasons: string[] = []
    let now = () => 1_000_000
    const { clock } = await openRig({
      url: wss,
      environment,
      auth: tokenAuth({
        getToken: ({ reason }) => {
          reasons.push(reason)
          return { token: `t${reasons.length}`, expiresAt: now() + 600_000 }
        },
      }),
    })
    now = () => clock.now()
    // Timers keep the time that they had left.
    clock.setNow(clock.now() + 3_600_000)
    page.tell('resume')
    await clock.advance(0)
    expect(reasons).toEqual(['connect', 'expiring'])
  })

  it('that brings the same token again is no reason for another connection', async () => {
    const { clock, server } = await openRig({
      url: wss,
      rotation: rotation(),
      auth: tokenAuth({ renew: 'rotate', getToken: () => ({ token: 'same', expiresAt: 1_100_000 }) }),
    })
    await clock.advance(200_000)
    expect(server.connections).toHaveLength(1)
  })

  it('takes an expiry of null for one that is not known', async () => {
    const { clock, socket, status } = rig({
      url: wss,
      auth: tokenAuth({ getToken: () => ({ token: 'a', expiresAt: null as never }) }),
    })
    socket.connect()
    await clock.advance(0)
    expect(status()).toBe('open')
  })
})

describe('a rotation', () => {
  it('B51 by hand against a server that refuses asks for a fresh token at most once per minUptime', async () => {
    const reasons: string[] = []
    const { clock, server, socket } = await openRig({
      url: wss,
      rotation: rotation(),
      auth: tokenAuth({
        getToken: ({ reason }) => {
          reasons.push(reason)
          return { token: `t${reasons.length}`, expiresAt: Infinity }
        },
      }),
    })
    server.mode = 'refuse'
    for (let n = 0; n < 6; n++) {
      socket.rotate()
      await clock.advance(100)
    }
    expect(reasons).toEqual(['connect', 'rejected'])
  })

  it('is not begun anew by a server that is going away in not-a-number milliseconds', async () => {
    const { clock, server } = await openRig({
      rotation: rotation({ goingAway: () => Number.NaN }),
      server: { onOpen: (connection) => connection.send('hello') },
    })
    await clock.advance(2_000)
    expect(server.connections).toHaveLength(1)
  })

  it('is made once per minUptime where each server is going away at once', async () => {
    const { clock, server } = await openRig({
      rotation: rotation({ goingAway: () => 0, linger: 0 }),
      server: { onOpen: (connection) => connection.send('going') },
    })
    await clock.advance(20_000)
    expect(server.connections.length).toBeLessThanOrEqual(6)
  })

  it('is not put off by a clock that was set back', async () => {
    const { clock, server } = await openRig({
      rotation: rotation({ goingAway: (message) => (message === 'bye' ? 10_000 : undefined) }),
    })
    await clock.advance(60_000)
    clock.setNow(clock.now() - 3_600_000)
    server.latest.send('bye')
    await clock.advance(11_000)
    expect(server.connections).toHaveLength(2)
  })

  it('B77 whose first dies while it is emptied tells what the network took of it, with the next close', async () => {
    const { clock, server, socket } = await openRig({ rotation: rotation(), heartbeat: heartbeat() })
    const closes = tape(socket, 'close')
    server.latest.stall()
    socket.send('a')
    server.latest.drain()
    socket.rotate()
    await clock.advance(10)
    server.connections[0]?.die()
    await clock.advance(10)
    server.connections[1]?.die()
    await clock.advance(10)
    expect(closes).toMatchObject([{ uncertain: { messages: 1, bytes: 1 } }])
  })

  it('B77 whose fence was never answered, likewise', async () => {
    const { clock, server, socket } = await openRig({ rotation: rotation(), heartbeat: heartbeat() })
    const closes = tape(socket, 'close')
    server.latest.stall()
    socket.send('a')
    socket.rotate()
    await clock.advance(3_000)
    server.connections[1]?.die()
    await clock.advance(10)
    expect(closes).toMatchObject([{ uncertain: { messages: 1, bytes: 1 } }])
  })
})

describe('B49 a token in what the app threw', () => {
  it.each([
    ['a Map', (token: string) => new Map([['token', token]])],
    ['a Set', (token: string) => new Set([token])],
    ['a URL', (token: string) => new URL(`https://api.test/?t=${token}`)],
    ['Headers', (token: string) => new Headers({ authorization: token })],
  ])('is not shown where it hides in %s', async (_, wrap) => {
    let calls = 0
    const { clock, socket } = rig({
      url: wss,
      auth: tokenAuth({
        getToken: () => {
          if (!calls++) return 'hunter2secret'
          throw Object.assign(new Error('no'), { what: wrap('hunter2secret') })
        },
      }),
    })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    socket.reconnect()
    await clock.advance(0)
    expect(errors).toHaveLength(1)
    expect(everything(errors)).not.toContain('hunter2secret')
  })
})

it('B85 close({ drain }) is not held up by a probe', async () => {
  const { clock, server, socket } = await openRig({ heartbeat: heartbeat(), server: { buffered: 'manual' } })
  socket.send('a'.repeat(70_000))
  socket.send('b')
  void socket.close(1000, '', { drain: 30_000 })
  await clock.advance(0)
  clock.setNow(clock.now() + 3_600_000)
  await clock.advance(25_000)
  for (let n = 0; n < 2; n++) {
    server.latest.drain()
    await clock.advance(1_000)
  }
  expect(server.latest.received).toContain('b')
})
