// The connection machine: what follows from each event, state by state.
import { beforeEach, describe, expect, it } from 'vitest'
import {
  type ConnectionEvent,
  type Effects,
  initialConnection,
  type Policy,
  transition,
} from '../../src/connection/transition'
import { SocketError } from '../../src/errors'
import type { CloseInfo, NetworkSignal, PageSignal } from '../../src/types'
import type { Reach } from '../../src/url'
import { thrown } from './support'

const nothing = { messages: 0, bytes: 0 }
const closeInfo = (code: number, fields: Partial<CloseInfo> = {}): CloseInfo => ({
  code,
  reason: '',
  wasClean: code !== 1006,
  origin: code === 1006 ? 'network' : 'server',
  uncertain: nothing,
  ...fields,
})

/** A machine at a time of its own, in ms since its birth. Each event is about the attempt at hand unless it says otherwise. */
function machine(options: Partial<Policy> = {}) {
  const policy: Policy = {
    retries: Infinity,
    connectTimeout: 10_000,
    handshakeTimeout: 10_000,
    closeTimeout: 2_000,
    minUptime: 5_000,
    whenHidden: 'keep',
    whenOffline: 'slow',
    retryDelay: ({ attempt }) => attempt * 100,
    shouldRetry: (_, verdict) => verdict !== 'stop',
    retryAfter: () => undefined,
    ...options,
  }
  const made = {
    connection: initialConnection,
    now: 0,
    /** Both are what the next event finds. */
    random: 0.5,
    uncertain: nothing,
    surroundings: { isOffline: () => false, isHidden: () => false, reach: 'internet' as Reach },
    get state() {
      return made.connection.state
    },
    get status() {
      return made.connection.state.status
    },
    step(type: ConnectionEvent['type'], fields: object = {}): Effects {
      const { generation } = made.connection
      const event = {
        generation,
        farewell: { code: 1000, reason: '' },
        drain: 0,
        ...fields,
        type,
      } as ConnectionEvent
      const { now, random, uncertain } = made
      const [next, effects] = transition(
        made.connection,
        event,
        { now, random: () => random, uncertain, ...made.surroundings },
        policy,
      )
      made.connection = next
      return effects
    },
    /** Lets the time come at which the machine wants to be called. */
    due(): Effects {
      made.now = made.connection.dueAt ?? Number.NaN
      return made.step('due')
    },
    /** The transport ends. */
    end: (code = 1006, fields: Partial<CloseInfo> = {}) =>
      made.step('transport-close', { close: closeInfo(code, fields) }),
    /** An attempt, as far as it is to go. */
    attempt(to: 'transport' | 'handshake' | 'open') {
      if (made.status === 'waiting') made.due()
      else made.step('connect')
      made.step('prepared')
      if (to !== 'transport') made.step('transport-open')
      if (to === 'open') made.step('accepted', { protocol: 'chat' })
    },
    /** An attempt that ends before it opened. */
    fail(code?: number) {
      made.attempt('transport')
      made.end(code)
    },
    /** A connection that was useful before it ends. */
    usefulConnection() {
      made.attempt('open')
      made.now += 5_000
    },
  }
  return made
}

let m: ReturnType<typeof machine>
beforeEach(() => {
  m = machine()
})

describe('an attempt', () => {
  it('goes from idle by credentials, transport and handshake to open', () => {
    expect(m.state).toEqual({ status: 'idle' })
    m.step('connect')
    expect(m.state).toEqual({ status: 'connecting', attempt: 0, phase: 'credentials' })
    m.step('prepared')
    expect(m.state).toEqual({ status: 'connecting', attempt: 0, phase: 'transport' })
    m.step('transport-open')
    expect(m.state).toEqual({ status: 'connecting', attempt: 0, phase: 'handshake' })
    m.now = 70
    m.step('accepted', { protocol: 'chat' })
    expect(m.state).toEqual({ status: 'open', since: 70, protocol: 'chat', suspect: false, rotating: false })
    expect(m.connection.dueAt).toBeUndefined()
  })

  it.each(['credentials', 'transport', 'handshake'] as const)(
    'B35 fails at connectTimeout when it hangs at the %s, with the transport killed',
    (phase) => {
      m.step('connect')
      if (phase !== 'credentials') m.step('prepared')
      if (phase === 'handshake') m.step('transport-open')
      m.now = 9_999
      expect(m.connection.dueAt).toBe(10_000)
      const { error, close, release } = m.due()
      expect(error).toEqual(thrown(phase === 'handshake' ? 'HANDSHAKE_TIMEOUT' : 'CONNECT_TIMEOUT', phase))
      expect(close).toEqual(closeInfo(1006, { origin: 'timeout' }))
      expect(release).toMatchObject({ died: false, farewell: { dead: true } })
      expect(m.state).toMatchObject({ status: 'waiting', attempt: 1, cause: close })
    },
  )

  it('B41 fails at handshakeTimeout when nobody accepts', () => {
    m = machine({ handshakeTimeout: 3_000 })
    m.step('connect')
    m.now = 1_000
    m.step('prepared')
    m.step('transport-open')
    expect(m.connection.dueAt).toBe(4_000)
    expect(m.due().error).toEqual(thrown('HANDSHAKE_TIMEOUT'))
    expect(m.state).toMatchObject({ status: 'waiting', attempt: 1, cause: { origin: 'timeout' } })
  })

  it('B35 gives the handshake no longer than what connectTimeout leaves', () => {
    m.step('connect')
    m.step('prepared')
    m.now = 8_000
    m.step('transport-open')
    expect(m.connection.dueAt).toBe(10_000)
  })

  it('B119 closes a transport that timed out, before another is made', () => {
    m.step('connect')
    m.step('prepared')
    expect(m.due().release?.farewell).toBeDefined()
    expect(m.status).toBe('waiting')
  })

  it('B36 fails, is reported and is tried again when a function of the app threw', () => {
    const error = new SocketError('PROVIDER', 'url: nope')
    m.step('connect')
    const effects = m.step('give-up', { origin: 'network', error })
    expect(effects.error).toBe(error)
    expect(m.state).toMatchObject({ status: 'waiting', attempt: 1, cause: { code: 1006, origin: 'network' } })
  })

  it('B16 B119 reports a refused connection as 1006 and not clean', () => {
    m.attempt('transport')
    m.step('transport-error')
    expect(m.end().close).toEqual(closeInfo(1006, { wasClean: false }))
    expect(m.state).toMatchObject({
      status: 'waiting',
      cause: { code: 1006, wasClean: false, origin: 'network' },
    })
  })
})

