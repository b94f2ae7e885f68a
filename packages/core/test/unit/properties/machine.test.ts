// The connection machine under random events, against a model of the shell and a few invariants.
import fc from 'fast-check'
import { describe, it } from 'vitest'
import {
  type Connection,
  type ConnectionEvent,
  type Effects,
  type Facts,
  initialConnection,
  type Policy,
  transition,
} from '../../../src/connection/transition'
import { SocketError } from '../../../src/errors'
import type { CloseInfo, NetworkSignal, PageSignal } from '../../../src/types'
import { check, counter, patience, sequence } from './generated'

// ---------------------------------------------------------------- what is generated

const codes = [
  1006, 1006, 1006, 1012, 1000, 1001, 1002, 1005, 1008, 1009, 1011, 1012, 1013, 3000, 4000, 4401, 4404, 4429,
]
const signals = [
  'online',
  'offline',
  'change',
  'visible',
  'hidden',
  'focus',
  'resume',
  'leave',
  'return',
] as const
const jump = fc.constantFrom(0, 0, 1, 40, 100, 999, 1_000, 5_000, 60_000, -1, -3_600_000, 86_400_000)

/** What happens next; what it means, if anything, depends on the state. `on`: the next step of an attempt that goes well. */
const happening = fc.record({
  what: fc.oneof(
    { weight: 8, arbitrary: fc.constant('on' as const) },
    { weight: 3, arbitrary: fc.constant('end' as const) },
    { weight: 3, arbitrary: fc.constant('stale' as const) },
    { weight: 2, arbitrary: fc.constantFrom('error' as const, 'fail' as const) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        'connect' as const,
        'reconnect' as const,
        'due' as const,
        'drained' as const,
      ),
    },
    { weight: 1, arbitrary: fc.constant('close' as const) },
    { weight: 4, arbitrary: fc.constant('signal' as const) },
    { weight: 1, arbitrary: fc.constantFrom('show' as const, 'rotated' as const) },
  ),
  jump,
  signal: fc.constantFrom<(NetworkSignal | PageSignal)[]>(...signals),
  // What the platform says by now, mostly what it told of.
  silently: fc.constantFrom(...Array(24).fill(undefined), 'online', 'offline', 'visible', 'hidden'),
  code: fc.constantFrom(...codes),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  drain: fc.constantFrom(0, 500),
  pick: fc.nat(5),
})
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never

const options = fc.record({
  retries: fc.constantFrom(0, 1, 2, 3, Infinity),
  hasAuth: fc.boolean(),
  minUptime: fc.constantFrom(0, 1_000, 5_000, Infinity),
  connectTimeout: fc.constantFrom(0, 1_000, 10_000),
  handshakeTimeout: fc.constantFrom(0, 500, 10_000),
  closeTimeout: fc.constantFrom(0, 2_000),
  delay: fc.constantFrom(0, 1, 700, 2 ** 40),
  advice: fc.constantFrom(undefined, undefined, undefined, 0, 30_000),
  should: fc.constantFrom('as the table says', 'as the table says', 'never', 'always'),
  whenHidden: fc.constantFrom('keep' as const, 'slow' as const, 'suspend' as const),
  whenOffline: fc.constantFrom('slow' as const, 'suspend' as const),
  reach: fc.constantFrom('internet' as const, 'internet' as const, 'lan' as const, 'loopback' as const),
})
type Options = typeof options extends fc.Arbitrary<infer T> ? T : never

// ---------------------------------------------------------------- the machine, and what the shell makes of it

const closeInfo = (code: number): CloseInfo => ({
  code,
  reason: '',
  wasClean: code !== 1006,
  origin: code === 1006 ? 'network' : 'server',
  uncertain: { messages: 0, bytes: 0 },
})

const isOver = ({ status }: Connection['state']) => status === 'closed' || status === 'unauthorized'
const needsTimer = ({ status }: Connection['state']) => ['connecting', 'waiting', 'closing'].includes(status)
const isWait = ({ status }: Connection['state']) => status === 'waiting' || status === 'suspended'

