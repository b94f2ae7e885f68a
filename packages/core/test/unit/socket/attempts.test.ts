// When attempts are made, how many, how far apart, and what the state says of them.
import { describe, expect, it, vi } from 'vitest'
import { type CloseInfo, createSocket, type RetryContext, type SocketState } from '../../../src'
import { manualClock, memoryServer } from '../../../src/testing'
import { openRig, outcome, record, rig, tape } from './support'

const waiting = (state: SocketState) => {
  if (state.status !== 'waiting') throw new Error(`It is ${state.status}, not waiting`)
  return state
}

describe('how many', () => {
  it.each([0, 0.25, 0.5, 0.999])(
    'B5 makes at most 5 transports in 2 s where each is dropped at once, chance %d',
    async (chance) => {
      const { clock, server, socket } = rig({
        environment: { random: () => chance },
        server: { onOpen: (connection) => connection.close(1011) },
      })
      const attempts: number[] = []
      socket.on('state', (state) => {
        if (state.status === 'waiting') attempts.push(state.attempt)
      })
      socket.connect()
      await clock.advance(2_000)
      expect(server.connections.length).toBeLessThanOrEqual(5)
      await clock.advance(60_000)
      expect(attempts.length).toBeGreaterThan(5)
      expect(attempts).toEqual(attempts.map((_, index) => index + 1))
    },
  )

  it('B5 spreads refused attempts ever further, up to the cap', async () => {
    const { clock, server, socket } = rig({ server: { mode: 'refuse' } })
    const waits: number[] = []
    socket.on('state', (state) => {
      if (state.status === 'waiting') waits.push(state.retryAt - clock.now())
    })
    socket.connect()
    await clock.advance(60_000)
    expect(waits.slice(0, 5)).toEqual([500, 2_250, 7_750, 9_000, 9_000])
    expect(server.connections.length).toBe(waits.length)
  })

  it('B6 counts anew once a connection was useful for minUptime', async () => {
    const { clock, server, socket } = rig({ minUptime: 5_000 })
    socket.connect()
    await clock.advance(0)
    server.latest.die()
    await clock.advance(500)
    expect(socket.state.get().status).toBe('open')
    await clock.advance(4_999)
    server.latest.die()
    await clock.advance(0)
    expect(waiting(socket.state.get()).attempt).toBe(2)
    await clock.advance(10_000)
    expect(socket.state.get().status).toBe('open')
    await clock.advance(5_000)
    server.latest.die()
    await clock.advance(0)
    expect(waiting(socket.state.get()).attempt).toBe(1)
  })

  it('B6 counts minUptime from the end of the handshake, not from the open of the transport', async () => {
    let finish = () => {}
    const { clock, server, socket } = rig({
      minUptime: 5_000,
      onHandshake: () => new Promise<void>((resolve) => (finish = resolve)),
    })
    server.mode = 'refuse'
    socket.connect()
    await clock.advance(0)
    server.mode = 'accept'
    await clock.advance(500)
    await clock.advance(4_000)
    finish()
    await clock.advance(4_000)
    expect(socket.state.get().status).toBe('open')
    server.latest.die()
    await clock.advance(0)
    expect(waiting(socket.state.get()).attempt).toBe(2)
  })

  it.each([0, 1, 4])('B7 makes exactly k+1 transports with retries: %i, and then ends', async (retries) => {
    const { clock, server, socket } = rig({ retries, server: { mode: 'refuse' } })
    const told = record(socket)
    socket.connect()
    await clock.advance(1_000_000)
    expect(server.connections.length).toBe(retries + 1)
    expect(told.filter(([name]) => name === 'close').length).toBe(retries + 1)
    expect(told.filter(([name, state]) => name === 'state' && state.status === 'closed').length).toBe(1)
    expect(told.at(-2)?.[1]).toMatchObject({ status: 'closed', cause: { code: 1006, origin: 'network' } })
    expect(clock.timers).toBe(0)

    socket.connect()
    expect(socket.state.get()).toMatchObject({ status: 'connecting', attempt: 0 })
    await clock.advance(1_000_000)
    expect(server.connections.length).toBe(2 * (retries + 1))
  })

  it('B7 gives a connection that was useful all its retries again', async () => {
    const { clock, server, socket } = rig({ retries: 1 })
    socket.connect()
    for (let round = 0; round < 5; round++) {
      await clock.advance(10_000)
      expect(socket.state.get().status).toBe('open')
      server.latest.die()
    }
    await clock.advance(10_000)
    expect(socket.state.get().status).toBe('open')
  })
})