describe('backing off', () => {
  it('B12 shows attempt, retryAt and cause while it waits', () => {
    m.attempt('open')
    m.now = 1_234
    m.end(1012, { reason: 'restart' })
    const cause = closeInfo(1012, { reason: 'restart' })
    expect(m.state).toEqual({ status: 'waiting', attempt: 1, retryAt: 1_334, cause })
    expect(m.connection.dueAt).toBe(1_334)
  })

  it('B12 gives the attempt its number and its cause', () => {
    m.fail()
    m.due()
    expect(m.state).toEqual({ status: 'connecting', attempt: 1, phase: 'credentials' })
    expect(m.connection.cause).toEqual(closeInfo(1006))
  })

  it('B4 asks for the delay of retry 1 first, with the cause and the random source of the moment', () => {
    const asked: unknown[] = []
    m = machine({
      retryDelay: ({ attempt, random, cause }) => {
        asked.push([attempt, random(), cause.code])
        return 0
      },
    })
    m.random = 0.25
    m.fail()
    m.attempt('transport')
    m.end(1012)
    expect(asked).toEqual([
      [1, 0.25, 1006],
      [2, 0.25, 1012],
    ])
  })

  it('B5 lets the attempt number rise while the server accepts and drops at once', () => {
    for (let n = 1; n <= 20; n++) {
      m.attempt('open')
      m.now += 10
      m.end(1006)
      expect(m.state).toMatchObject({ status: 'waiting', attempt: n })
    }
  })

  it('B6 resets the attempts after minUptime of useful time, not a millisecond before', () => {
    for (const [uptime, attempt] of [
      [4_999, 3],
      [5_000, 1],
      [4_999, 2],
    ] as const) {
      if (attempt === 3) for (const _ of [1, 2]) m.fail()
      m.attempt('open')
      m.now += uptime
      m.end()
      expect(m.state).toMatchObject({ attempt })
    }
  })

  it('B6 counts the useful time from the end of the handshake, not from the transport', () => {
    m = machine({ connectTimeout: 60_000, handshakeTimeout: 60_000 })
    m.attempt('handshake')
    m.end()
    m.attempt('handshake')
    m.now += 50_000
    m.step('accepted', { protocol: '' })
    m.now += 4_999
    m.end()
    expect(m.state).toMatchObject({ attempt: 2 })
  })

  it('B6 never counts a handshake as useful, however long', () => {
    m = machine({ connectTimeout: 60_000, handshakeTimeout: 60_000 })
    m.attempt('handshake')
    m.now += 50_000
    m.end()
    m.attempt('handshake')
    m.now += 50_000
    m.end()
    expect(m.state).toMatchObject({ attempt: 2 })
  })

  it.each([0, 1, 2, 5])('B7 makes exactly %i + 1 attempts, then one terminal closed', (retries) => {
    m = machine({ retries })
    for (let n = 0; n <= retries; n++) {
      m.attempt('transport')
      expect(m.state).toMatchObject({ status: 'connecting', attempt: n })
      m.end(1006)
    }
    expect(m.state).toEqual({ status: 'closed', cause: closeInfo(1006) })
    expect(m.connection.dueAt).toBeUndefined()
  })

  it('B7 starts afresh by a later connect()', () => {
    m = machine({ retries: 1 })
    for (const _ of [0, 1]) m.fail()
    m.attempt('transport')
    expect(m.state).toMatchObject({ status: 'connecting', attempt: 0 })
    m.end()
    expect(m.state).toMatchObject({ status: 'waiting', attempt: 1 })
  })

  it('B7 grants the retries anew after a useful connection', () => {
    m = machine({ retries: 1 })
    m.fail()
    m.usefulConnection()
    m.end()
    expect(m.state).toMatchObject({ status: 'waiting', attempt: 1 })
  })

  it('B8 connect() cuts the wait short and keeps the count', () => {
    m = machine({ retryDelay: () => 30_000 })
    m.fail()
    m.now = 1
    m.step('connect')
    expect(m.state).toEqual({ status: 'connecting', attempt: 1, phase: 'credentials' })
    expect(m.connection.dueAt).toBe(10_001)
  })

  it('B9 close() ends the wait: no attempt ever follows', () => {
    m.fail()
    m.step('close')
    expect(m.state).toMatchObject({ status: 'closed', cause: { origin: 'user' } })
    expect(m.connection.dueAt).toBeUndefined()
    m.now += 60_000
    for (const type of ['due', 'drained'] as const) m.step(type)
    expect(m.status).toBe('closed')
  })

  it('B10 connect() twice makes one attempt, in any state', () => {
    for (const phase of ['credentials', 'transport', 'handshake', 'open']) {
      m = machine()
      m.step('connect')
      if (phase !== 'credentials') m.attempt(phase as 'open')
      const before = m.connection
      expect(m.step('connect')).toEqual({})
      expect(m.connection).toEqual(before)
    }
  })

  it('B13 leaves a delay beyond 2^31−1 as it is: the time at which it is due says so', () => {
    m = machine({ retryDelay: () => 2 ** 40 })
    m.fail()
    expect(m.connection.dueAt).toBe(2 ** 40)
  })

  it.each([Number.NaN, -1, undefined, 'soon'])('refuses the retryDelay %s with INVALID_OPTION', (delay) => {
    m = machine({ retryDelay: () => delay as number })
    m.attempt('transport')
    expect(() => m.end()).toThrow(thrown('INVALID_OPTION', 'retryDelay'))
  })
})

