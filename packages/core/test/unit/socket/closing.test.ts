// How connections end: the user's close, the server's, ours, and the ones that platforms report in odd ways.
import { describe, expect, it } from 'vitest'
import { heartbeat, offlineQueue } from '../../../src'
import { openRig, outcome, record, rig, tape } from './support'

describe('what is reported', () => {
  it('B16 a refused connection is 1006 and not clean', async () => {
    const { clock, socket } = rig({ server: { mode: 'refuse' } })
    const closes = tape(socket, 'close')
    socket.connect()
    await clock.advance(0)
    expect(closes).toEqual([
      { code: 1006, reason: '', wasClean: false, origin: 'network', uncertain: { messages: 0, bytes: 0 } },
    ])
  })

  it('B16 keeps 1006 unclean where the platform calls it clean', async () => {
    const { clock, server, socket } = rig({ server: { mode: 'ignore' } })
    const closes = tape(socket, 'close')
    socket.connect()
    await clock.advance(0)
    server.latest.client.fire('close', { code: 1006, reason: '', wasClean: true })
    expect(closes).toMatchObject([{ code: 1006, wasClean: false, origin: 'network' }])
  })

  it("a server's close shows its code, reason and origin", async () => {
    const { clock, server, socket } = await openRig()
    const closes = tape(socket, 'close')
    server.latest.close(4321, 'because')
    await clock.advance(0)
    expect(closes).toMatchObject([{ code: 4321, reason: 'because', wasClean: true, origin: 'server' }])
  })

  it('1005 stays 1005', async () => {
    const { clock, server, socket, status } = await openRig()
    const closes = tape(socket, 'close')
    server.latest.close()
    await clock.advance(0)
    expect(closes).toMatchObject([{ code: 1005, reason: '', wasClean: true, origin: 'server' }])
    expect(status()).toBe('waiting')
  })

  it.each([
    ['no event at all', undefined],
    ['an event without code and reason', {}],
    ['the code 0', { code: 0, reason: '', wasClean: false }],
  ])('B28 a close with %s reads as 1006 and an empty reason', async (_, event) => {
    const { server, socket, status } = await openRig()
    const closes = tape(socket, 'close')
    server.latest.client.onclose?.(event)
    expect(closes).toMatchObject([{ code: 1006, reason: '', wasClean: false, origin: 'network' }])
    expect(status()).toBe('waiting')
  })

  it.each([1000, 1002, 1003, 1007, 1010, 4400, 4404])('B18 %i with an empty reason stops', async (code) => {
    const { clock, server, socket, status } = await openRig()
    server.latest.close(code)
    await clock.advance(0)
    expect(status()).toBe('closed')
    expect(clock.timers).toBe(0)
    await clock.advance(1_000_000)
    expect(server.connections.length).toBe(1)
    expect(await outcome(socket.opened())).toBe('CLOSED')
  })
})

