// What makes a connection suspect, what is asked then, and what becomes of the messages meanwhile.
import { describe, expect, it, vi } from 'vitest'
import {
  type Heartbeat,
  type HeartbeatOptions,
  heartbeat,
  type ProtocolPings,
  type raw,
  wsPings,
} from '../../../src'
import { openRig, outcome, type RigOptions, record, rig, tape } from './support'
import { surroundings } from './surroundings'

const hour = 3_600_000

/** An open socket with a heartbeat, in a page and on a network that the test plays. */
async function probed({
  heartbeat: beats,
  ...options
}: Omit<RigOptions<typeof raw>, 'heartbeat'> & { readonly heartbeat?: HeartbeatOptions | Heartbeat } = {}) {
  const around = surroundings()
  const value = beats && 'begin' in beats ? beats : heartbeat(beats)
  const made = await openRig({
    heartbeat: value,
    retryDelay: () => 1,
    ...options,
    environment: { ...around.environment, ...options.environment },
  })
  const { clock, server } = made
  const [first] = server.connections
  return {
    ...made,
    ...around,
    first: first as NonNullable<typeof first>,
    shows: () => made.socket.state.get() as { status: string; suspect?: boolean },
    /** The newest connection says so, and it arrives. */
    async says(data: string) {
      server.latest.send(data)
      await clock.advance(0)
    },
    /** The machine sleeps: no timer runs, and the clock goes on. */
    sleeps: (ms = hour) => clock.setNow(clock.now() + ms),
  }
}

describe('what leads to a probe', () => {
  it.each(['offline', 'online', 'change'] as const)(
    'B53 %s: a ping at once, and the connection is suspect until it is answered',
    async (signal) => {
      const { clock, socket, first, network, shows, says } = await probed()
      const told = record(socket)
      await clock.advance(10)
      network.tell(signal)
      expect(first.received).toEqual(['ping'])
      expect(shows()).toMatchObject({ status: 'open', suspect: true })
      await clock.advance(30)
      await says('pong')
      expect(shows()).toMatchObject({ status: 'open', suspect: false })
      expect(socket.latency.get()).toBe(30)
      expect(told.map(([name, payload]) => [name, payload.suspect])).toEqual([
        ['state', true],
        ['state', false],
      ])
      await clock.advance(24_000)
      expect(first.received).toEqual(['ping'])
    },
  )

  it.each(['visible', 'focus', 'resume', 'return'] as const)(
    'B59 %s after a sleep does, and on a connection that is heard of it does not',
    async (signal) => {
      const { clock, first, page, sleeps, shows } = await probed()
      await clock.advance(20_000)
      page.tell(signal)
      expect([first.received, shows().suspect]).toEqual([[], false])
      sleeps()
      page.tell(signal)
      expect([first.received, shows().suspect]).toEqual([['ping'], true])
    },
  )

  it('B59 a burst of them is one', async () => {
    const { clock, first, page, sleeps, says } = await probed()
    sleeps()
    page.tell('resume', 'visible', 'return', 'focus')
    await clock.advance(900)
    page.tell('focus')
    await clock.advance(900)
    page.tell('visible')
    expect(first.received).toEqual(['ping'])
    await says('pong')
    page.tell('focus', 'visible')
    expect(first.received).toEqual(['ping'])
  })

  it('B59 a ping that is out and unanswered makes being seen ask again, with less patience', async () => {
    const { clock, first, page, status } = await probed()
    await clock.advance(25_000)
    expect(first.received).toEqual(['ping'])
    await clock.advance(10)
    page.tell('visible')
    expect(first.received).toEqual(['ping', 'ping'])
    await clock.advance(4_999)
    expect(status()).toBe('open')
    await clock.advance(1)
    expect(status()).toBe('waiting')
  })

  it('B61 a timer that was held back asks before it judges', async () => {
    const { clock, first, sleeps, status, shows } = await probed()
    await clock.advance(25_000)
    sleeps(60_000)
    await clock.advance(10_000)
    expect([first.received, shows().suspect]).toEqual([['ping', 'ping'], true])
    await clock.advance(4_999)
    expect(status()).toBe('open')
    await clock.advance(1)
    expect(status()).toBe('waiting')
  })

  it('B61 timers that come once a minute keep a connection that answers', async () => {
    const { clock, server, sleeps, status } = await probed({
      server: { onMessage: (frame, connection) => frame === 'ping' && connection.send('pong') },
    })
    for (let minute = 0; minute < 30; minute++) {
      sleeps(60_000)
      await clock.advance(1_000)
    }
    expect([status(), server.connections.length]).toEqual(['open', 1])
  })

  it('being hidden or frozen does not', async () => {
    const { clock, first, page, turns, sleeps } = await probed()
    sleeps()
    turns('hidden')
    page.tell('freeze')
    await clock.advance(0)
    expect(first.received).toEqual([])
  })

  it('B58 nothing of it happens without a heartbeat', async () => {
    const around = surroundings()
    const { clock, server, socket } = await openRig({ environment: around.environment })
    const told = record(socket)
    clock.setNow(clock.now() + hour)
    around.network.tell('offline', 'online', 'change')
    around.page.tell('visible', 'focus', 'resume', 'return')
    socket.send('a')
    await clock.advance(60_000)
    expect([told, server.latest.received]).toEqual([[], ['a']])
  })
})