describe('the slow schedule', () => {
  it.each([1013, 1015, 4408, 4429])(
    'B11 %i never leads to an immediate retry, even where the policy says 0',
    (code) => {
      m = machine({ retryDelay: () => 0 })
      for (const random of [0, 0.5, 0.999]) {
        m.random = random
        m.attempt('open')
        m.end(code)
        expect(m.connection.dueAt).toBeGreaterThanOrEqual(m.now + 1_000)
      }
    },
  )

  it('B11 begins where the backoff is at its widest', () => {
    const attempts: number[] = []
    m = machine({
      retryDelay: ({ attempt }) => {
        attempts.push(attempt)
        return 20_000
      },
    })
    for (let n = 0; n < 6; n++) m.fail(1013)
    expect(attempts).toEqual([4, 4, 4, 4, 5, 6])
    expect(m.connection.dueAt).toBe(m.now + 20_000)
  })

  it("B11 keeps away for as long as the server's advice, and spreads the clients behind it", () => {
    m = machine({ retryDelay: () => 0, retryAfter: ({ reason }) => JSON.parse(reason).retryAfter })
    const advised = [0, 0.25, 0.5, 0.999].map((random) => {
      m.random = random
      m.attempt('transport')
      m.end(1012, { reason: '{"retryAfter":30000}' })
      return (m.connection.dueAt ?? 0) - m.now
    })
    expect(Math.min(...advised)).toBeGreaterThanOrEqual(30_000)
    expect(new Set(advised).size).toBe(4)
    expect(Math.max(...advised)).toBeLessThanOrEqual(60_000)
  })

  it('B11 takes an advice of 0 for the slow schedule too', () => {
    m = machine({ retryDelay: () => 0, retryAfter: () => 0 })
    m.attempt('transport')
    m.end(1012)
    expect(m.connection.dueAt).toBeGreaterThanOrEqual(1_000)
  })

  it('asks for advice once per loss, with the close', () => {
    const asked: CloseInfo[] = []
    m = machine({
      retryAfter: (close) => {
        asked.push(close)
        return undefined
      },
    })
    m.attempt('open')
    m.end(1012)
    expect(asked).toEqual([closeInfo(1012)])
    expect(m.connection.dueAt).toBe(100)
  })
})

describe('the end of a transport', () => {
  it.each([
    [1000, 'closed'],
    [1002, 'closed'],
    [4400, 'closed'],
    [1001, 'waiting'],
    [1005, 'waiting'],
    [1006, 'waiting'],
    [1009, 'waiting'],
    [1013, 'waiting'],
    [4999, 'waiting'],
    [3000, 'closed'],
    [1008, 'closed'],
  ] as const)('B17 %i from the server leads to %s', (code, status) => {
    m.attempt('open')
    const { close, release } = m.end(code)
    expect(m.state).toMatchObject({ status, cause: { code } })
    expect(close).toEqual(closeInfo(code))
    expect(release).toEqual({ died: true })
  })

  it('B17 1008 retries once the connection was useful', () => {
    m.usefulConnection()
    m.end(1008)
    expect(m.status).toBe('waiting')
  })

  it('B17 shouldRetry sees the close and the verdict, and overrides either way', () => {
    const asked: unknown[] = []
    m = machine({
      shouldRetry: ({ code }, verdict) => {
        asked.push([code, verdict])
        return code === 1000
      },
    })
    m.attempt('open')
    m.end(1000)
    expect(m.state).toMatchObject({ status: 'waiting', attempt: 1, retryAt: 100 })
    m.attempt('open')
    m.end(1006)
    expect(m.status).toBe('closed')
    expect(asked).toEqual([
      [1000, 'stop'],
      [1006, 'retry'],
    ])
  })

  it('B17 shouldRetry stops a reauthentication too', () => {
    m = machine({ auth: {}, shouldRetry: () => false })
    m.attempt('open')
    m.end(4401)
    expect(m.status).toBe('closed')
  })

  it('B84 three 1009 in a row stop', () => {
    for (let n = 0; n < 2; n++) {
      m.attempt('open')
      m.end(1009)
      expect(m.status).toBe('waiting')
    }
    m.attempt('open')
    expect(m.end(1009).close).toEqual(closeInfo(1009))
    expect(m.state).toEqual({ status: 'closed', cause: closeInfo(1009) })
  })

  it.each([
    ['another end', () => m.fail(1006)],
    [
      'connect() after the user’s close',
      () => {
        m.step('close')
        m.step('due')
      },
    ],
  ])('B84 %s between them begins the count anew', (_, between) => {
    for (let n = 0; n < 2; n++) {
      m.attempt('open')
      m.end(1009)
    }
    between()
    m.attempt('open')
    m.end(1009)
    expect(m.status).toBe('waiting')
  })

  it('B84 a useful connection begins the count anew', () => {
    for (let n = 0; n < 5; n++) {
      m.usefulConnection()
      m.end(1009)
    }
    expect(m.status).toBe('waiting')
    // The last of them counted itself.
    m.attempt('open')
    m.end(1009)
    expect(m.status).toBe('waiting')
    m.attempt('open')
    m.end(1009)
    expect(m.status).toBe('closed')
  })

  it('B84 a connection that was useful and rotated begins the count anew', () => {
    for (let n = 0; n < 5; n++) {
      m.usefulConnection()
      m.step('rotated', { protocol: '' })
      m.end(1009)
    }
    expect(m.status).toBe('waiting')
  })

  it.each<[string, () => unknown]>([
    ['is cut short by connect()', () => m.step('connect')],
    [
      'is suspended by a page that leaves, and goes on with its return',
      () => {
        m.step('signal', { signal: 'leave' })
        m.step('signal', { signal: 'return' })
      },
    ],
    [
      'is cut short by the network',
      () => {
        m.random = 0
        m.step('signal', { signal: 'online' })
      },
    ],
    [
      'led to an attempt that the network made begin anew',
      () => {
        m.due()
        m.now += 2_000
        m.step('signal', { signal: 'change' })
      },
    ],
  ])('B84 the count outlives a wait that %s', (_, wait) => {
    for (let n = 0; n < 2; n++) {
      m.attempt('open')
      m.end(1009)
    }
    wait()
    if (m.status === 'waiting') m.due()
    expect(m.status).toBe('connecting')
    m.step('prepared')
    m.step('transport-open')
    m.step('accepted', { protocol: '' })
    m.end(1009)
    expect(m.status).toBe('closed')
  })

  it('B84 shouldRetry may want to go on after three 1009, and is told the verdict', () => {
    const verdicts: unknown[] = []
    m = machine({
      shouldRetry: (_, verdict) => {
        verdicts.push(verdict)
        return true
      },
    })
    for (let n = 0; n < 3; n++) {
      m.attempt('open')
      m.end(1009)
    }
    expect([verdicts, m.status]).toEqual([['retry', 'retry', 'stop'], 'waiting'])
  })

  it('B18 a code that stops does so with an empty reason', () => {
    m.attempt('open')
    m.end(4404, { reason: '' })
    expect(m.status).toBe('closed')
  })

  it('B25 error alone on an open transport tears nothing down', () => {
    m.attempt('open')
    const before = m.connection
    expect(m.step('transport-error')).toEqual({})
    expect(m.connection).toEqual(before)
  })

  it('B25 error, then close, schedules one retry', () => {
    m.attempt('transport')
    expect(m.step('transport-error')).toEqual({})
    const generation = m.connection.generation
    expect(m.end().close).toBeDefined()
    const waiting = m.connection
    expect(m.step('transport-close', { generation, close: closeInfo(1006) })).toEqual({})
    expect(m.connection).toEqual(waiting)
    expect(waiting.state).toMatchObject({ status: 'waiting', attempt: 1 })
  })

  it.each(['transport', 'handshake'] as const)(
    'B26 B126 error with no close is taken for one after a grace: at the %s',
    (phase) => {
      m.attempt(phase)
      m.now = 50
      m.step('transport-error')
      expect(m.connection.dueAt).toBe(150)
      m.now = 120
      m.step('transport-error')
      expect(m.connection.dueAt).toBe(150)
      const { close, error } = m.due()
      expect(close).toEqual(closeInfo(1006))
      expect(error).toBeUndefined()
      expect(m.state).toMatchObject({ status: 'waiting', attempt: 1 })
    },
  )

  it('B26 the grace never outlasts connectTimeout', () => {
    m.attempt('transport')
    m.now = 9_950
    m.step('transport-error')
    expect(m.connection.dueAt).toBe(10_000)
  })

  it.each([
    'transport-open',
    'transport-error',
    'transport-close',
    'prepared',
    'accepted',
    'give-up',
  ] as const)('B24 B27 a late %s of an older attempt changes nothing, in any state', (type) => {
    m.attempt('open')
    const { generation } = m.connection
    const late = () => {
      const before = m.connection
      const fields = { generation, close: closeInfo(1006), origin: 'heartbeat', protocol: 'old' }
      expect(m.step(type, fields)).toEqual({})
      expect(m.connection).toEqual(before)
    }
    m.end()
    late()
    m.due()
    late()
    m.step('prepared')
    late()
    m.step('transport-open')
    late()
    m.step('accepted', { protocol: 'new' })
    late()
    m.step('close')
    late()
    m.end(1000)
    late()
  })
})

