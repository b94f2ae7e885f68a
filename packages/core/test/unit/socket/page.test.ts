// The page around a socket: hidden and seen, into the back/forward cache and out of it.
import { describe, expect, it } from 'vitest'
import { createSocket, heartbeat, type Page, type raw, type SocketState } from '../../../src'
import { openRig, outcome, type RigOptions, record, rig, tape } from './support'
import { surroundings } from './surroundings'

/** An open socket in a page that the test plays. */
async function inPage(options: RigOptions<typeof raw> = {}) {
  const around = surroundings()
  const made = await openRig({ ...options, environment: { ...around.environment, ...options.environment } })
  return {
    ...made,
    ...around,
    state: () => made.socket.state.get() as SocketState & { readonly retryAt: number },
    attempts: () => made.server.connections.length,
  }
}

describe('B57 a connection that is lost while the page is hidden', () => {
  const lost = async (whenHidden?: 'keep' | 'slow' | 'suspend') => {
    const made = await inPage(whenHidden ? { whenHidden } : {})
    made.turns('hidden')
    expect(made.status()).toBe('open')
    made.server.latest.die()
    await made.clock.advance(0)
    return made
  }

  it.each([undefined, 'keep'] as const)('is replaced as ever with %s', async (whenHidden) => {
    const { clock, state } = await lost(whenHidden)
    expect(state()).toMatchObject({ status: 'waiting', attempt: 1 })
    expect(state().retryAt - clock.now()).toBeLessThanOrEqual(1_000)
  })

  it('is replaced slowly with slow', async () => {
    const { clock, state, attempts } = await lost('slow')
    expect(state()).toMatchObject({ status: 'waiting', attempt: 1 })
    expect(state().retryAt - clock.now()).toBeGreaterThanOrEqual(6_000)
    await clock.advance(12_000)
    expect(attempts()).toBe(2)
  })

  it('is not replaced with suspend, and no timer runs', async () => {
    const { clock, state, attempts } = await lost('suspend')
    expect(state()).toMatchObject({ status: 'suspended', why: 'hidden', attempt: 1, cause: { code: 1006 } })
    expect(clock.timers).toBe(0)
    await clock.advance(1e7)
    expect(attempts()).toBe(1)
  })

  it.each(['keep', 'slow', 'suspend'] as const)(
    'is replaced at once when the page is seen: %s',
    async (how) => {
      const { clock, turns, state, attempts } = await lost(how)
      turns('visible')
      await clock.advance(0)
      expect([state().status, attempts()]).toEqual(['open', 2])
    },
  )

  it('keeps what was sent', async () => {
    const { clock, server, socket, turns } = await lost('suspend')
    socket.send('a')
    turns('visible')
    await clock.advance(0)
    expect(server.latest.received).toEqual(['a'])
  })

  it('suspend: the first connection is made in a hidden page, too: connect() asked for it', async () => {
    const around = surroundings()
    around.page.isHidden = true
    const { clock, socket, status } = rig({ whenHidden: 'suspend', environment: around.environment })
    socket.connect()
    await clock.advance(0)
    expect(status()).toBe('open')
  })

  it('suspend: the wait of a page that is hidden ends, and begins no more until it is seen', async () => {
    const { clock, server, turns, page, network, state, attempts } = await inPage({ whenHidden: 'suspend' })
    server.latest.die()
    await clock.advance(0)
    expect(state().status).toBe('waiting')
    turns('hidden')
    expect(state()).toMatchObject({ status: 'suspended', why: 'hidden' })
    network.tell('online')
    page.tell('focus', 'resume')
    await clock.advance(60_000)
    expect(attempts()).toBe(1)
    turns('visible')
    await clock.advance(0)
    expect(attempts()).toBe(2)
  })

  it('B67 a silent one counts as lost', async () => {
    const { clock, turns, page, state } = await inPage({ whenHidden: 'suspend', heartbeat: heartbeat() })
    turns('hidden')
    await clock.advance(35_000)
    expect(state()).toMatchObject({ status: 'suspended', why: 'hidden', cause: { origin: 'heartbeat' } })
    expect(page.listeners).toHaveLength(1)
  })
})