describe('connect()', () => {
  it('opens nothing before it is called', async () => {
    const { clock, server, status } = rig()
    await clock.advance(60_000)
    expect(server.connections).toEqual([])
    expect(clock.timers).toBe(0)
    expect(status()).toBe('idle')
  })

  it('B8 makes a transport at once during a wait, and takes the timer back', async () => {
    const { clock, server, socket, status } = rig({ retryDelay: () => 30_000, server: { mode: 'refuse' } })
    socket.connect()
    await clock.advance(10_000)
    expect(status()).toBe('waiting')
    server.mode = 'accept'
    socket.connect()
    await clock.advance(0)
    expect(status()).toBe('open')
    expect(server.connections.length).toBe(2)
    expect(clock.timers).toBe(0)
    await clock.advance(60_000)
    expect(server.connections.length).toBe(2)
  })

  it('B8 keeps the number of the attempt that it hurries', async () => {
    const { clock, socket } = rig({ retryDelay: () => 30_000, server: { mode: 'refuse' } })
    socket.connect()
    await clock.advance(0)
    socket.connect()
    expect(socket.state.get()).toMatchObject({ status: 'connecting', attempt: 1 })
    await clock.advance(0)
    expect(waiting(socket.state.get()).attempt).toBe(2)
  })

  it('B9 makes no transport after close() during a wait', async () => {
    const { clock, server, socket, status } = rig({ server: { mode: 'refuse' } })
    socket.connect()
    await clock.advance(0)
    expect(status()).toBe('waiting')
    await socket.close()
    expect(status()).toBe('closed')
    expect(clock.timers).toBe(0)
    await clock.advance(1_000_000)
    expect(server.connections.length).toBe(1)
  })

  it('B9 makes no transport after close() in the listener that hears of the wait', async () => {
    const { clock, server, socket, status } = rig({ server: { mode: 'refuse' } })
    socket.on('close', () => void socket.close())
    socket.connect()
    await clock.advance(1_000_000)
    expect(server.connections.length).toBe(1)
    expect(status()).toBe('closed')
    expect(clock.timers).toBe(0)
  })

  const states: [string, Parameters<typeof rig>[0], (made: ReturnType<typeof rig>) => Promise<void>][] = [
    ['idle', {}, async () => {}],
    [
      'connecting',
      { server: { mode: 'ignore' } },
      async ({ socket, clock }) => {
        socket.connect()
        await clock.advance(0)
      },
    ],
    [
      'open',
      {},
      async ({ socket, clock }) => {
        socket.connect()
        await clock.advance(0)
      },
    ],
    [
      'waiting',
      {},
      async ({ socket, clock, server }) => {
        server.mode = 'refuse'
        socket.connect()
        await clock.advance(0)
        server.mode = 'accept'
      },
    ],
    [
      'closing',
      { server: { holdClose: true } },
      async ({ socket, clock }) => {
        socket.connect()
        await clock.advance(0)
        void socket.close()
        await clock.advance(0)
      },
    ],
    [
      'closed',
      {},
      async ({ socket, clock }) => {
        socket.connect()
        await clock.advance(0)
        void socket.close()
        await clock.advance(0)
      },
    ],
  ]
  it.each(states)('B10 called twice while %s makes one transport', async (name, options, reach) => {
    const made = rig(options)
    const { clock, server, socket, status } = made
    await reach(made)
    expect(status()).toBe(name)
    const before = server.connections.length
    socket.connect()
    socket.connect()
    await clock.advance(0)
    socket.connect()
    await clock.advance(0)
    expect(server.connections.length - before).toBe(name === 'connecting' || name === 'open' ? 0 : 1)
    expect(server.live).toBeLessThanOrEqual(name === 'closing' ? 2 : 1)
    await clock.advance(5_000)
    expect(server.connections.length - before).toBe(name === 'connecting' || name === 'open' ? 0 : 1)
  })

  it('B10 called while a URL is awaited makes one transport', async () => {
    let give = (_: string) => {}
    const url = vi.fn(() => new Promise<string>((resolve) => (give = resolve)))
    const { clock, server, socket } = rig({ url })
    socket.connect()
    socket.connect()
    give(server.url)
    await clock.advance(0)
    socket.connect()
    await clock.advance(0)
    expect(url).toHaveBeenCalledTimes(1)
    expect(server.connections.length).toBe(1)
  })
})