describe('what we give up', () => {
  it('B19 B67 silence replaces the transport at once, killed, with no wait for its close, and never as the user', () => {
    m.usefulConnection()
    m.uncertain = { messages: 3, bytes: 30 }
    const { release, close } = m.step('give-up', { origin: 'heartbeat' })
    expect(release).toMatchObject({ died: false, farewell: { dead: true } })
    expect(release?.farewell?.code).not.toBe(1006)
    expect(close).toEqual(closeInfo(1006, { origin: 'heartbeat', uncertain: { messages: 3, bytes: 30 } }))
    expect(m.state).toMatchObject({ status: 'waiting', attempt: 1 })
  })

  it('B20 the farewells that we choose are codes that may be sent', () => {
    const farewells: unknown[] = []
    m.attempt('open')
    farewells.push(m.step('give-up', { origin: 'heartbeat' }).release?.farewell?.code)
    m.attempt('transport')
    farewells.push(m.due().release?.farewell?.code)
    m.attempt('handshake')
    farewells.push(m.step('give-up', { origin: 'server' }).release?.farewell?.code)
    m.attempt('open')
    farewells.push(m.step('reconnect').release?.farewell?.code)
    for (const code of farewells)
      expect(code === 1000 || ((code as number) >= 3000 && (code as number) <= 4999)).toBe(true)
  })

  it('B68 after silence, close() before the native close: nothing reconnects', () => {
    m.attempt('open')
    const { generation } = m.connection
    m.step('give-up', { origin: 'heartbeat' })
    m.step('close')
    m.step('transport-close', { generation, close: closeInfo(3008) })
    m.step('due')
    expect(m.status).toBe('closed')
    expect(m.connection.dueAt).toBeUndefined()
  })

  it('B65 silence of an older transport does not touch the new one', () => {
    m.attempt('open')
    const { generation } = m.connection
    m.end()
    m.attempt('open')
    expect(m.step('give-up', { generation, origin: 'heartbeat' })).toEqual({})
    expect(m.status).toBe('open')
  })

  it('reconnect() replaces an open connection at once and counts anew', () => {
    m.fail()
    m.attempt('open')
    const { generation } = m.connection
    const { release, close } = m.step('reconnect')
    expect(release).toMatchObject({ died: false, farewell: { code: 1000 } })
    expect(close).toMatchObject({ origin: 'user', code: 1006 })
    expect(m.state).toMatchObject({ status: 'connecting', attempt: 0 })
    expect(m.connection.generation).toBeGreaterThan(generation)
  })
})

describe('a token that is refused', () => {
  beforeEach(() => {
    m = machine({ auth: {} })
  })

  it.each([3000, 3003, 4401, 4403, 1008])('B42 by %i: one immediate retry with a fresh one', (code) => {
    m.attempt('open')
    const { close } = m.end(code)
    expect(close).toMatchObject({ code })
    expect(m.state).toEqual({ status: 'connecting', attempt: 1, phase: 'credentials' })
    expect(m.connection).toMatchObject({ renewed: 'now', cause: { code } })
  })

  it('B42 twice before it was useful: unauthorized, with the error, and no loop', () => {
    m.attempt('open')
    m.end(4401)
    m.step('prepared')
    m.step('transport-open')
    m.step('accepted', { protocol: '' })
    m.now += 4_999
    const { error, close } = m.end(4401)
    expect(error).toEqual(thrown('UNAUTHORIZED'))
    expect(close).toMatchObject({ code: 4401 })
    expect(m.state).toEqual({ status: 'unauthorized', error })
    expect(m.connection.dueAt).toBeUndefined()
    m.step('due')
    expect(m.status).toBe('unauthorized')
  })

  it('B42 again after it was useful: one fresh token more', () => {
    m.attempt('open')
    m.end(4401)
    m.step('prepared')
    m.step('transport-open')
    m.step('accepted', { protocol: '' })
    m.now += 5_000
    m.end(4401)
    expect(m.connection).toMatchObject({ renewed: 'now', state: { status: 'connecting', attempt: 1 } })
  })

  it('B42 is remembered over breaks in between', () => {
    m.attempt('open')
    m.end(4401)
    m.step('prepared')
    m.end(1006)
    expect(m.connection.renewed).toBe('before')
    m.attempt('open')
    m.end(4401)
    expect(m.status).toBe('unauthorized')
  })

  it('B42 in the handshake counts the same', () => {
    m.attempt('handshake')
    m.step('give-up', { origin: 'auth', verdict: 'reauthenticate' })
    expect(m.connection).toMatchObject({ renewed: 'now', state: { status: 'connecting', attempt: 1 } })
    m.step('prepared')
    m.step('transport-open')
    m.step('give-up', { origin: 'auth', verdict: 'reauthenticate' })
    expect(m.status).toBe('unauthorized')
  })

  it('B42 connect() tries again from the beginning', () => {
    m.attempt('open')
    m.end(4401)
    m.step('prepared')
    m.end(4401)
    expect(m.status).toBe('unauthorized')
    m.step('connect')
    expect(m.connection).toMatchObject({ attempt: 0, state: { status: 'connecting', attempt: 0 } })
    expect(m.connection.renewed).toBeUndefined()
    m.step('prepared')
    m.end(4401)
    expect(m.connection.renewed).toBe('now')
  })

  it('B7 B42 the fresh token is an attempt like any other: without retries there is none', () => {
    m = machine({ auth: {}, retries: 0 })
    m.attempt('open')
    m.end(4401)
    expect(m.status).toBe('closed')
  })

  it('B43 getToken says UNAUTHORIZED: unauthorized at once', () => {
    m.step('connect')
    m.step('give-up', { origin: 'auth', verdict: 'unauthorized' })
    expect(m.status).toBe('unauthorized')
  })

  it('B47 signed out: closed, with origin auth', () => {
    m.step('connect')
    const { close } = m.step('give-up', { origin: 'auth', verdict: 'stop' })
    expect(m.state).toEqual({ status: 'closed', cause: close })
    expect(close).toMatchObject({ origin: 'auth' })
  })
})