describe('B59 a page that is seen again', () => {
  const everySign = ['visible', 'focus', 'resume', 'return'] as const

  it('while connecting, one attempt is enough', async () => {
    const around = surroundings()
    const { clock, server, socket, status } = rig({
      server: { mode: 'ignore' },
      environment: around.environment,
    })
    socket.connect()
    await clock.advance(100)
    around.page.tell(...everySign)
    server.latest.accept()
    await clock.advance(0)
    expect([status(), server.connections.length]).toEqual(['open', 1])
  })

  it('without a heartbeat the connection is left alone', async () => {
    const { clock, socket, server, page, attempts } = await inPage()
    const told = record(socket)
    clock.setNow(clock.now() + 1e7)
    page.tell(...everySign)
    await clock.advance(60_000)
    expect([told, server.latest.received, attempts()]).toEqual([[], [], 1])
  })

  it('while waiting, focus alone means nothing', async () => {
    const { clock, server, page, state, attempts } = await inPage({ retryDelay: () => 30_000 })
    server.latest.die()
    await clock.advance(0)
    page.tell('focus')
    await clock.advance(29_000)
    expect([state().status, attempts()]).toEqual(['waiting', 1])
  })
})

describe('B60 the back/forward cache', () => {
  it('closes the transport, and says so', async () => {
    const { clock, server, socket, page, state } = await inPage()
    const closes = tape(socket, 'close')
    page.tell('leave')
    expect(state()).toMatchObject({
      status: 'suspended',
      why: 'hidden',
      attempt: 1,
      cause: { origin: 'page' },
    })
    expect(closes).toMatchObject([{ code: 1006, wasClean: false, origin: 'page' }])
    await clock.advance(0)
    expect(server.latest.clientClose).toMatchObject({ code: 1000 })
    expect([server.live, server.handlers, clock.timers]).toEqual([0, 1, 0])
  })

  it('on return exactly one connection is made, at once, and what waited goes over it', async () => {
    const { clock, server, socket, page, turns, attempts, status } = await inPage()
    page.tell('leave')
    const receipt = socket.send('a')
    await clock.advance(1e7)
    expect([attempts(), receipt.status]).toEqual([1, 'queued'])
    page.tell('resume', 'return')
    turns('visible')
    page.tell('focus')
    await clock.advance(0)
    expect([status(), attempts()]).toEqual(['open', 2])
    expect(server.latest.received).toEqual(['a'])
    await clock.advance(60_000)
    expect(attempts()).toBe(2)
  })

  it('B24 what the old transport says after that is not heard', async () => {
    const { clock, server, socket, page, attempts, status } = await inPage({ server: { holdClose: true } })
    const messages = tape(socket, 'message')
    page.tell('leave')
    page.tell('resume', 'return')
    await clock.advance(0)
    const told = record(socket)
    const [first] = server.connections
    first?.error()
    first?.send('late')
    first?.answerClose()
    first?.die({ error: true })
    await clock.advance(60_000)
    expect([status(), attempts(), told, messages]).toEqual(['open', 2, [], []])
  })

  it('B77 what had been handed over is uncertain, and not sent again', async () => {
    const { clock, server, socket, page } = await inPage({ server: { buffered: 'manual' } })
    const closes = tape(socket, 'close')
    socket.send('abc')
    page.tell('leave')
    expect(closes).toMatchObject([{ uncertain: { messages: 1, bytes: 3 } }])
    page.tell('return')
    await clock.advance(0)
    expect(server.latest.sent).toEqual([])
  })

  it.each(['open', 'connecting'])('B7 ends a socket for good whose last attempt is %s', async (status) => {
    const { environment, page } = surroundings()
    const t = rig({ environment, retries: 0, server: { mode: status === 'open' ? 'accept' : 'ignore' } })
    t.socket.connect()
    await t.clock.advance(0)
    expect(t.status()).toBe(status)
    page.tell('leave')
    await t.clock.advance(0)
    expect(t.socket.state.get()).toMatchObject({ status: 'closed', cause: { origin: 'page' } })
    page.tell('return')
    await t.clock.advance(60_000)
    expect([t.server.connections.length, t.server.live]).toEqual([1, 0])
  })

  it('ends an attempt that is under way', async () => {
    const around = surroundings()
    const { clock, server, socket, status } = rig({
      server: { mode: 'ignore' },
      environment: around.environment,
    })
    socket.connect()
    await clock.advance(100)
    around.page.tell('leave')
    await clock.advance(0)
    expect([status(), server.live, clock.timers]).toEqual(['suspended', 0, 0])
    server.mode = 'accept'
    around.page.tell('return')
    await clock.advance(0)
    expect([status(), server.connections.length]).toEqual(['open', 2])
  })

  it('ends a wait, and on return its attempt is made', async () => {
    const { clock, server, page, state, attempts } = await inPage({ retryDelay: () => 30_000 })
    server.latest.die()
    await clock.advance(0)
    page.tell('leave')
    expect(state()).toMatchObject({ status: 'suspended', why: 'hidden', attempt: 1 })
    await clock.advance(1e6)
    expect(attempts()).toBe(1)
    page.tell('return')
    await clock.advance(0)
    expect([state().status, attempts()]).toEqual(['open', 2])
  })

  it('B58 a socket that is closed, or closing, stays so', async () => {
    const { clock, socket, page, network, attempts, status } = await inPage({ server: { holdClose: true } })
    void socket.close()
    page.tell('leave', 'resume', 'return', 'visible')
    network.tell('online')
    await clock.advance(60_000)
    expect([status(), attempts()]).toEqual(['closed', 1])
  })

  it('close() in it ends it for good; connect() in it tries at once', async () => {
    const one = await inPage()
    one.page.tell('leave')
    expect(await outcome(one.socket.close())).toBe('resolved')
    one.page.tell('return')
    await one.clock.advance(60_000)
    expect([one.status(), one.attempts()]).toEqual(['closed', 1])

    const other = await inPage()
    other.page.tell('leave')
    other.socket.connect()
    await other.clock.advance(0)
    expect([other.status(), other.attempts()]).toEqual(['open', 2])
    other.page.tell('return')
    await other.clock.advance(60_000)
    expect(other.attempts()).toBe(2)
  })

  it('again and again, each time one connection, and nothing left behind', async () => {
    const made = await inPage({ heartbeat: heartbeat() })
    const { clock, server, page, attempts } = made
    for (let n = 2; n < 50; n++) {
      page.tell('leave')
      await clock.advance(1_000)
      page.tell('resume', 'return')
      await clock.advance(0)
      expect(attempts()).toBe(n)
    }
    expect([server.live, clock.timers, made.subscriptions()]).toEqual([1, 1, 2])
  })

  it('from a hidden page, with suspend, waits until the page is seen', async () => {
    const { clock, page, turns, state, attempts } = await inPage({ whenHidden: 'suspend' })
    turns('hidden')
    page.tell('leave')
    page.tell('resume', 'return')
    await clock.advance(60_000)
    expect([state().status, attempts()]).toEqual(['suspended', 1])
    turns('visible')
    await clock.advance(0)
    expect([state().status, attempts()]).toEqual(['open', 2])
  })
})