describe('how long it waits', () => {
  it.each([
    ['unknown', undefined, 5_000],
    ['40 ms', 40, 2_000],
    ['200 ms', 200, 4_000],
    ['1 000 ms', 1_000, 5_000],
  ])('B59 with a round trip of %s', async (_, roundTrip, patience) => {
    const { clock, socket, network, status, says } = await probed({ retryDelay: () => 60_000 })
    if (roundTrip) {
      await clock.advance(25_000 + roundTrip)
      await says('pong')
    }
    const closes = tape(socket, 'close')
    network.tell('change')
    await clock.advance(patience - 1)
    expect(status()).toBe('open')
    await clock.advance(1)
    expect(closes).toMatchObject([{ code: 1006, wasClean: false, origin: 'heartbeat' }])
    expect(status()).toBe('waiting')
  })

  it('B59 what the machine finds in its buffers when it wakes is from before', async () => {
    const { clock, page, sleeps, status, says } = await probed()
    sleeps()
    page.tell('resume')
    await says('yesterday’s news')
    await clock.advance(4_999)
    expect(status()).toBe('open')
    await clock.advance(1)
    expect(status()).toBe('waiting')
  })

  it('B63 what comes in after that speaks for it, where a server answers no pings', async () => {
    const { clock, server, page, sleeps, says, shows } = await probed()
    sleeps()
    page.tell('resume')
    await clock.advance(1_500)
    await says('news')
    await clock.advance(3_500)
    expect(shows()).toMatchObject({ status: 'open', suspect: false })
    expect(server.connections).toHaveLength(1)
  })

  it('B53 a network that comes and goes does not keep a dead connection for ever', async () => {
    const { clock, server, first, network } = await probed()
    first.stall()
    for (let second = 0; second < 60 && server.connections.length === 1; second++) {
      network.tell(second % 2 ? 'online' : 'offline')
      await clock.advance(900)
    }
    expect(server.connections.length).toBeGreaterThan(1)
  })
})