describe("the user's close", () => {
  const farewell = { code: 4000, reason: 'bye' }

  it('says goodbye and waits for the answer', () => {
    m.attempt('open')
    expect(m.step('close', { farewell })).toEqual({ hangUp: farewell })
    expect(m.state).toEqual({ status: 'closing', draining: false })
    const { close } = m.end(4000, { reason: 'bye' })
    expect(close).toEqual(closeInfo(4000, { reason: 'bye', origin: 'user' }))
    expect(m.state).toEqual({ status: 'closed', cause: close })
  })

  it('B29 B120 goes on after closeTimeout where nobody answers, and ignores the late event', () => {
    m.attempt('open')
    m.step('close', { farewell })
    expect(m.connection.dueAt).toBe(2_000)
    const { generation } = m.connection
    const { close, release } = m.due()
    expect(close).toMatchObject({ code: 1006, wasClean: false, origin: 'user' })
    expect(release).toMatchObject({ died: false, farewell: { dead: true } })
    expect(m.status).toBe('closed')
    expect(m.step('transport-close', { generation, close: closeInfo(1000) })).toEqual({})
    expect(m.status).toBe('closed')
  })

  it.each(['credentials', 'transport', 'handshake'] as const)(
    'B22 while connecting: one close, no open, no reconnect: at the %s',
    (phase) => {
      m.step('connect')
      if (phase !== 'credentials') m.step('prepared')
      if (phase === 'handshake') m.step('transport-open')
      const { generation } = m.connection
      const { close, release, hangUp } = m.step('close', { farewell, drain: 5_000 })
      expect(close).toMatchObject({ origin: 'user' })
      expect(release).toEqual({ died: false, farewell })
      expect(hangUp).toBeUndefined()
      expect(m.status).toBe('closed')
      for (const type of ['prepared', 'transport-open', 'transport-error', 'accepted', 'due'] as const) {
        expect(m.step(type, { generation, protocol: '' })).toEqual({})
      }
      expect(m.step('transport-close', { generation, close: closeInfo(1006) })).toEqual({})
      expect(m.status).toBe('closed')
    },
  )

  it.each(['idle', 'waiting', 'unauthorized'])(
    'B27 ends no connection while %s, so it announces none',
    (status) => {
      m = machine({ auth: {} })
      if (status === 'waiting') m.fail()
      if (status === 'unauthorized') {
        m.step('connect')
        m.step('give-up', { origin: 'auth', verdict: 'unauthorized' })
      }
      expect(m.status).toBe(status)
      expect(m.step('close', { farewell }).close).toBeUndefined()
      expect(m.state).toMatchObject({ status: 'closed', cause: { origin: 'user' } })
    },
  )

  it('B33 twice is a no-op', () => {
    m.attempt('open')
    m.step('close', { farewell })
    expect(m.step('close', { farewell: { code: 1000, reason: 'again' } })).toEqual({})
    expect(m.connection.dueAt).toBe(2_000)
    m.end(4000)
    const before = m.connection
    expect(m.step('close', { farewell })).toEqual({})
    expect(m.connection).toEqual(before)
  })

  it("B19 stays the user's whatever code the server answers with", () => {
    m.attempt('open')
    m.step('close', { farewell })
    m.end(1012)
    expect(m.state).toMatchObject({ status: 'closed', cause: { code: 1012, origin: 'user' } })
  })

  it('B17 asks no policy', () => {
    m = machine({
      shouldRetry: () => {
        throw new Error('asked')
      },
    })
    m.attempt('open')
    m.step('close', { farewell })
    m.end(1006)
    expect(m.status).toBe('closed')
  })

  it('B85 with a drain: says goodbye when all has drained', () => {
    m.attempt('open')
    expect(m.step('close', { farewell, drain: 500 })).toEqual({})
    expect(m.state).toEqual({ status: 'closing', draining: true })
    expect(m.connection.dueAt).toBe(500)
    m.now = 100
    expect(m.step('drained')).toEqual({ hangUp: farewell })
    expect(m.state).toEqual({ status: 'closing', draining: false })
    expect(m.connection.dueAt).toBe(2_100)
  })

  it('B85 with a drain: says goodbye when the time is over, and resolves when no close comes', () => {
    m.attempt('open')
    m.step('close', { farewell, drain: 500 })
    expect(m.due()).toEqual({ hangUp: farewell })
    expect(m.connection.dueAt).toBe(2_500)
    m.due()
    expect(m.state).toMatchObject({ status: 'closed', cause: { origin: 'user' } })
  })

  it('B85 with a drain: a transport that dies meanwhile gives its tail back and is not replaced', () => {
    m.attempt('open')
    m.step('close', { farewell, drain: 500 })
    const { close, release } = m.end(1006)
    expect(release).toEqual({ died: true })
    expect(close).toMatchObject({ code: 1006, origin: 'network' })
    expect(m.status).toBe('closed')
  })

  it('B77 what went before the goodbye does not wait again', () => {
    m.attempt('open')
    m.step('close', { farewell })
    expect(m.end(1000).release).toEqual({ died: false })
  })

  it('B10 connect() while closing lets the old transport go with its farewell and starts anew', () => {
    m.attempt('open')
    m.step('close', { farewell, drain: 500 })
    const { release, close } = m.step('connect')
    expect(release).toEqual({ died: false, farewell })
    expect(close).toMatchObject({ origin: 'user' })
    expect(m.state).toEqual({ status: 'connecting', attempt: 0, phase: 'credentials' })
    expect(m.connection.farewell).toBeUndefined()
  })

  it.each(['closed', 'idle'])('connect() after %s starts afresh', (status) => {
    if (status === 'closed') {
      m.attempt('open')
      m.end(1000)
    }
    expect(m.status).toBe(status)
    m.step('connect')
    expect(m.state).toEqual({ status: 'connecting', attempt: 0, phase: 'credentials' })
    expect(m.connection.cause).toBeUndefined()
  })

  it('B62 B19 a heartbeat that gives up while closing changes nothing', () => {
    m.attempt('open')
    m.step('close')
    expect(m.step('give-up', { origin: 'heartbeat' })).toEqual({})
    expect(m.status).toBe('closing')
  })
})