describe('a page that is frozen', () => {
  const frozen = async (options: RigOptions<typeof raw> = {}) => {
    const t = await inPage({ retryDelay: () => 1, server: { buffered: 'manual' }, ...options })
    t.socket.send('abc')
    t.page.tell('freeze')
    return t
  }

  it('stays connected, and asks nothing', async () => {
    const { clock, server, status } = await frozen({ heartbeat: heartbeat() })
    await clock.advance(1_000)
    expect([status(), server.latest.sent]).toEqual(['open', ['abc']])
  })

  it('B77 may find its connection ended, and what was in the buffer delivered: it is uncertain, and not sent again', async () => {
    const { clock, server, socket, page } = await frozen()
    const closes = tape(socket, 'close')
    server.latest.die({ error: true })
    page.tell('resume')
    await clock.advance(100)
    expect(closes).toMatchObject([{ origin: 'network', uncertain: { messages: 1, bytes: 3 } }])
    expect(server.connections.map(({ sent }) => sent)).toEqual([['abc'], []])
  })

  it('B75 one that is not frozen has it sent again', async () => {
    const { clock, server, socket } = await inPage({ retryDelay: () => 1, server: { buffered: 'manual' } })
    socket.send('abc')
    server.latest.die({ error: true })
    await clock.advance(100)
    expect(server.latest.sent).toEqual(['abc'])
  })

  it('B75 and so does a connection that outlived it, once a probe was answered', async () => {
    const { clock, server, page } = await frozen({ heartbeat: heartbeat() })
    clock.setNow(clock.now() + 60_000)
    page.tell('resume')
    server.latest.send('pong')
    await clock.advance(0)
    server.latest.die()
    await clock.advance(100)
    expect(server.latest.sent).toEqual(['abc'])
  })

  it('B75 without a heartbeat, too: what is handed over long after it ran again comes back', async () => {
    const { clock, server, socket, page } = await frozen()
    page.tell('resume')
    server.latest.drain()
    server.latest.send('news')
    await clock.advance(60_000)
    socket.send('later')
    server.latest.die()
    await clock.advance(100)
    expect(server.latest.sent).toEqual(['later'])
  })
})

