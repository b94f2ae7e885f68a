// The clients of the storm: Hawser's own machine and backoff, and the peers' formulas, all asked the same way.

// The rooms themselves, which are no part of what the package exports.
import {
  type Connection,
  type ConnectionEvent,
  initialConnection,
  type Policy,
  transition,
} from '../../../packages/core/src/connection/transition'
import { resolveOptions } from '../../../packages/core/src/options'

/** One client of a hundred thousand. Times and delays are milliseconds. */
export interface StormClient {
  /** Its useful connection was cut off: when will it try again? */
  cut(now: number): number
  /** It tries. */
  dial(now: number): void
  /** The attempt was refused: when will it try again? */
  refused(now: number): number
  accepted(now: number): void
}

export type MakeClient = (random: () => number) => StormClient

// ---------------------------------------------------------------- Hawser

/** What `createSocket(url)` decides by. */
const policy: Policy = resolveOptions({})
const uncertain = { messages: 0, bytes: 0 }
const fair = { isOffline: () => false, isHidden: () => false, reach: 'internet' } as const
/** What a reset connection and a refused one look like (RFC 6455 section 7.1.5). */
const close = { code: 1006, reason: '', wasClean: false, origin: 'network', uncertain } as const

/** The very `transition` that the socket runs, fed with the events that its transport would fire. */
const hawser: MakeClient = (random) => {
  let connection: Connection = initialConnection
  const feed = (now: number, event: ConnectionEvent) => {
    connection = transition(connection, event, { now, random, uncertain, ...fair }, policy)[0]
  }
  const generation = () => connection.generation
  const retryAt = () => {
    if (connection.state.status !== 'waiting')
      throw new Error(`It does not wait, it is ${connection.state.status}.`)
    return connection.state.retryAt
  }
  const open = (now: number) => {
    feed(now, { type: 'transport-open', generation: generation() })
    feed(now, { type: 'accepted', generation: generation(), protocol: '' })
  }
  const lose = (now: number) => {
    feed(now, { type: 'transport-error', generation: generation() })
    feed(now, { type: 'transport-close', generation: generation(), close })
    return retryAt()
  }
  // Open for a minute when the storm begins.
  feed(-60_000, { type: 'connect' })
  feed(-60_000, { type: 'prepared', generation: generation() })
  open(-60_000)
  return {
    cut: lose,
    dial(now) {
      feed(now, { type: 'due' })
      feed(now, { type: 'prepared', generation: generation() })
      if (connection.state.status !== 'connecting')
        throw new Error(`It does not dial, it is ${connection.state.status}.`)
    },
    refused: lose,
    accepted: open,
  }
}

// ---------------------------------------------------------------- peers

/** `delay(1)` comes before the first retry. */
const byFormula =
  (formula: (random: () => number) => (retry: number) => number): MakeClient =>
  (random) => {
    const delay = formula(random)
    let retry = 0
    const next = (now: number) => now + delay(++retry)
    return { cut: next, dial() {}, refused: next, accepted() {} }
  }

export const clients: Readonly<Record<string, MakeClient>> = {
  hawser,

  // dist/ws.js, _getNextDelay: minReconnectionDelay 3 000, reconnectionDelayGrowFactor 1.3, maxReconnectionDelay 10 000.
  partysocket: byFormula(() => (retry) => Math.min(10_000, 3_000 * 1.3 ** (retry - 1))),

  // The same with minReconnectionDelay drawn once per page from 1 000 to 5 000.
  'reconnecting-websocket': byFormula((random) => {
    const first = 1_000 + random() * 4_000
    return (retry) => Math.min(10_000, first * 1.3 ** (retry - 1))
  }),

  // src/index.js, reconnect: timeout 1 000, for ever the same.
  sockette: byFormula(() => () => 1_000),

  // Its README's ConstantBackoff(1000); without a backoff given it does not reconnect at all.
  'websocket-ts': byFormula(() => () => 1_000),

  // contrib/backo2.js: reconnectionDelay 1 000, reconnectionDelayMax 5 000, randomizationFactor 0.5, factor 2; one random
  // number decides both how far the delay is moved and to which side, and the cap comes last.
  'socket.io-client': byFormula((random) => (retry) => {
    const delay = 1_000 * 2 ** (retry - 1)
    const draw = random()
    const deviation = Math.floor(draw * 0.5 * delay)
    const moved = (Math.floor(draw * 10) & 1) === 0 ? delay - deviation : delay + deviation
    return Math.floor(Math.min(moved, 5_000))
  }),

  // centrifuge-js, src/utils.ts, backoff(step, min, max): minReconnectDelay 500, maxReconnectDelay 20 000, step from 0.
  centrifuge: byFormula((random) => (retry) => {
    const step = Math.min(retry - 1, 31)
    const window = Math.min(20_000, 500 * 2 ** step)
    return Math.min(20_000, 500 + Math.floor(random() * (window + 1)))
  }),
}