class Run {
  connection = initialConnection
  now = 1_700_000_000_000
  readonly policy: Policy
  readonly #options: Options
  /** What `retryDelay` gave at this event, and what else the policy was asked. */
  #asked: { delay: number; verdict?: string } | undefined
  /** The native socket of the attempt at hand. */
  #transport: 'none' | 'connecting' | 'open' | 'closing' = 'none'
  /** An attempt or connection is under way whose end was not announced yet. */
  #alive = false
  /** Attempts since the user's start or the last useful connection. */
  #tries = 0
  /** Fresh tokens asked for since then. */
  #renewals = 0
  /** How often the page left an open connection since then: what follows is an attempt, but no failure led to it. */
  /** Until when the server asked us to stay away: at least, and at most. */
  #notBefore: readonly [least: number, most: number] = never
  /** What the platform says of the machine and the page. */
  #offline = false
  #hidden = false
  /** In the back/forward cache. */
  #away = false

  constructor(options: Options) {
    this.#options = options
    this.policy = {
      ...options,
      auth: options.hasAuth ? {} : undefined,
      retryDelay: () => {
        this.#asked = { ...this.#asked, delay: options.delay }
        return options.delay
      },
      shouldRetry: (_, verdict) => {
        const retries =
          { 'as the table says': verdict !== 'stop', never: false, always: true }[options.should] ?? false
        this.#asked = {
          delay: Number.NaN,
          verdict: retries ? (verdict === 'stop' ? 'retry' : verdict) : 'stop',
        }
        return retries
      },
      retryAfter: () => options.advice,
    }
  }

  /** What a generated happening means now, if anything. */
  event({ what, code, drain, pick, signal, silently }: Happening): ConnectionEvent | undefined {
    const { state, generation, dueAt } = this.connection
    const phase = state.status === 'connecting' ? state.phase : state.status
    this.#turnInto(silently)
    const fail = (fields: object) =>
      ({ type: 'give-up', generation, origin: 'network', ...fields }) as ConnectionEvent
    switch (what) {
      case 'connect':
      case 'reconnect':
      case 'drained':
        return { type: what }
      case 'close':
        return { type: 'close', farewell: { code: 1000, reason: 'bye' }, drain }
      case 'due':
        return dueAt === undefined ? undefined : { type: 'due' }
      case 'on':
        if (phase === 'credentials') return { type: 'prepared', generation }
        if (phase === 'transport') return { type: 'transport-open', generation }
        if (phase === 'handshake') return { type: 'accepted', generation, protocol: '' }
        if (phase === 'open') return undefined
        if (phase === 'suspended') return { type: 'signal', signal: pick > 2 ? 'return' : 'online' }
        return dueAt === undefined ? { type: 'connect' } : { type: 'due' }
      case 'end':
        return this.#transport === 'none'
          ? undefined
          : { type: 'transport-close', generation, close: closeInfo(code) }
      case 'error':
        return this.#transport === 'none' ? undefined : { type: 'transport-error', generation }
      case 'fail': {
        const verdict = (
          [undefined, undefined, 'stop', 'unauthorized', 'reauthenticate', 'reauthenticate'] as const
        )[pick]
        if (phase === 'open' || phase === 'closing') return fail({ origin: 'heartbeat' })
        if (phase !== 'credentials' && phase !== 'handshake') return undefined
        return fail(verdict ? { verdict, origin: 'auth' } : { error: new SocketError('PROVIDER', 'no') })
      }
      case 'stale': {
        if (!generation) return undefined
        const old = { generation: generation - 1 - (pick % generation) }
        const types = [
          'prepared',
          'transport-open',
          'transport-error',
          'transport-close',
          'accepted',
          'rotated',
          'show',
          'give-up',
        ] as const
        return {
          ...old,
          type: types[(pick + code) % types.length] as never,
          close: closeInfo(code),
          origin: 'heartbeat',
          protocol: 'old',
          suspect: true,
          rotating: true,
        } as ConnectionEvent
      }
      case 'rotated':
        return phase === 'open' || phase === 'closing'
          ? { type: what, generation, protocol: 'new' }
          : undefined
      case 'show': {
        const isOn = pick % 2 === 0
        return { type: what, generation, ...(pick < 3 ? { suspect: isOn } : { rotating: isOn }) }
      }
      case 'signal':
        this.#turnInto(signal)
        return { type: what, signal }
      default:
        return what satisfies never
    }
  }

  #turnInto(told: Happening['signal'] | undefined) {
    if (told === 'online' || told === 'offline') this.#offline = told === 'offline'
    if (told === 'visible' || told === 'hidden') this.#hidden = told === 'hidden'
  }

  step(event: ConnectionEvent, random: number): void {
    const before = this.connection
    this.#asked = undefined
    const facts: Facts = {
      now: this.now,
      random: () => random,
      uncertain: { messages: 0, bytes: 0 },
      isOffline: () => this.#offline,
      isHidden: () => this.#hidden,
      reach: this.#options.reach,
    }
    const [after, effects] = transition(before, event, facts, this.policy)
    this.connection = after
    const told = () =>
      `${JSON.stringify(event)} in ${JSON.stringify(before)} led to ${JSON.stringify(after)} ${JSON.stringify(effects)}`
    const must = (holds: boolean, what: string) => check(holds, () => `${what}: ${told()}`)
    this.#timers(must)
    this.#nothingAfterTheEnd(before, event, effects, must)
    this.#attempts(before, event, effects, must)
    this.#transports(before, effects, must)
    this.#waits(before, effects, must)
    this.#hears(before, event, effects, must)
    this.#suspends(before, event, must)
  }

  /** A due time in the states that wait for something, and in no other. */
  #timers(must: Must) {
    const { state, dueAt } = this.connection
    must(needsTimer(state) === (dueAt !== undefined), 'a due time exactly while something is waited for')
    must(dueAt === undefined || !Number.isNaN(dueAt), 'a due time that is a time')
  }

  #nothingAfterTheEnd(before: Connection, event: ConnectionEvent, effects: Effects, must: Must) {
    const after = this.connection
    const isStart = event.type === 'connect' || event.type === 'reconnect'
    const isStale = 'generation' in event && event.generation !== before.generation
    if (isStale || (isOver(before.state) && !isStart && event.type !== 'close')) {
      must(sameConnection(before, after) && isNothing(effects), 'what is over or stale changes nothing')
    }
    if (before.state.status === 'idle')
      must(isStart || event.type === 'close' || sameConnection(before, after), 'idle waits for connect()')
    if (before.state.status === 'closed' && event.type === 'close')
      must(sameConnection(before, after), 'closed stays closed')
    if (event.type === 'close')
      must(['closing', 'closed'].includes(after.state.status), 'close() leads to the end alone')
    must(after.generation >= before.generation, 'generations rise')
  }

  /** What keeps us from trying, by the options. */
  /** The signal that the network is back counts, whatever is said when somebody asks. */
  #obstacleTo(signal?: string) {
    const { whenHidden, whenOffline, reach } = this.#options
    const isOffline = this.#offline && signal !== 'online'
    if (whenOffline === 'suspend' && reach === 'internet' && isOffline) return 'offline'
    return whenHidden === 'suspend' && this.#hidden ? 'hidden' : undefined
  }

  /** B6, B7, B10, B27, B42: numbers of attempts, one close for each, one fresh token for each useful connection. */
  #attempts(before: Connection, event: ConnectionEvent, effects: Effects, must: Must) {
    const { state, generation, attempt, renewed } = this.connection
    const isNew = generation !== before.generation && state.status === 'connecting'
    const byUser = event.type === 'connect' || event.type === 'reconnect'
    const wasUseful = before.state.status === 'open' && this.now - before.state.since >= this.policy.minUptime
    if (
      event.type === 'connect' &&
      (before.state.status === 'connecting' || before.state.status === 'open')
    ) {
      must(!isNew && isNothing(effects), 'connect() twice makes one attempt')
    }
    // What ended is announced once, before anything new begins.
    if (effects.close) {
      must(this.#alive, 'a close announces the end of something')
      this.#alive = false
      // An attempt that a new network, or the page's leave, cut short is made again, and counts once.
      if (before.state.status === 'connecting' && event.type === 'signal') this.#tries -= 1
    }
    const isRotated = event.type === 'rotated' && state !== before.state
    if ((effects.close || isRotated) && wasUseful) {
      this.#renewals = 0
      // The useful connection was no failure, but what follows it is a retry already.
      this.#tries = 1
    }
    if (isNew || isOver(state) || isWait(state)) {
      must(!this.#alive, 'no attempt ends without its close')
    }
    if (isNew) {
      this.#alive = true
      if (byUser && !isWait(before.state)) this.#tries = this.#renewals = 0
      must(
        attempt === this.#tries && state.attempt === this.#tries,
        `the attempt has the number ${this.#tries}`,
      )
      this.#tries += 1
      must(this.#tries <= this.policy.retries + 1, 'no more attempts than retries allow')
      if (renewed === 'now') {
        // Cut short and made again, the attempt asks again.
        const isAgain = before.renewed === 'now'
        this.#renewals += isAgain ? 0 : 1
        must(this.#renewals <= 1, 'one fresh token until a connection was useful')
        must(!!this.policy.auth || isAgain || event.type === 'give-up', 'no fresh token without auth')
      }
    }
    if (state.status === 'waiting' || state.status === 'suspended')
      must(state.attempt === attempt && attempt === this.#tries, 'a wait names the next attempt')
    // Retries used up: not one too early.
    const wantsToRetry = this.#asked?.verdict && this.#asked.verdict !== 'stop'
    if (effects.close && state.status === 'closed' && wantsToRetry) {
      must(this.#tries >= this.policy.retries + 1, 'closed only when all retries were made')
    }
  }

  /** At most one native socket, none where none belongs, and none left behind. */
  #transports(before: Connection, effects: Effects, must: Must) {
    const { state, generation } = this.connection
    if (effects.hangUp) {
      must(this.#transport === 'open', 'goodbye is said to an open transport')
      must(effects.hangUp.code === 1000 || effects.hangUp.code >= 3000, 'a code that may be sent')
      this.#transport = 'closing'
    }
    if (effects.release) {
      const { farewell, died } = effects.release
      must(!(died && farewell), 'a transport that died is told nothing')
      if (farewell) must(farewell.code === 1000 || farewell.code >= 3000, 'a code that may be sent')
      this.#transport = 'none'
    }
    if (generation !== before.generation) must(this.#transport === 'none', 'no transport is left behind')
    if (state !== before.state && state.status === 'connecting' && state.phase === 'transport') {
      must(this.#transport === 'none', 'one transport at a time')
      this.#transport = 'connecting'
    }
    if (state.status === 'connecting' && state.phase === 'handshake') this.#transport = 'open'
    const expected = {
      idle: ['none'],
      waiting: ['none'],
      suspended: ['none'],
      closed: ['none'],
      unauthorized: ['none'],
      open: ['open'],
      closing: ['open', 'closing'],
      connecting: [
        state.status === 'connecting'
          ? ({ credentials: 'none', transport: 'connecting', handshake: 'open' } as const)[state.phase]
          : '',
      ],
    }[state.status]
    must(expected.includes(this.#transport), `the transport is ${this.#transport} while ${state.status}`)
  }

  /** The wait is what the policy says; on the slow schedule at least a second and what the server advised. */
  #waits(before: Connection, effects: Effects, must: Must) {
    const { state, dueAt } = this.connection
    const { delay, verdict } = this.#asked ?? { delay: Number.NaN }
    const advice = verdict ? this.#options.advice : undefined
    const isAdvised = verdict === 'retry-slowly' || advice !== undefined
    const slowest = Math.max(advice ?? 0, 1_000)
    if (effects.close) {
      this.#notBefore = isAdvised
        ? [this.now + Math.max(slowest, delay), this.now + Math.max(2 * slowest, delay)]
        : never
    }
    if (state.status !== 'waiting' || state === before.state) return
    must(state.retryAt === dueAt, 'the state shows when the timer is due')
    if (!effects.close) return
    const { whenHidden, reach } = this.#options
    const wait = state.retryAt - this.now
    if (!this.#asked)
      return must(wait >= 1_000 && wait <= 2_000, 'an attempt that a network cut short is made soon')
    // Beyond 2^53 / 1 000 the sum of a time and a delay is exact enough.
    const close = (a: number, b: number) => Math.abs(a - b) <= 1
    const isSlow =
      isAdvised || (this.#offline && reach !== 'loopback') || (this.#hidden && whenHidden !== 'keep')
    if (isSlow) {
      const [least, most] = [Math.max(slowest, delay), Math.max(2 * slowest, delay)]
      must(wait >= least - 1 && wait <= most + 1, 'the slow schedule')
    } else must(close(wait, delay), 'the delay of the policy')
  }

  /** B53 to B60: what a page and a network event lead to, by the state that it meets. */
  #hears(before: Connection, event: ConnectionEvent, effects: Effects, must: Must) {
    const { state, generation } = this.connection
    must(!effects.probe || event.type === 'signal', 'only a signal makes the machine ask')
    if (event.type !== 'signal') return
    const { signal } = event
    const { status } = before.state
    const isOfNetwork = ['online', 'offline', 'change'].includes(signal)
    const isOfReturn = ['visible', 'resume', 'return'].includes(signal)
    const isUnmoved = sameConnection(before, this.connection)
    if (!['open', 'connecting', 'waiting', 'suspended'].includes(status))
      return must(isUnmoved && isNothing(effects), 'it starts nothing where nobody wants a connection')
    const wasUseful = status === 'open' && this.now - before.state.since >= this.policy.minUptime
    const isLast = (wasUseful ? 0 : before.attempt) >= this.policy.retries
    if (signal === 'leave') {
      const ended = status === 'open' || status === 'connecting'
      if (ended && isLast) must(state.status === 'closed', 'the last attempt there is ends for good')
      else
        must(state.status === 'suspended' && state.why === 'hidden', 'a page in the cache has no connection')
      must((effects.close?.origin === 'page') === ended, 'a page that leaves ends what there is, and says so')
      must(!effects.release === !ended, 'its transport is closed')
      return
    }
    if (status === 'open') {
      const probe = isOfNetwork ? 'always' : signal === 'hidden' ? undefined : 'silent'
      return must(
        isUnmoved && effects.probe === probe && !effects.close,
        'an open connection is asked, not killed',
      )
    }
    must(!effects.probe, 'nobody is there to be asked')
    if (status === 'connecting') {
      const isStuck = (signal === 'online' || signal === 'change') && !isLast
      must(isUnmoved !== isStuck, 'an attempt on a network that is no more is made again')
      must((effects.close?.origin === 'network') === isStuck, 'its end is told')
      const isOld = this.now - (before.startedAt ?? Number.NaN) >= 1_000
      const goesOn = isOld ? state.status === 'connecting' : isWait(state)
      must(
        !isStuck || (goesOn && generation === before.generation + 1),
        'once, and at once unless it has just begun',
      )
      return
    }
    must(!effects.close && !effects.release && !effects.error, 'nothing ends in a wait')
    if (this.#away && !isOfReturn) return must(isUnmoved, 'in the cache only the return counts')
    if (signal === 'focus') return must(isUnmoved, 'focus alone ends no wait')
    const due = before.dueAt ?? Infinity
    if (signal === 'offline' || signal === 'hidden') {
      return must(
        isUnmoved || (status === 'waiting' && state.status === 'suspended'),
        'it makes nothing sooner',
      )
    }
    if (this.#obstacleTo(signal)) return must(state.status === 'suspended', 'what is in the way holds it up')
    // Never earlier than the server asked, never later than it would have been.
    const [least, most] = this.#notBefore
    const earliest = Math.max(Math.min(due, this.now), least)
    const latest = Math.max(Math.min(due, this.now + (isOfReturn ? 0 : 2_000)), most)
    if (state.status === 'waiting') {
      must(state.retryAt >= earliest - 1 && state.retryAt <= latest + 1, 'an attempt soon')
    } else must(state.status === 'connecting' && earliest <= this.now, 'an attempt now')
  }

  /** A wait without an end has a reason, and a wait with one has none against it. */
  #suspends(before: Connection, event: ConnectionEvent, must: Must) {
    const { state } = this.connection
    if (event.type === 'signal') {
      if (event.signal === 'leave') this.#away = state.status === 'suspended'
      if (['visible', 'resume', 'return'].includes(event.signal)) this.#away = false
    }
    if (state === before.state) return
    if (state.status === 'suspended') {
      const why = this.#away ? 'hidden' : this.#obstacleTo(event.type === 'signal' ? event.signal : undefined)
      must(state.why === why, `suspended by what is in the way: ${why}`)
    } else {
      this.#away = false
      const inTheWay = this.#obstacleTo(event.type === 'signal' ? event.signal : undefined)
      must(state.status !== 'waiting' || !inTheWay, 'it does not wait for what may not be tried')
    }
  }
}
const never = [-Infinity, -Infinity] as const
type Must = (holds: boolean, what: string) => void

/** The same in every part, and the state the very same: the shell compares it. */
const sameConnection = (a: Connection, b: Connection) =>
  a.state === b.state &&
  a.generation === b.generation &&
  a.attempt === b.attempt &&
  a.dueAt === b.dueAt &&
  a.cause === b.cause &&
  a.renewed === b.renewed &&
  a.doubted === b.doubted &&
  a.doubtedAt === b.doubtedAt &&
  a.notBefore === b.notBefore &&
  a.away === b.away &&
  a.failing === b.failing &&
  a.farewell === b.farewell
const isNothing = (effects: Effects) => Object.values(effects).every((value) => value === undefined)

// ---------------------------------------------------------------- the properties

describe('the connection machine, whatever happens', () => {
  const count = counter('connection machine')

  it('B6 B7 B9 B10 B22 B24 B27 B42 B53 to B60 keeps its invariants', { timeout: patience }, () => {
    fc.assert(
      fc.property(options, sequence(happening, 80), (given, happenings) => {
        const run = new Run(given)
        for (const happening of happenings) {
          run.now += happening.jump
          const event = run.event(happening)
          if (!event) continue
          count.events++
          run.step(event, happening.random)
        }
      }),
      { numRuns: 2_500 },
    )
  })

  it('B7 with retries: k makes exactly k + 1 attempts where none is useful, then is closed once', {
    timeout: patience,
  }, () => {
    const failure = fc.constantFrom('end', 'error', 'due')
    fc.assert(
      fc.property(fc.nat(6), options, fc.infiniteStream(failure), (retries, given, failures) => {
        const run = new Run({ ...given, retries, should: 'always', hasAuth: false, minUptime: Infinity })
        let attempts = 0
        run.step({ type: 'connect' }, 0.5)
        for (let n = 0; n < 100 && !isOver(run.connection.state); n++) {
          const { state, generation } = run.connection
          count.events++
          if (state.status === 'waiting') {
            run.now = state.retryAt
            run.step({ type: 'due' }, 0.5)
          } else if (state.status === 'connecting' && state.phase === 'credentials') {
            attempts++
            run.step({ type: 'prepared', generation }, 0.5)
          } else {
            const { value } = failures.next()
            if (value === 'end')
              run.step({ type: 'transport-close', generation, close: closeInfo(1006) }, 0.5)
            else if (value === 'error') run.step({ type: 'transport-error', generation }, 0.5)
            else run.step({ type: 'due' }, 0.5)
          }
        }
        check(attempts === retries + 1, `${attempts} attempts with ${retries} retries`)
        check(run.connection.state.status === 'closed', 'closed at the end')
      }),
      { numRuns: 500 },
    )
  })

  it('B9 B22 close() is final: whatever the old transport still says, none follows', {
    timeout: patience,
  }, () => {
    fc.assert(
      fc.property(options, sequence(happening, 20), sequence(happening, 20), (given, first, then) => {
        const run = new Run(given)
        const play = (happenings: Happening[], starts: boolean) => {
          for (const happening of happenings) {
            run.now += happening.jump
            const event = run.event(happening)
            if (!event || (!starts && (event.type === 'connect' || event.type === 'reconnect'))) continue
            count.events++
            run.step(event, happening.random)
          }
        }
        play(first, true)
        run.step({ type: 'close', farewell: { code: 1000, reason: '' }, drain: 500 }, 0.5)
        play(then, false)
        check(['closing', 'closed'].includes(run.connection.state.status), 'it is closing or closed')
        for (let n = 0; n < 2 && run.connection.dueAt !== undefined; n++) run.step({ type: 'due' }, 0.5)
        check(run.connection.state.status === 'closed', 'closed after drain and closeTimeout')
      }),
      { numRuns: 1_000 },
    )
  })

  count.atLeast(60_000)
})