/** What every test of the page and the network begins with. */
const around = (fields: Partial<{ isOffline: boolean; isHidden: boolean; reach: Reach }>) => {
  const { isOffline = false, isHidden = false, reach = 'internet' } = fields
  m.surroundings = { isOffline: () => isOffline, isHidden: () => isHidden, reach }
}
const signal = (name: NetworkSignal | PageSignal) => m.step('signal', { signal: name })
const signals = [
  'online',
  'offline',
  'change',
  'visible',
  'hidden',
  'focus',
  'resume',
  'freeze',
  'leave',
  'return',
] as const

describe('the page and the network, while open', () => {
  beforeEach(() => m.attempt('open'))

  it.each(['online', 'offline', 'change'] as const)('B53 %s asks the other end, and ends nothing', (name) => {
    const before = m.connection
    expect(signal(name)).toEqual({ probe: 'always' })
    expect(m.connection).toEqual(before)
  })

  it.each(['visible', 'focus', 'resume', 'return'] as const)(
    'B59 %s asks the other end where it was silent',
    (name) => {
      const before = m.connection
      expect(signal(name)).toEqual({ probe: 'silent' })
      expect(m.connection).toEqual(before)
    },
  )

  it('B57 being hidden means nothing, whatever the option says', () => {
    m = machine({ whenHidden: 'suspend' })
    m.attempt('open')
    around({ isHidden: true })
    const before = m.connection
    expect(signal('hidden')).toEqual({})
    expect(m.connection).toEqual(before)
  })

  it('B60 standing still means nothing yet: running again does', () => {
    const before = m.connection
    expect(signal('freeze')).toEqual({})
    expect(m.connection).toEqual(before)
  })

  it('B60 the back/forward cache closes it, and says so', () => {
    m.uncertain = { messages: 2, bytes: 20 }
    const { release, close, probe } = signal('leave')
    expect(release).toEqual({ died: false, farewell: { code: 1000, reason: expect.any(String) } })
    expect(close).toEqual(closeInfo(1006, { origin: 'page', uncertain: { messages: 2, bytes: 20 } }))
    expect(probe).toBeUndefined()
    expect(m.state).toEqual({ status: 'suspended', why: 'hidden', attempt: 1, cause: close })
    expect(m.connection.dueAt).toBeUndefined()
  })
})

describe('the page and the network, while connecting', () => {
  it.each(['online', 'change'] as const)('B56 %s gives the attempt up and begins it anew', (name) => {
    m.fail()
    m.attempt('transport')
    const { generation, cause } = m.connection
    m.now += 9_000
    const { release, close } = signal(name)
    expect(release).toMatchObject({ died: false, farewell: { dead: true } })
    expect(close).toEqual(closeInfo(1006, { origin: 'network' }))
    expect(m.state).toEqual({ status: 'connecting', attempt: 1, phase: 'credentials' })
    expect(m.connection.generation).toBeGreaterThan(generation)
    expect(m.connection.dueAt).toBe(m.now + 10_000)
    expect(m.connection.cause).toEqual(cause)
  })

  it('B42 B56 a fresh token stays a fresh one', () => {
    m = machine({ auth: {} })
    m.attempt('open')
    m.end(4401)
    signal('online')
    expect(m.connection).toMatchObject({ renewed: 'now', attempt: 1 })
  })

  it('B51 B56 a doubt about the token stays one', () => {
    m = machine({ auth: { inRequest: true } })
    m.fail()
    m.due()
    expect(m.connection.doubted).toBe(true)
    signal('change')
    expect(m.connection.doubted).toBe(true)
  })

  it.each(['offline', 'visible', 'hidden', 'focus', 'resume', 'return'] as const)(
    'B53 %s changes nothing: one attempt is enough',
    (name) => {
      m = machine({ whenHidden: 'suspend', whenOffline: 'suspend' })
      m.attempt('transport')
      around({ isOffline: true, isHidden: true })
      const before = m.connection
      expect(signal(name)).toEqual({})
      expect(m.connection).toEqual(before)
    },
  )

  it('B60 the back/forward cache ends the attempt; the next one has its number', () => {
    m.fail()
    m.attempt('transport')
    const { release, close } = signal('leave')
    expect(release?.died).toBe(false)
    expect(m.state).toEqual({ status: 'suspended', why: 'hidden', attempt: 1, cause: close })
    signal('return')
    expect(m.state).toEqual({ status: 'connecting', attempt: 1, phase: 'credentials' })
  })
})