describe('what is sent meanwhile', () => {
  it('B62 waits, and arrives once and in order when the probe is answered', async () => {
    const { socket, first, network, says } = await probed()
    socket.send('before')
    network.tell('change')
    const receipts = ['a', 'b', 'c'].map((message) => socket.send(message))
    expect(first.received).toEqual(['before', 'ping'])
    expect(receipts.map(({ status }) => status)).toEqual(['queued', 'queued', 'queued'])
    await says('pong')
    expect(first.received).toEqual(['before', 'ping', 'a', 'b', 'c'])
    expect(receipts.map(({ status }) => status)).toEqual(['sent', 'sent', 'sent'])
    socket.send('after')
    expect(first.received.at(-1)).toBe('after')
  })

  it('B62 goes over the next connection where it is not, and what went before does not', async () => {
    const { clock, server, socket, first, network } = await probed({ server: { terminable: true } })
    const closes = tape(socket, 'close')
    socket.send('before')
    first.stall()
    network.tell('change')
    socket.send('a')
    await clock.advance(5_002)
    expect(server.connections.map(({ received }) => received)).toEqual([['before'], ['a']])
    expect(closes).toMatchObject([{ origin: 'heartbeat', uncertain: { messages: 1, bytes: 6 } }])
  })

  it.each([
    ['forwards by an hour', hour],
    ['forwards just past the timeout', 35_001],
    ['back by an hour', -hour],
    ['back by a millisecond', -1],
  ])('B62 after the clock went %s, the first message of all is held until the answer', async (_, jump) => {
    const { socket, first, sleeps, shows, says } = await probed()
    sleeps(jump)
    expect(socket.send('a').status).toBe('queued')
    socket.send('b')
    expect([first.received, shows().suspect]).toEqual([['ping'], true])
    await says('pong')
    expect(first.received).toEqual(['ping', 'a', 'b'])
    expect(shows().suspect).toBe(false)
  })

  it('B62 on silence it goes over the next connection', async () => {
    const { clock, server, socket, first, sleeps } = await probed()
    first.stall()
    sleeps()
    socket.send('a')
    await clock.advance(5_002)
    expect(server.connections.map(({ received }) => received)).toEqual([[], ['a']])
  })

  it('B62 a clock that went on as it should holds nothing up', async () => {
    const { clock, socket, first } = await probed()
    await clock.advance(24_999)
    expect(socket.send('a').status).toBe('sent')
    expect(first.received).toEqual(['a'])
  })

  it('B62 costs one look at the clock per message sent, and none per message that comes in', async () => {
    const { clock, server, socket, first } = await probed()
    tape(socket, 'message')
    await clock.advance(0)
    const now = vi.spyOn(clock, 'now')
    for (let n = 0; n < 10; n++) socket.send('a')
    expect(first.received).toHaveLength(10)
    expect(now).toHaveBeenCalledTimes(10)
    now.mockClear()
    for (let n = 0; n < 10; n++) server.latest.send('news')
    await clock.advance(0)
    expect(now).not.toHaveBeenCalled()
  })

  it('costs no look at the clock without a heartbeat', async () => {
    const { clock, server, socket } = await openRig()
    const now = vi.spyOn(clock, 'now')
    socket.send('a')
    expect(server.latest.received).toEqual(['a'])
    expect(now).not.toHaveBeenCalled()
  })

  it('B82 now or never is never', async () => {
    const { socket, first, network } = await probed()
    network.tell('change')
    const receipt = socket.send('a', { queue: false })
    expect(receipt.status).toBe('dropped')
    expect(await outcome(receipt.sent)).toBe('QUEUE_FULL')
    expect(first.received).toEqual(['ping'])
  })

  it('goes out where there is no queue to wait in', async () => {
    const { socket, first, network } = await probed({ queue: false })
    network.tell('change')
    expect(socket.send('a').status).toBe('sent')
    expect(first.received).toEqual(['ping', 'a'])
  })

  it('B80 expires as ever', async () => {
    const { clock, socket, first, network, says } = await probed()
    network.tell('change')
    const { sent } = socket.send('a', { ttl: 1_000 })
    await clock.advance(1_000)
    await says('pong')
    expect(await outcome(sent)).toBe('EXPIRED')
    expect(first.received).toEqual(['ping'])
  })

  it('B73 does not pass the high-water mark, however often the connection was suspect', async () => {
    const { clock, socket, first, network, says } = await probed({
      highWaterMark: 10,
      server: { buffered: 'manual' },
    })
    for (let n = 0; n < 20; n++) socket.send('12345')
    for (let n = 0; n < 5; n++) {
      network.tell('change')
      await clock.advance(10)
      await says('pong')
    }
    expect(first.sent.filter((frame) => frame === '12345')).toHaveLength(2)
    first.drain()
    await clock.advance(100)
    expect(first.sent.filter((frame) => frame === '12345').length).toBeGreaterThan(2)
  })
})