describe('while it waits', () => {
  it('B12 the state shows the attempt, when it will be made, and why', async () => {
    const { clock, server, socket } = rig({ retryDelay: () => 7_000 })
    socket.connect()
    await clock.advance(1_000)
    server.latest.close(1012, 'restart')
    await clock.advance(0)
    expect(socket.state.get()).toEqual({
      status: 'waiting',
      attempt: 1,
      retryAt: clock.now() + 7_000,
      cause: {
        code: 1012,
        reason: 'restart',
        wasClean: true,
        origin: 'server',
        uncertain: { messages: 0, bytes: 0 },
      },
    })
    await clock.advance(6_999)
    expect(server.connections.length).toBe(1)
    await clock.advance(1)
    expect(server.connections.length).toBe(2)
  })

  it.each([2 ** 31, 2 ** 31 + 5_000, 3 * 2 ** 31])(
    'B13 a delay of %d does not fire at once, but in time',
    async (delay) => {
      const { clock, server, socket, status } = rig({ retryDelay: () => delay, server: { mode: 'refuse' } })
      socket.connect()
      await clock.advance(0)
      server.mode = 'accept'
      await clock.advance(delay - 1)
      expect(status()).toBe('waiting')
      expect(server.connections.length).toBe(1)
      await clock.advance(1)
      expect(status()).toBe('open')
    },
  )

  it('waits for connect() alone where the delay is Infinity', async () => {
    const { clock, server, socket, status } = rig({ retryDelay: () => Infinity, server: { mode: 'refuse' } })
    socket.connect()
    await clock.advance(2 ** 33)
    expect(clock.timers).toBe(0)
    expect(status()).toBe('waiting')
    server.mode = 'accept'
    socket.connect()
    await clock.advance(0)
    expect(status()).toBe('open')
  })

  it('B13 a connectTimeout beyond 2^31−1 does not fire at once', async () => {
    const { clock, socket, status } = rig({ connectTimeout: 2 ** 31 + 1, server: { mode: 'ignore' } })
    socket.connect()
    await clock.advance(2 ** 31)
    expect(status()).toBe('connecting')
    await clock.advance(1)
    expect(status()).toBe('waiting')
  })
})

describe('what decides', () => {
  it('retryDelay gets the attempt, chance and the cause', async () => {
    const seen: RetryContext[] = []
    const { clock, socket } = rig({
      server: { mode: 'refuse' },
      environment: { random: () => 0.125 },
      retryDelay: (context) => {
        seen.push(context)
        return 10
      },
    })
    socket.connect()
    await clock.advance(25)
    expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    expect(seen[0]?.random()).toBe(0.125)
    expect(seen[0]?.cause).toMatchObject({ code: 1006, origin: 'network' })
  })

  it('B2 sockets of one page draw different delays', async () => {
    const clock = manualClock()
    const server = memoryServer({ clock, mode: 'refuse' })
    const sockets = Array.from({ length: 20 }, () =>
      createSocket(server.url, { environment: { WebSocket: server.WebSocket, clock } }),
    )
    for (const socket of sockets) socket.connect()
    await clock.advance(0)
    expect(new Set(sockets.map((socket) => waiting(socket.state.get()).retryAt)).size).toBeGreaterThan(15)
  })

  it('B11 retryAfter leads to the slow schedule, not before what the server asked for', async () => {
    const retryAfter = (close: CloseInfo) => JSON.parse(close.reason).retryAfter
    const { clock, server, socket } = await openRig({ retryAfter, environment: { random: () => 0 } })
    server.latest.close(1012, '{"retryAfter":20000}')
    await clock.advance(0)
    expect(waiting(socket.state.get()).retryAt - clock.now()).toBeGreaterThanOrEqual(20_000)
  })

  it('B11 1013 is never retried at once', async () => {
    const { clock, server, socket } = await openRig({ environment: { random: () => 0 } })
    server.latest.close(1013)
    await clock.advance(0)
    expect(waiting(socket.state.get()).retryAt - clock.now()).toBeGreaterThanOrEqual(1_000)
  })

  it('shouldRetry overrides the verdict either way, and is told it', async () => {
    const shouldRetry = vi.fn((close: CloseInfo) => close.code === 1000)
    const { clock, server, socket, status } = await openRig({ shouldRetry })
    server.latest.close(1000)
    await clock.advance(0)
    expect(shouldRetry).toHaveBeenLastCalledWith(expect.objectContaining({ code: 1000 }), 'stop')
    expect(status()).toBe('waiting')
    await clock.advance(500)
    server.latest.die()
    await clock.advance(0)
    expect(shouldRetry).toHaveBeenLastCalledWith(expect.objectContaining({ code: 1006 }), 'retry')
    expect(socket.state.get()).toMatchObject({ status: 'closed', cause: { code: 1006 } })
  })

  it.each([
    ['undefined', undefined],
    ['an empty string', ''],
    ['0', 0],
  ])('shouldRetry that gives %s says no, whatever the verdict was', async (_, answer) => {
    for (const code of [1000, 1012]) {
      const { clock, server, status } = await openRig({ shouldRetry: () => answer as never })
      server.latest.close(code)
      await clock.advance(0)
      expect(status(), `after ${code}`).toBe('closed')
    }
  })

  const broken: [string, () => any][] = [
    [
      'throws',
      () => {
        throw new Error('mine')
      },
    ],
    ['gives NaN', () => Number.NaN],
    ['gives a negative number', () => -1],
    ['gives nothing', () => undefined],
  ]
  it.each(broken)('a retryDelay that %s is reported, and the default is used', async (_, retryDelay) => {
    const { clock, server, socket } = rig({ retryDelay, server: { mode: 'refuse' } })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    expect(errors.map(({ code }) => code)).toEqual([expect.stringMatching(/PROVIDER|INVALID_OPTION/)])
    expect(waiting(socket.state.get()).retryAt - clock.now()).toBe(500)
    server.mode = 'accept'
    await clock.advance(500)
    expect(socket.state.get().status).toBe('open')
  })

  it.each(['shouldRetry', 'retryAfter'] as const)(
    'a %s that throws is reported, and the table holds',
    async (name) => {
      const { clock, server, socket, status } = await openRig({
        [name]: () => {
          throw new Error('mine')
        },
      })
      const errors = tape(socket, 'error')
      server.latest.close(1012)
      await clock.advance(0)
      expect(errors).toMatchObject([{ code: 'PROVIDER', cause: { message: 'mine' } }])
      await clock.advance(500)
      expect(status()).toBe('open')
      server.latest.close(1000)
      await clock.advance(0)
      expect(status()).toBe('closed')
      expect(errors.length).toBe(2)
    },
  )
})