describe('the page and the network, while waiting', () => {
  const cause = closeInfo(1006)
  beforeEach(() => {
    m = machine({ retryDelay: () => 30_000 })
    for (const _ of [1, 2, 3]) m.fail()
  })

  it.each([
    ['online', 0, 0],
    ['online', 0.5, 1_000],
    ['online', 0.999, 1_998],
    ['change', 0.5, 1_000],
  ] as const)(
    'B55 %s leads to an attempt within 2 000, by chance %s after %i, and keeps the count',
    (name, random, delay) => {
      m.random = random
      signal(name)
      if (delay) {
        expect(m.state).toEqual({ status: 'waiting', attempt: 3, retryAt: m.now + delay, cause })
        expect(m.connection.dueAt).toBe(m.now + delay)
        m.due()
      }
      expect(m.state).toEqual({ status: 'connecting', attempt: 3, phase: 'credentials' })
      expect(m.connection.cause).toEqual(cause)
    },
  )

  it('B55 never puts off an attempt that was to come sooner', () => {
    m.now += 29_500
    m.random = 0.999
    const before = m.connection
    expect(signal('online')).toEqual({})
    expect(m.connection).toEqual(before)
  })

  it.each(['visible', 'resume', 'return'] as const)('B57 %s means now', (name) => {
    signal(name)
    expect(m.state).toEqual({ status: 'connecting', attempt: 3, phase: 'credentials' })
  })

  it.each(['offline', 'hidden', 'focus'] as const)('B57 %s changes nothing with the defaults', (name) => {
    around({ isOffline: true, isHidden: true })
    const before = m.connection
    expect(signal(name)).toEqual({})
    expect(m.connection).toEqual(before)
  })

  it.each([
    ['1013', 1013, ''],
    ['4429', 4429, ''],
    ['retryAfter', 1012, '20000'],
  ])('B11 B55 the advice of a server, %s, is not cut short', (_, code, reason) => {
    for (const name of ['online', 'change', 'visible', 'resume', 'return'] as const) {
      m = machine({
        retryDelay: () => 0,
        retryAfter: ({ reason }) => (reason ? Number(reason) : undefined),
      })
      m.attempt('open')
      m.end(code, { reason })
      const before = m.connection
      expect(before.dueAt).toBeGreaterThan(m.now)
      expect(signal(name)).toEqual({})
      expect(m.connection).toEqual(before)
    }
  })

  it('B11 B60 nor by the back/forward cache', () => {
    m.attempt('transport')
    m.end(4429)
    const notBefore = m.connection.dueAt as number
    signal('leave')
    m.now += 10
    signal('return')
    expect(m.state).toMatchObject({ status: 'waiting', retryAt: notBefore })
    signal('leave')
    m.now = notBefore
    signal('return')
    expect(m.status).toBe('connecting')
  })

  it('B11 connect() does cut it short: the user asked for it', () => {
    m.attempt('transport')
    m.end(4429)
    m.step('connect')
    expect(m.status).toBe('connecting')
  })

  it('B60 in the back/forward cache nothing is tried, and on return exactly one attempt is made', () => {
    expect(signal('leave')).toEqual({})
    expect(m.state).toEqual({ status: 'suspended', why: 'hidden', attempt: 3, cause })
    for (const name of ['online', 'change', 'offline', 'hidden', 'focus', 'leave'] as const) {
      signal(name)
      expect(m.state).toEqual({ status: 'suspended', why: 'hidden', attempt: 3, cause })
      expect(m.connection.dueAt).toBeUndefined()
    }
    signal('resume')
    const { generation } = m.connection
    expect(m.state).toEqual({ status: 'connecting', attempt: 3, phase: 'credentials' })
    for (const name of ['return', 'visible', 'focus'] as const) expect(signal(name)).toEqual({})
    expect(m.connection.generation).toBe(generation)
  })
})

describe('offline', () => {
  const lost = (reach: Reach, whenOffline: 'slow' | 'suspend') => {
    const asked: number[] = []
    m = machine({
      whenOffline,
      retryDelay: ({ attempt }) => {
        asked.push(attempt)
        return 0
      },
    })
    around({ isOffline: true, reach })
    m.random = 0
    m.attempt('open')
    m.end(1006)
    return {
      attempt: asked[0],
      delay: m.connection.dueAt === undefined ? undefined : m.connection.dueAt - m.now,
    }
  }

  it.each([
    ['loopback', 'slow', { attempt: 1, delay: 0 }],
    ['loopback', 'suspend', { attempt: 1, delay: 0 }],
    ['lan', 'slow', { attempt: 4, delay: 1_000 }],
    ['lan', 'suspend', { attempt: 4, delay: 1_000 }],
    ['internet', 'slow', { attempt: 4, delay: 1_000 }],
    ['internet', 'suspend', { attempt: 4, delay: undefined }],
  ] as const)('B54 %s, with %s', (reach, whenOffline, expected) => {
    expect(lost(reach, whenOffline)).toEqual(expected)
    expect(m.state).toMatchObject(
      expected.delay === undefined
        ? { status: 'suspended', why: 'offline' }
        : { status: 'waiting', attempt: 1 },
    )
  })

  it('B54 shows no end of a wait that has none, and counts on', () => {
    lost('internet', 'suspend')
    expect(m.state).toEqual({ status: 'suspended', why: 'offline', attempt: 1, cause: closeInfo(1006) })
    m.now += 1e9
    around({})
    signal('online')
    expect(m.status).toBe('connecting')
    expect(m.connection.attempt).toBe(1)
  })

  it('B54 connect() tries all the same', () => {
    lost('internet', 'suspend')
    m.step('connect')
    expect(m.state).toMatchObject({ status: 'connecting', attempt: 1 })
    m.end(1006)
    expect(m.state).toMatchObject({ status: 'suspended', why: 'offline', attempt: 2 })
  })

  it('B54 suspends a wait that is under way', () => {
    m = machine({ whenOffline: 'suspend', retryDelay: () => 30_000 })
    m.fail()
    around({ isOffline: true })
    signal('offline')
    expect(m.state).toEqual({ status: 'suspended', why: 'offline', attempt: 1, cause: closeInfo(1006) })
    expect(m.connection.dueAt).toBeUndefined()
  })

  it('B54 signals that do not say that it is over leave it suspended', () => {
    lost('internet', 'suspend')
    const before = m.connection
    for (const name of ['visible', 'focus', 'resume', 'change', 'hidden'] as const) signal(name)
    expect(m.connection).toEqual(before)
    // It is told before isOnline() has heard of it: that counts.
    signal('online')
    expect(m.status).not.toBe('suspended')
  })

  it('B42 a fresh token is asked for though the machine says that it is offline: the server was there', () => {
    m = machine({ whenOffline: 'suspend', auth: {} })
    m.attempt('open')
    around({ isOffline: true })
    m.end(4401)
    expect(m.state).toMatchObject({ status: 'connecting', attempt: 1 })
  })
})