describe('the end of a suspicion', () => {
  it('B33 close() ends it, and nothing follows', async () => {
    const { clock, socket, server, network, status } = await probed()
    network.tell('change')
    expect(await outcome(Promise.all([socket.close(), clock.advance(0)]))).toBe('resolved')
    await clock.advance(60_000)
    expect([status(), server.connections.length, clock.timers]).toEqual(['closed', 1, 0])
  })

  it('B85 close({ drain }) lets what waits go all the same', async () => {
    const { clock, socket, first, network } = await probed()
    network.tell('change')
    socket.send('a')
    void socket.close(1000, 'bye', { drain: 1_000 })
    await clock.advance(0)
    expect(first.received).toEqual(['ping', 'a'])
    expect(first.clientClose).toEqual({ code: 1000, reason: 'bye' })
  })

  it('reconnect() ends it: the next connection begins without', async () => {
    const { clock, server, socket, network, shows } = await probed()
    network.tell('change')
    socket.send('a')
    socket.reconnect()
    await clock.advance(0)
    expect(shows()).toMatchObject({ status: 'open', suspect: false })
    expect(server.latest.received).toEqual(['a'])
    await clock.advance(6_000)
    expect(server.connections).toHaveLength(2)
  })

  it.each(['reconnect', 'close'] as const)('%s() in the very listener that hears of it', async (member) => {
    const { clock, server, socket, sleeps, status } = await probed()
    const off = socket.on('state', (state) => {
      if (state.status !== 'open' || !state.suspect) return
      off()
      void socket[member]()
    })
    sleeps()
    socket.send('a')
    await clock.advance(0)
    if (member === 'close') {
      expect(status()).toBe('closed')
      socket.connect()
      await clock.advance(0)
    }
    expect(status()).toBe('open')
    expect(server.connections.map(({ received }) => received.filter((frame) => frame !== 'ping'))).toEqual([
      [],
      ['a'],
    ])
    // The queue flows on, too.
    server.latest.die()
    await clock.advance(0)
    socket.send('b')
    await clock.advance(2)
    expect(server.latest.received).toEqual(['b'])
  })

  it('a connection that dies meanwhile is replaced as ever', async () => {
    const { clock, server, socket, first, network, shows } = await probed()
    network.tell('change')
    socket.send('a')
    first.die()
    await clock.advance(2)
    expect(shows()).toMatchObject({ status: 'open', suspect: false })
    expect(server.latest.received).toEqual(['a'])
  })
})

describe('passive', () => {
  const passive = { passive: true, interval: 1_000, timeout: 500 }

  it('B70 sends nothing, and replaces a server that is silent', async () => {
    const { clock, server, first, status } = await probed({ heartbeat: passive, retryDelay: () => 60_000 })
    await clock.advance(1_499)
    expect(status()).toBe('open')
    await clock.advance(1_001)
    expect([status(), first.received, server.connections.length]).toEqual(['waiting', [], 1])
  })

  it.each([950, 1_000, 1_010, 1_300])('B70 a server that pings every %i ms keeps it open', async (every) => {
    const { clock, server, status, says } = await probed({ heartbeat: passive })
    for (let n = 0; n < 70; n++) {
      await clock.advance(every)
      await says('ping')
    }
    expect([status(), server.connections.length]).toEqual(['open', 1])
  })

  it('B69 B70 answers the server’s pings past what waits, and keeps them from the app', async () => {
    const { clock, socket, first, says } = await probed({
      heartbeat: passive,
      highWaterMark: 1,
      server: { buffered: 'manual' },
    })
    const messages = tape(socket, 'message')
    socket.send('a')
    socket.send('b')
    await clock.advance(0)
    await says('ping')
    await says('news')
    expect(first.sent).toEqual(['a', 'pong'])
    expect(messages).toEqual(['news'])
  })

  it('B70 a suspicion asks nothing where there is nothing to ask with', async () => {
    const { clock, socket, first, network, page, sleeps, shows } = await probed({ heartbeat: passive })
    network.tell('change', 'offline')
    sleeps()
    page.tell('visible')
    expect(socket.send('a').status).toBe('sent')
    await clock.advance(0)
    expect([first.received, shows().suspect]).toEqual([['a'], false])
  })

  it('B70 a late look gives the server another interval', async () => {
    const { clock, server, first, sleeps, status } = await probed({
      heartbeat: passive,
      retryDelay: () => 60_000,
    })
    sleeps(60_000)
    await clock.advance(1_000)
    expect(status()).toBe('open')
    await clock.advance(999)
    expect(status()).toBe('open')
    await clock.advance(1_501)
    expect([status(), first.received, server.connections.length]).toEqual(['waiting', [], 1])
  })

  it('B70 with a ping, a suspicion asks with that', async () => {
    const { clock, first, network, says, shows } = await probed({ heartbeat: { ...passive, ping: 'there?' } })
    await clock.advance(900)
    await says('ping')
    network.tell('change')
    expect([first.received, shows().suspect]).toEqual([['pong', 'there?'], true])
    await says('pong')
    expect(shows().suspect).toBe(false)
  })
})