describe('one at a time', () => {
  /** A server that notes when its clients are made and closed. */
  function traced(options: Parameters<typeof rig>[0] = {}) {
    const clock = manualClock()
    const server = memoryServer({ clock, mode: 'ignore', ...options.server })
    const trace: string[] = []
    let made = 0
    const WebSocket = class extends server.WebSocket {
      readonly number = ++made
      constructor(url: string, protocols?: any, extra?: any) {
        super(url, protocols, extra)
        trace.push(`made ${this.number}`)
      }
      override close(code?: number, reason?: string) {
        trace.push(`closed ${this.number}`)
        super.close(code, reason)
      }
    }
    return { ...rig({ ...options, environment: { WebSocket, clock } }), clock, server, trace }
  }

  it('B119 B127 closes a transport that timed out while connecting before it makes the next', async () => {
    const { clock, socket, trace } = traced({ connectTimeout: 1_000, retryDelay: () => 0 })
    socket.connect()
    await clock.advance(2_500)
    expect(trace).toEqual(['made 1', 'closed 1', 'made 2', 'closed 2', 'made 3'])
  })

  it('B119 B127 reconnect() while connecting closes the old transport before it makes the next', async () => {
    const { clock, socket, server, trace } = traced()
    socket.connect()
    await clock.advance(0)
    socket.reconnect()
    await clock.advance(0)
    expect(trace).toEqual(['made 1', 'closed 1', 'made 2'])
    expect(server.connections.map(({ client }) => client.readyState)).toEqual([3, 0])
  })

  it('B119 close() and connect() while connecting close the old transport before they make the next', async () => {
    const { clock, socket, trace } = traced()
    socket.connect()
    await clock.advance(0)
    void socket.close()
    socket.connect()
    await clock.advance(0)
    expect(trace).toEqual(['made 1', 'closed 1', 'made 2'])
  })

  it('B119 error without close: closes the transport before it makes the next', async () => {
    const { clock, socket, trace } = traced({ retryDelay: () => 0, server: { mode: 'error-alone' } })
    socket.connect()
    await clock.advance(150)
    expect(trace.slice(0, 3)).toEqual(['made 1', 'closed 1', 'made 2'])
  })

  it('reconnect() replaces an open transport, with one close, and what the old one says is ignored', async () => {
    const { clock, server, socket, status } = await openRig({ server: { holdClose: true } })
    const told = record(socket, ['open', 'close', 'message'])
    socket.reconnect()
    await clock.advance(0)
    server.connections[0]?.send('late')
    server.connections[0]?.answerClose()
    await clock.advance(0)
    expect(status()).toBe('open')
    expect(told).toMatchObject([
      ['close', { origin: 'user' }],
      ['open', {}],
    ])
    expect(server.live).toBe(1)
    expect(server.connections[0]?.clientClose).toEqual({ code: 1000, reason: 'reconnect' })
  })

  it('reconnect() starts from idle, from a wait and from the end', async () => {
    const { clock, server, socket, status } = rig({
      retries: 1,
      retryDelay: () => 1e6,
      server: { mode: 'refuse' },
    })
    socket.reconnect()
    await clock.advance(0)
    expect(status()).toBe('waiting')
    socket.reconnect()
    await clock.advance(0)
    expect(status()).toBe('closed')
    server.mode = 'accept'
    socket.reconnect()
    await clock.advance(0)
    expect(status()).toBe('open')
    expect(await outcome(socket.opened())).toBe('resolved')
  })
})