describe('a page that misbehaves', () => {
  it.each<[string, unknown]>([
    ['no object', 'visible'],
    ['null', null],
    ['one without subscribe', { isHidden: () => false }],
    ['one without isHidden', { subscribe: () => () => {} }],
    ['one whose isHidden is no function', { isHidden: false, subscribe: () => () => {} }],
  ])('INVALID_OPTION for %s', (_, page) => {
    const make = () => createSocket('ws://memory.test/', { environment: { page: page as never } })
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    expect(make).toThrow('page')
  })

  const boom = (): never => {
    throw new Error('mine')
  }
  const withPage = (page: Partial<Page>) =>
    openRig({
      whenHidden: 'suspend',
      environment: { page: { isHidden: () => false, subscribe: () => () => {}, ...page } },
    })

  it('whose isHidden throws counts as seen, and the socket goes on', async () => {
    const { clock, server, socket, status } = await withPage({ isHidden: boom })
    const errors = tape(socket, 'error')
    server.latest.die()
    await clock.advance(1_000)
    expect(errors.length).toBeGreaterThan(0)
    for (const error of errors) expect(error).toMatchObject({ code: 'PROVIDER', cause: { message: 'mine' } })
    expect(status()).toBe('open')
  })

  it('whose subscribe, or unsubscribe, throws does no harm', async () => {
    const one = await withPage({ subscribe: boom })
    expect(await outcome(Promise.all([one.socket.close(), one.clock.advance(0)]))).toBe('resolved')
    const other = await withPage({ subscribe: () => boom })
    const errors = tape(other.socket, 'error')
    expect(await outcome(Promise.all([other.socket.close(), other.clock.advance(0)]))).toBe('resolved')
    expect(errors).toMatchObject([{ code: 'PROVIDER' }])
    expect(other.clock.timers).toBe(0)
  })

  it.each(['leave', 'hidden', 'return', 'visible'] as const)(
    'that tells of %s while it is subscribed to changes nothing',
    async (signal) => {
      const { clock, server, status } = await withPage({
        subscribe: (listener) => {
          listener(signal)
          return () => {}
        },
      })
      await clock.advance(60_000)
      expect([status(), server.connections.length]).toEqual(['open', 1])
    },
  )

  it('B58 that goes on telling after it was left changes nothing', async () => {
    const { clock, socket, page, attempts, status } = await inPage()
    void socket.close()
    await clock.advance(0)
    for (const listener of page.past) for (const s of ['leave', 'return', 'visible'] as const) listener(s)
    await clock.advance(60_000)
    expect([status(), attempts()]).toEqual(['closed', 1])
  })
})