describe('a way out that is stuck', () => {
  const stuck = () =>
    probed({
      heartbeat: { interval: 1_000, timeout: 500 },
      retryDelay: () => 60_000,
      server: { buffered: 'manual' },
    })

  it('is found though frames come in all the time', async () => {
    const { clock, socket, status, says } = await stuck()
    const closes = tape(socket, 'close')
    socket.send('a')
    const start = clock.now()
    while (status() === 'open') {
      await clock.advance(100)
      await says('news')
    }
    // A ping after the interval, and the timeout after that.
    expect(clock.now() - start).toBe(1_500)
    expect(closes).toMatchObject([{ origin: 'heartbeat' }])
  })

  it('is not one that moves, however slowly', async () => {
    const { clock, socket, first, status, says } = await stuck()
    socket.send('a'.repeat(1_000))
    for (let n = 0; n < 50; n++) {
      await clock.advance(100)
      first.drain(1)
      await says('news')
    }
    expect(status()).toBe('open')
  })

  it('is not one that is empty', async () => {
    const { clock, first, status, says } = await stuck()
    for (let n = 0; n < 50; n++) {
      await clock.advance(100)
      first.drain()
      await says('news')
    }
    expect(status()).toBe('open')
  })
})

describe('pings of the protocol', () => {
  /** What a transport shows of its pings, played by the test. */
  function played() {
    const t = { pings: 0, told: (_: 'ping' | 'pong') => {}, transport: undefined as unknown }
    const protocolPings: ProtocolPings = (transport, told) => {
      Object.assign(t, { transport, told })
      return () => void t.pings++
    }
    return Object.assign(t, { environment: { protocolPings } })
  }

  it('are sent in place of messages, and their pongs count and measure', async () => {
    const p = played()
    const { clock, socket, first, status } = await probed({ environment: p.environment })
    expect(p.transport).toBe(first.client)
    await clock.advance(25_000)
    expect([p.pings, first.received]).toEqual([1, []])
    await clock.advance(20)
    p.told('pong')
    expect(socket.latency.get()).toBe(20)
    await clock.advance(24_979)
    expect(p.pings).toBe(1)
    await clock.advance(1)
    expect(p.pings).toBe(2)
    await clock.advance(10_000)
    expect(status()).toBe('waiting')
  })

  it('B63 the server’s own are signs of life', async () => {
    const p = played()
    const { clock, server } = await probed({ environment: p.environment })
    for (let n = 0; n < 10; n++) {
      await clock.advance(9_000)
      p.told('ping')
    }
    expect(server.connections).toHaveLength(1)
  })

  it('B62 answer probes', async () => {
    const p = played()
    const { socket, first, network, shows } = await probed({ environment: p.environment })
    network.tell('change')
    socket.send('a')
    expect([p.pings, shows().suspect, first.received]).toEqual([1, true, []])
    p.told('pong')
    expect([shows().suspect, first.received]).toEqual([false, ['a']])
  })

  it('give way to a ping of one’s own', async () => {
    const p = played()
    const { clock, first } = await probed({ heartbeat: { ping: 'mine' }, environment: p.environment })
    await clock.advance(25_000)
    expect([p.pings, first.received]).toEqual([0, ['mine']])
  })

  it('B65 those of a connection that is over change nothing', async () => {
    const p = played()
    const { clock, socket, server, status } = await probed({ environment: p.environment })
    await clock.advance(25_000)
    const { told } = p
    socket.reconnect()
    await clock.advance(0)
    told('pong')
    told('ping')
    expect(socket.latency.get()).toBeUndefined()
    await clock.advance(35_000)
    expect([status(), server.connections.length]).toEqual(['waiting', 2])
  })

  it('that cannot be had are told of, and messages are sent instead', async () => {
    const { clock, server, socket, status } = rig({
      heartbeat: heartbeat(),
      // This transport is not one of `ws`.
      environment: { protocolPings: wsPings },
    })
    const told = record(socket, ['open', 'error'])
    socket.connect()
    await clock.advance(25_000)
    expect(told.map(([name, payload]) => [name, payload.code]).sort()).toEqual([
      ['error', 'PROVIDER'],
      ['open', undefined],
    ])
    expect([status(), server.latest.received]).toEqual(['open', ['ping']])
  })

  it('that throw are told of, and silence is known all the same', async () => {
    const { clock, socket, status } = await probed({
      retryDelay: () => 60_000,
      environment: {
        protocolPings: () => () => {
          throw new Error('mine')
        },
      },
    })
    const errors = tape(socket, 'error')
    await clock.advance(25_000)
    expect(errors).toMatchObject([{ code: 'PROVIDER', cause: { message: 'mine' } }])
    await clock.advance(10_000)
    expect(status()).toBe('waiting')
  })

  it('wsPings listens for the events of `ws`, and calls its ping()', () => {
    const handlers: { readonly [event: string]: () => void } = {}
    let pings = 0
    const told: string[] = []
    const ping = wsPings(
      {
        on: (event: string, handler: () => void) => Object.assign(handlers, { [event]: handler }),
        ping: () => void pings++,
      },
      (what) => told.push(what),
    )
    expect(Object.keys(handlers).sort()).toEqual(['ping', 'pong'])
    expect([pings, told]).toEqual([0, []])
    handlers.ping?.()
    handlers.pong?.()
    ping()
    expect([pings, told]).toEqual([1, ['ping', 'pong']])
  })
})