describe('hidden', () => {
  const lost = (whenHidden: 'keep' | 'slow' | 'suspend') => {
    m = machine({ whenHidden, retryDelay: () => 0 })
    around({ isHidden: true })
    m.random = 0
    m.attempt('open')
    m.end(1006)
  }

  it.each([
    ['keep', { status: 'waiting', retryAt: 0 }],
    ['slow', { status: 'waiting', retryAt: 1_000 }],
    ['suspend', { status: 'suspended', why: 'hidden' }],
  ] as const)('B57 %s', (whenHidden, expected) => {
    lost(whenHidden)
    expect(m.state).toMatchObject({ ...expected, attempt: 1 })
  })

  it.each(['slow', 'suspend'] as const)('B57 %s: being seen means now', (whenHidden) => {
    lost(whenHidden)
    around({})
    signal('visible')
    expect(m.state).toEqual({ status: 'connecting', attempt: 1, phase: 'credentials' })
  })

  it('B57 suspend: the network does not wake what nobody sees', () => {
    lost('suspend')
    const before = m.connection
    for (const name of ['online', 'change', 'focus', 'resume'] as const) signal(name)
    expect(m.connection).toEqual(before)
  })

  it('B57 suspend: a wait that is under way ends where the page is hidden', () => {
    m = machine({ whenHidden: 'suspend', retryDelay: () => 30_000 })
    m.fail()
    around({ isHidden: true })
    signal('hidden')
    expect(m.state).toEqual({ status: 'suspended', why: 'hidden', attempt: 1, cause: closeInfo(1006) })
  })

  it('B60 suspend: a page that left the cache hidden is one that is hidden', () => {
    m = machine({ whenHidden: 'suspend' })
    m.attempt('open')
    around({ isHidden: true })
    signal('leave')
    signal('return')
    expect(m.state).toMatchObject({ status: 'suspended', why: 'hidden' })
    around({})
    signal('online')
    expect(m.status).toBe('waiting')
  })

  it('B57 says which of two things stands in the way, as they come and go', () => {
    m = machine({ whenHidden: 'suspend', whenOffline: 'suspend', retryDelay: () => 0 })
    const whys: unknown[] = []
    const now = (fields: Parameters<typeof around>[0], name: NetworkSignal | PageSignal) => {
      around(fields)
      signal(name)
      whys.push(m.state.status === 'suspended' ? m.state.why : m.status)
    }
    m.attempt('open')
    around({ isHidden: true })
    m.end(1006)
    now({ isHidden: true, isOffline: true }, 'offline')
    now({ isOffline: true }, 'visible')
    now({ isOffline: true, isHidden: true }, 'hidden')
    now({ isHidden: true }, 'online')
    now({}, 'visible')
    expect(whys.slice(1)).toEqual(['offline', 'offline', 'hidden', 'connecting'])
  })
})

describe('B58 with no connection wanted', () => {
  it.each(['idle', 'closing', 'closed', 'unauthorized'])('no signal changes anything: %s', (status) => {
    m = machine({ auth: {}, whenHidden: 'suspend', whenOffline: 'suspend' })
    if (status === 'closing') m.attempt('open')
    if (status === 'closing' || status === 'closed') m.step('close')
    if (status === 'unauthorized') {
      m.step('connect')
      m.step('give-up', { origin: 'auth', verdict: 'unauthorized' })
    }
    expect(m.status).toBe(status)
    const before = m.connection
    for (const name of signals) {
      for (const hidden of [true, false]) {
        around({ isHidden: hidden, isOffline: hidden })
        expect(signal(name)).toEqual({})
        expect(m.connection).toEqual(before)
      }
    }
  })
})

describe('what an open connection shows', () => {
  beforeEach(() => m.attempt('open'))

  it('B62 that it is suspect, or rotating, each without the other', () => {
    m.step('show', { suspect: true })
    expect(m.state).toMatchObject({ suspect: true, rotating: false })
    m.step('show', { rotating: true })
    expect(m.state).toMatchObject({ suspect: true, rotating: true })
    m.step('show', { suspect: false })
    expect(m.state).toMatchObject({ suspect: false, rotating: true, since: 0, protocol: 'chat' })
  })

  it('no new state where nothing changed', () => {
    const { state } = m
    m.step('show', { suspect: false, rotating: false })
    m.step('show')
    expect(m.state).toBe(state)
  })

  it.each(['waiting', 'closing', 'closed'])('nothing any more while %s', (status) => {
    if (status === 'waiting') m.end()
    else m.step('close')
    if (status === 'closed') m.end(1000)
    expect(m.status).toBe(status)
    const before = m.connection
    expect(m.step('show', { suspect: true })).toEqual({})
    expect(m.step('rotated', { protocol: 'new' })).toEqual({})
    expect(m.connection).toEqual(before)
  })
})

describe('a rotation', () => {
  it('leads from open to open, with nothing to tell but the state', () => {
    m.usefulConnection()
    m.step('show', { suspect: true, rotating: true })
    const { generation } = m.connection
    expect(m.step('rotated', { protocol: 'v2' })).toEqual({})
    expect(m.state).toMatchObject({ status: 'open', protocol: 'v2', suspect: false, rotating: false })
    expect(m.connection.generation).toBe(generation)
    expect(m.connection.dueAt).toBeUndefined()
  })

  it('B6 B7 after a useful connection counts the attempts anew', () => {
    m = machine({ retries: 2 })
    for (const _ of [1, 2]) m.fail()
    m.usefulConnection()
    m.step('rotated', { protocol: '' })
    m.now += 10
    m.end()
    expect(m.state).toMatchObject({ status: 'waiting', attempt: 1 })
  })

  it('B5 of a connection that was not yet useful counts on', () => {
    for (const _ of [1, 2]) m.fail()
    m.attempt('open')
    m.step('rotated', { protocol: '' })
    m.now += 10
    m.end()
    expect(m.state).toMatchObject({ status: 'waiting', attempt: 3 })
  })

  it('B42 after a useful connection leaves a fresh token to be asked for', () => {
    m = machine({ auth: {} })
    m.attempt('open')
    m.end(4401)
    m.step('prepared')
    m.step('transport-open')
    m.step('accepted', { protocol: '' })
    m.now += 3_600_000
    m.step('rotated', { protocol: '' })
    m.now += 10
    m.end(4401)
    expect(m.connection).toMatchObject({ renewed: 'now', state: { status: 'connecting' } })
  })
})

it('never changes what it was given', () => {
  const deepFreeze = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || value instanceof Error) return
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  for (let n = 0; n < 5; n++) {
    for (const type of ['connect', 'prepared', 'transport-open', 'transport-error'] as const) {
      deepFreeze(m.connection)
      m.step(type)
    }
    deepFreeze(m.connection)
    m.end(n === 4 ? 1000 : 1006)
  }
  expect(m.status).toBe('closed')
})