describe('close()', () => {
  it('says goodbye, waits for the answer, and ends', async () => {
    const { clock, server, socket, status } = await openRig({ server: { holdClose: true } })
    const told = record(socket)
    const closed = socket.close(4000, 'bye')
    expect(socket.state.get()).toEqual({ status: 'closing', draining: false })
    await clock.advance(100)
    expect(server.latest.clientClose).toEqual({ code: 4000, reason: 'bye' })
    expect(await outcome(closed)).toBe('pending')
    server.latest.answerClose()
    await clock.advance(0)
    expect(await outcome(closed)).toBe('resolved')
    expect(status()).toBe('closed')
    expect(told).toMatchObject([
      ['state', { status: 'closing' }],
      ['state', { status: 'closed', cause: { origin: 'user' } }],
      ['close', { code: 4000, reason: 'bye', wasClean: true, origin: 'user' }],
    ])
    expect(clock.timers).toBe(0)
  })

  it('says 1000 where nothing else was asked for', async () => {
    const { clock, server, socket } = await openRig()
    void socket.close()
    await clock.advance(0)
    expect(server.latest.clientClose).toEqual({ code: 1000, reason: '' })
  })

  it.each([1001, 1005, 1006, 1015, 0, -1, 999, 2999, 5000, 65_535, Number.NaN])(
    'B20 close(%d) throws at once, changes nothing and sends nothing',
    async (code) => {
      const { clock, server, socket, status } = await openRig()
      const told = record(socket)
      expect(() => socket.close(code)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
      expect(() => socket.close(code)).toThrow(String(code))
      await clock.advance(3_000)
      expect(status()).toBe('open')
      expect(told).toEqual([])
      expect(server.latest.clientClose).toBeUndefined()
    },
  )

  it('B20 throws for a wrong code in every state, the end included', async () => {
    const { clock, socket } = rig()
    expect(() => socket.close(1001)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    expect(socket.state.get().status).toBe('idle')
    void socket.close()
    await clock.advance(0)
    expect(() => socket.close(1001)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })

  it.each([
    ['ASCII', 'x'.repeat(300), 'x'.repeat(123)],
    ['two bytes', 'é'.repeat(100), 'é'.repeat(61)],
    ['three bytes', '€'.repeat(100), '€'.repeat(41)],
    ['four bytes', `a${'😀'.repeat(40)}`, `a${'😀'.repeat(30)}`],
    ['a fit', 'y'.repeat(123), 'y'.repeat(123)],
  ])('B21 cuts a reason over 123 bytes between two code points: %s', async (_, reason, sent) => {
    const { clock, server, socket } = await openRig()
    void socket.close(1000, reason)
    await clock.advance(0)
    expect(server.latest.clientClose?.reason).toBe(sent)
  })

  it('refuses a drain that is no duration', async () => {
    const { socket, status } = await openRig()
    expect(() => socket.close(1000, '', { drain: -1 })).toThrow(/drain.*-1/)
    expect(status()).toBe('open')
  })

  it.each(['ignore', 'refuse', 'error-alone', 'close-alone', 'accept'] as const)(
    'B22 while connecting gives one close, no open, no reconnect (the server would %s)',
    async (mode) => {
      const { clock, server, socket, status } = rig({ server: { mode } })
      const told = record(socket)
      socket.connect()
      const closed = socket.close()
      expect(await outcome(closed)).toBe('resolved')
      await clock.advance(1_000_000)
      expect(status()).toBe('closed')
      expect(told.map(([name]) => name).filter((name) => name !== 'state')).toEqual(['close'])
      expect(told.find(([name]) => name === 'close')?.[1]).toMatchObject({
        code: 1006,
        wasClean: false,
        origin: 'user',
      })
      expect(server.connections.length).toBe(1)
      expect(clock.timers).toBe(0)
      expect(server.live).toBe(0)
    },
  )

  it('B22 leaves the abandoned transport an error handler: ws throws an error that nobody hears', async () => {
    const { socket, server } = rig({ server: { mode: 'ignore' } })
    socket.connect()
    void socket.close()
    expect(server.latest.client.onerror).toBeTypeOf('function')
    expect(() => server.latest.client.fire('error')).not.toThrow()
  })

  it('B126 copes with two errors and no close after close() in a stalled handshake', async () => {
    const { clock, server, socket, status } = rig({ server: { mode: 'ignore' } })
    const told = record(socket, ['open', 'close', 'error'])
    socket.connect()
    await clock.advance(0)
    const closed = socket.close()
    server.latest.client.fire('error')
    server.latest.client.fire('error')
    await clock.advance(10_000)
    expect(await outcome(closed)).toBe('resolved')
    expect(status()).toBe('closed')
    expect(told.map(([name]) => name)).toEqual(['close'])
  })

  it('B23 does not close a connecting transport where that is harmful, but once it opened', async () => {
    const { clock, server, socket, status } = rig({
      environment: { closeWhileConnecting: false },
      server: { mode: 'ignore' },
    })
    const told = record(socket, ['open', 'close', 'message', 'error'])
    socket.connect()
    await clock.advance(0)
    const { client } = server.latest
    const closed = socket.close()
    await clock.advance(60_000)
    expect(await outcome(closed)).toBe('resolved')
    expect(client.readyState).toBe(client.CONNECTING)
    server.latest.accept()
    await clock.advance(0)
    expect(server.latest.clientClose).toBeDefined()
    expect(client.readyState).toBe(client.CLOSED)
    expect(status()).toBe('closed')
    expect(told.map(([event]) => event)).toEqual(['close'])
  })

  it('B23 holds for an attempt that timed out too: the next is made while the old one still connects', async () => {
    const { clock, server, socket, status } = rig({
      environment: { closeWhileConnecting: false },
      server: { mode: 'ignore' },
      connectTimeout: 1_000,
      retryDelay: () => 1,
    })
    const messages = tape(socket, 'message')
    socket.connect()
    await clock.advance(0)
    server.mode = 'accept'
    await clock.advance(1_001)
    expect(status()).toBe('open')
    expect(server.connections[0]?.client.readyState).toBe(0)
    server.connections[0]?.accept()
    server.connections[0]?.send('stale')
    await clock.advance(0)
    expect(server.connections.map(({ client }) => client.readyState)).toEqual([3, 1])
    expect(messages).toEqual([])
  })

  it('B29 resolves 2 000 ms later where the close is never confirmed, and ignores the late event', async () => {
    const { clock, server, socket, status } = await openRig({ server: { holdClose: true } })
    const told = record(socket)
    const closed = socket.close()
    await clock.advance(1_999)
    expect(await outcome(closed)).toBe('pending')
    await clock.advance(1)
    expect(await outcome(closed)).toBe('resolved')
    expect(status()).toBe('closed')
    expect(clock.timers).toBe(0)
    const before = told.length
    server.latest.answerClose()
    await clock.advance(10_000)
    expect(told.length).toBe(before)
    expect(told.filter(([name]) => name === 'close')).toMatchObject([
      ['close', { code: 1006, wasClean: false, origin: 'user' }],
    ])
  })

  it('B29 closeTimeout says how long', async () => {
    const { clock, socket } = await openRig({ closeTimeout: 50, server: { holdClose: true } })
    const closed = socket.close()
    await clock.advance(49)
    expect(await outcome(closed)).toBe('pending')
    await clock.advance(1)
    expect(await outcome(closed)).toBe('resolved')
  })

  it('B29 a transport that does not answer is terminated where that exists', async () => {
    const { clock, server, socket } = await openRig({ server: { holdClose: true, terminable: true } })
    void socket.close()
    await clock.advance(2_000)
    expect(server.log.at(-1)).toMatchObject({ from: 'client', type: 'terminate' })
    expect(server.live).toBe(0)
  })

  it('B29 connect() while a close is unanswered goes on at once, and the late close is ignored', async () => {
    const { clock, server, socket, status } = await openRig({ server: { holdClose: true } })
    const told = record(socket, ['open', 'close'])
    const closed = socket.close()
    await clock.advance(100)
    socket.connect()
    await clock.advance(0)
    expect(await outcome(closed)).toBe('resolved')
    expect(status()).toBe('open')
    server.connections[0]?.answerClose()
    await clock.advance(10_000)
    expect(status()).toBe('open')
    expect(told.map(([name]) => name)).toEqual(['close', 'open'])
    expect(server.live).toBe(1)
  })

  it('tells closing before closed, also on a class that fires close inside close()', async () => {
    const { clock, server, socket, status } = await openRig()
    const told = record(socket, ['state', 'close'])
    const { client } = server.latest
    client.close = (code = 1005, reason = '') => client.onclose?.({ code, reason, wasClean: true })
    const closed = socket.close(4000, 'bye')
    await clock.advance(10_000)
    expect(await outcome(closed)).toBe('resolved')
    expect(status()).toBe('closed')
    expect(told.map(([name, payload]) => (name === 'state' ? payload.status : name))).toEqual([
      'closing',
      'closed',
      'close',
    ])
    expect(clock.timers).toBe(0)
  })

  it('B33 a second close() is a no-op that resolves, during the close and after it', async () => {
    const { clock, server, socket } = await openRig({ server: { holdClose: true } })
    const told = record(socket)
    const first = socket.close(4000, 'one')
    const second = socket.close(4001, 'two')
    await clock.advance(0)
    expect(server.latest.clientClose).toEqual({ code: 4000, reason: 'one' })
    server.latest.answerClose()
    await clock.advance(0)
    expect(await outcome(Promise.all([first, second]))).toBe('resolved')
    const before = told.length
    expect(await outcome(socket.close(4002))).toBe('resolved')
    await clock.advance(10_000)
    expect(told.length).toBe(before)
    expect(server.log.filter(({ type }) => type === 'close').length).toBe(1)
  })

  it('resolves in idle too, and connect() works afterwards', async () => {
    const { clock, socket, status } = rig()
    expect(await outcome(socket.close())).toBe('resolved')
    expect(status()).toBe('closed')
    socket.connect()
    await clock.advance(0)
    expect(status()).toBe('open')
  })

  it('is told as a close event only where a connection or an attempt ended', async () => {
    const idle = rig()
    const ofIdle = tape(idle.socket, 'close')
    await idle.socket.close()
    expect(ofIdle).toEqual([])

    const waiting = rig({ server: { mode: 'refuse' } })
    const ofWaiting = tape(waiting.socket, 'close')
    waiting.socket.connect()
    await waiting.clock.advance(0)
    expect(ofWaiting.length).toBe(1)
    await waiting.socket.close()
    expect(ofWaiting.length).toBe(1)
  })

  it('close() inside a close listener of the break ends it', async () => {
    const { clock, server, socket, status } = await openRig()
    socket.once('close').then(() => socket.close())
    server.latest.die()
    await clock.advance(60_000)
    expect(status()).toBe('closed')
    expect(server.connections.length).toBe(1)
  })
})

describe('nothing after the end', () => {
  it('B33 no message, open or state reaches the user after close()', async () => {
    const { clock, server, socket } = await openRig({ server: { holdClose: true, lateFrames: true } })
    const told = record(socket, ['open', 'message', 'error'])
    const closed = socket.close()
    server.latest.send('late')
    await clock.advance(0)
    server.latest.answerClose()
    await clock.advance(0)
    await closed
    const states = tape(socket, 'state')
    server.latest.client.fire('open')
    server.latest.client.fire('message', { data: 'later' })
    server.latest.client.fire('error')
    server.latest.client.fire('close', { code: 1000 })
    await clock.advance(100_000)
    expect(told).toEqual([])
    expect(states).toEqual([])
  })

  it('B33 no listener is called once close() resolved', async () => {
    const { clock, socket } = await openRig()
    const told = record(socket)
    let atEnd = -1
    void socket.close().then(() => {
      atEnd = told.length
    })
    await clock.advance(100_000)
    expect(atEnd).toBe(told.length)
    expect(atEnd).toBe(3)
  })

  it('B24 a replaced transport changes neither state, heartbeat nor queue', async () => {
    const { clock, server, socket, status } = await openRig({
      heartbeat: heartbeat({ interval: 1_000, timeout: 500 }),
      server: { holdClose: true },
    })
    const old = server.latest
    const { onopen, onerror, onclose } = old.client
    socket.reconnect()
    await clock.advance(0)
    const state = socket.state.get()
    const told = record(socket)
    socket.send('kept')
    old.client.fire('message', { data: 'x' })
    old.client.fire('error')
    old.client.fire('close', { code: 1000, reason: '', wasClean: true })
    // Whoever took the handlers while they were attached calls them now.
    onopen?.({})
    onerror?.({})
    onclose?.({ code: 4400, reason: '', wasClean: true })
    await clock.advance(0)
    expect(socket.state.get()).toBe(state)
    expect(told).toEqual([])
    expect(server.latest.received).toEqual(['kept'])
    // The new transport says nothing: it dies of its own silence, which the old one's frames don't break.
    await clock.advance(900)
    old.client.fire('message', { data: 'pong' })
    await clock.advance(600)
    expect(status()).toBe('waiting')
  })

  it('B25 error and close schedule one retry', async () => {
    const { clock, server, socket } = await openRig()
    const told = record(socket, ['close', 'state'])
    server.latest.die({ error: true })
    await clock.advance(0)
    expect(told).toMatchObject([
      ['state', { status: 'waiting', attempt: 1 }],
      ['close', { code: 1006 }],
    ])
    await clock.advance(500)
    expect(server.connections.length).toBe(2)
    await clock.advance(60_000)
    expect(server.connections.length).toBe(2)
  })

  it('B25 error alone on an open transport tears nothing down', async () => {
    const { clock, server, socket, status } = await openRig()
    const told = record(socket)
    server.latest.error()
    await clock.advance(60_000)
    expect(told).toEqual([])
    expect(status()).toBe('open')
    socket.send('still here')
    expect(server.latest.received).toEqual(['still here'])
  })

  it('B26 B126 error without close before open is taken for a close after a grace', async () => {
    const { clock, server, socket, status } = rig({ server: { mode: 'error-alone' } })
    const closes = tape(socket, 'close')
    socket.connect()
    await clock.advance(0)
    expect(status()).toBe('connecting')
    await clock.advance(400)
    expect(closes).toMatchObject([{ code: 1006, origin: 'network' }])
    server.mode = 'accept'
    await clock.advance(1_000)
    expect(status()).toBe('open')
    expect(server.connections.length).toBe(2)
  })

  it('B26 a close within the grace counts once, with its own code', async () => {
    const { clock, server, socket } = rig({ server: { mode: 'ignore' } })
    const closes = tape(socket, 'close')
    socket.connect()
    await clock.advance(0)
    server.latest.client.fire('error')
    await clock.advance(10)
    server.latest.client.fire('close', { code: 1015, reason: '', wasClean: false })
    await clock.advance(500)
    expect(closes).toMatchObject([{ code: 1015 }])
    expect(server.connections.length).toBe(1)
  })

  it.each(['error', 'close'] as const)(
    'B27 a transport that fires %s twice causes one transition',
    async (type) => {
      const { clock, server, socket } = rig({ server: { mode: 'ignore' } })
      const told = record(socket, ['close', 'state'])
      socket.connect()
      await clock.advance(0)
      const { onerror, onclose } = server.latest.client
      for (let times = 0; times < 2; times++) {
        if (type === 'error') onerror?.({})
        onclose?.({ code: 1006, reason: '', wasClean: false })
      }
      await clock.advance(0)
      expect(told.filter(([name]) => name === 'close').length).toBe(1)
      expect(told.filter(([name, state]) => name === 'state' && state.status === 'waiting').length).toBe(1)
      await clock.advance(500)
      expect(server.connections.length).toBe(2)
    },
  )
})

describe('B19 our own closes are not the user’s', () => {
  it.each([1000, 1001, 3008, 4400])(
    'B19 a heartbeat timeout that the server answers with %i is retried',
    async (code) => {
      const { clock, server, socket, status } = await openRig({
        heartbeat: heartbeat({ interval: 1_000, timeout: 500 }),
        server: { holdClose: true },
      })
      const closes = tape(socket, 'close')
      const { onclose } = server.latest.client
      await clock.advance(1_500)
      expect(closes).toMatchObject([{ code: 1006, wasClean: false, origin: 'heartbeat' }])
      onclose?.({ code, reason: '', wasClean: true })
      server.latest.client.fire('close', { code, reason: '', wasClean: true })
      await clock.advance(500)
      expect(status()).toBe('open')
      expect(closes.length).toBe(1)
    },
  )

  it('B19 an attempt that timed out is retried, whatever its close says', async () => {
    const { clock, server, socket, status } = rig({ connectTimeout: 1_000, server: { mode: 'ignore' } })
    const closes = tape(socket, 'close')
    socket.connect()
    await clock.advance(0)
    const { onclose } = server.latest.client
    server.mode = 'accept'
    await clock.advance(1_000)
    onclose?.({ code: 1000, reason: '', wasClean: true })
    await clock.advance(500)
    expect(status()).toBe('open')
    expect(closes).toMatchObject([{ code: 1006, origin: 'timeout' }])
  })
})

describe('B85 close({ drain })', () => {
  const slow = { server: { buffered: 'manual' } } as const

  it('B85 waits for the queue and for the buffer, then closes', async () => {
    const { clock, server, socket } = await openRig({ ...slow, highWaterMark: 10 })
    for (let n = 0; n < 5; n++) socket.send(`message ${n}`)
    expect(socket.queue.get().messages).toBe(3)
    const closed = socket.close(1000, 'bye', { drain: 5_000 })
    expect(socket.state.get()).toEqual({ status: 'closing', draining: true })
    for (let round = 0; round < 3; round++) {
      await clock.advance(100)
      expect(socket.state.get()).toMatchObject({ draining: true })
      server.latest.drain()
    }
    await clock.advance(100)
    server.latest.drain()
    await clock.advance(100)
    expect(await outcome(closed)).toBe('resolved')
    expect(server.latest.received).toEqual([0, 1, 2, 3, 4].map((n) => `message ${n}`))
    expect(server.latest.clientClose).toEqual({ code: 1000, reason: 'bye' })
    expect(clock.timers).toBe(0)
  })

  it('B85 closes when the time is up, and keeps what waits', async () => {
    const { clock, server, socket, status } = await openRig({ ...slow, highWaterMark: 10 })
    for (let n = 0; n < 5; n++) socket.send(`message ${n}`)
    const closed = socket.close(1000, '', { drain: 300 })
    await clock.advance(299)
    expect(status()).toBe('closing')
    expect(socket.state.get()).toMatchObject({ draining: true })
    await clock.advance(1)
    expect(socket.state.get()).toMatchObject({ draining: false })
    server.latest.drain(18)
    server.latest.answerClose()
    await clock.advance(2_000)
    expect(await outcome(closed)).toBe('resolved')
    expect(socket.queue.get().messages).toBe(3)
  })

  it('B85 resolves also when no close event comes', async () => {
    const { clock, server, socket } = await openRig({ server: { buffered: 'manual', holdClose: true } })
    socket.send('stuck')
    server.latest.stall()
    const closed = socket.close(1000, '', { drain: 1_000 })
    await clock.advance(2_999)
    expect(await outcome(closed)).toBe('pending')
    await clock.advance(1)
    expect(await outcome(closed)).toBe('resolved')
    expect(clock.timers).toBe(0)
  })

  it('B85 does not wait where nothing waits, nor where the socket is not open', async () => {
    const open = await openRig()
    void open.socket.close(1000, '', { drain: 60_000 })
    expect(open.socket.state.get()).toEqual({ status: 'closing', draining: false })

    const { clock, socket, status } = rig({ server: { mode: 'ignore' } })
    socket.send('waits')
    socket.connect()
    await clock.advance(0)
    expect(await outcome(socket.close(1000, '', { drain: 60_000 }))).toBe('resolved')
    expect(status()).toBe('closed')
  })

  it('B67 a connection that is found dead while draining ends the socket, and does not wait for more', async () => {
    const { clock, server, socket, status } = await openRig({
      heartbeat: heartbeat({ interval: 1_000, timeout: 500 }),
      server: { buffered: 'manual', terminable: true },
    })
    socket.send('abc')
    const closed = socket.close(1000, '', { drain: 60_000 })
    await clock.advance(1_499)
    expect(socket.state.get()).toMatchObject({ status: 'closing', draining: true })
    await clock.advance(1)
    await closed
    expect([status(), server.live, clock.timers]).toEqual(['closed', 0, 0])
    expect(socket.state.get()).toMatchObject({ cause: { origin: 'heartbeat', code: 1006 } })
  })

  it('B85 a connection that breaks while draining ends the socket: no retry, the tail is kept', async () => {
    const { clock, server, socket, status } = await openRig(slow)
    const closes = tape(socket, 'close')
    socket.send('one')
    socket.send('two')
    const closed = socket.close(1000, '', { drain: 60_000 })
    server.latest.drain(3)
    await clock.advance(10)
    server.latest.die()
    await clock.advance(0)
    expect(await outcome(closed)).toBe('resolved')
    expect(status()).toBe('closed')
    expect(closes).toMatchObject([{ code: 1006, origin: 'network' }])
    expect(socket.queue.get().messages).toBe(1)
    await clock.advance(1_000_000)
    expect(server.connections.length).toBe(1)
  })

  it('B33 hears no message while draining', async () => {
    const { clock, server, socket } = await openRig(slow)
    const messages = tape(socket, 'message')
    socket.send('one')
    void socket.close(1000, '', { drain: 60_000 })
    server.latest.send('hi')
    await clock.advance(10)
    expect(messages).toEqual([])
  })
})

describe('disposal', () => {
  it('drops what waits with CLOSED, once it is closed', async () => {
    const { clock, socket, status } = rig({ queue: offlineQueue() })
    const drops = tape(socket, 'drop')
    const receipts = [socket.send('a'), socket.send('b')]
    await socket[Symbol.asyncDispose]()
    expect(status()).toBe('closed')
    expect(drops.map(({ id, data, error }) => [id, data, error.code])).toEqual([
      [receipts[0]?.id, 'a', 'CLOSED'],
      [receipts[1]?.id, 'b', 'CLOSED'],
    ])
    expect(await Promise.all(receipts.map(({ sent }) => outcome(sent)))).toEqual(['CLOSED', 'CLOSED'])
    expect(socket.queue.get()).toEqual({ messages: 0, bytes: 0, unconfirmed: 0, dropped: 2 })
    await clock.advance(0)
    expect(clock.timers).toBe(0)
  })

  it('closes an open connection', async () => {
    const { clock, server, socket } = await openRig()
    const disposed = socket[Symbol.asyncDispose]()
    await clock.advance(0)
    await disposed
    expect(server.live).toBe(0)
  })
})