describe('a pong that names its ping', () => {
  const named = () => {
    let n = 0
    return probed({
      heartbeat: {
        ping: () => `ping ${++n}`,
        isPong: (message, ping) => message === String(ping).replace('ping', 'pong'),
      },
    })
  }

  it('an answer to an older one does not end a suspicion', async () => {
    const { clock, first, network, says, shows } = await named()
    await clock.advance(25_000)
    network.tell('change')
    expect(first.received).toEqual(['ping 1', 'ping 2'])
    await says('pong 1')
    expect(shows().suspect).toBe(true)
    await clock.advance(100)
    await says('pong 2')
    expect(shows().suspect).toBe(false)
  })

  it('the answer to the newest ends it, whatever became of the older ones', async () => {
    const { clock, socket, network, says, shows } = await named()
    await clock.advance(25_000)
    network.tell('change')
    await clock.advance(70)
    await says('pong 2')
    expect([shows().suspect, socket.latency.get()]).toEqual([false, 70])
  })

  it('what names none is a message', async () => {
    const { clock, socket, says } = await named()
    const messages = tape(socket, 'message')
    await clock.advance(25_000)
    await says('pong 7')
    expect(messages).toEqual(['pong 7'])
    expect(socket.latency.get()).toBeUndefined()
  })
})

describe('a heartbeat of one’s own', () => {
  it('needs neither probe nor isDoubtful nor fence', async () => {
    const seen: unknown[] = []
    let host: Parameters<Heartbeat['begin']>[0] | undefined
    const { clock, socket, first, network, page, sleeps, status } = await probed({
      heartbeat: {
        begin: (given) => {
          host = given
          return {
            heard: () => seen.push('heard'),
            receive: (message) => seen.push(message) > 0 && message === 'mine',
            stop: () => seen.push('stop'),
          }
        },
      },
      retryDelay: () => 60_000,
    })
    const messages = tape(socket, 'message')
    network.tell('offline', 'change')
    page.tell('visible')
    sleeps()
    socket.send('a')
    first.send('mine')
    first.send('news')
    await clock.advance(0)
    expect([first.received, messages, seen]).toEqual([['a'], ['news'], ['mine', 'news']])
    host?.onSuspect(true)
    socket.send('b')
    expect(first.received).toEqual(['a'])
    host?.onSuspect(false)
    expect(first.received).toEqual(['a', 'b'])
    host?.onSilence()
    expect(status()).toBe('waiting')
    expect(seen.at(-1)).toBe('stop')
  })
})
