// What may happen to a socket and its world, and how both are set up: generated at random.
import fc from 'fast-check'
import type { Signal } from './world'

const which = fc.constantFrom(0, 0, 0, 1, 2)
const signal = fc.constantFrom<Signal[]>(
  'online',
  'offline',
  'change',
  'visible',
  'hidden',
  'focus',
  'resume',
  'leave',
  'return',
)
const tokenModes = ['at once', 'at once', 'slowly', 'slowly', 'throws', 'throws', 'null', 'refuses'] as const
const of = <const T extends string>(type: T) => ({ type: fc.constant(type) })

export const operation = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ ...of('send'), orNever: fc.constantFrom(false, false, false, true) }),
  },
  {
    weight: 10,
    arbitrary: fc.record({ ...of('advance'), ms: fc.constantFrom(0, 1, 20, 100, 400, 1_000, 3_000, 3_000) }),
  },
  { weight: 8, arbitrary: fc.record({ ...of('drain'), bytes: fc.constantFrom(1, 5, 20, 1e6, 1e6), which }) },
  { weight: 5, arbitrary: fc.record({ ...of('signal'), signal, times: fc.constantFrom(1, 1, 1, 1, 12) }) },
  { weight: 4, arbitrary: fc.record({ ...of('connect') }) },
  { weight: 4, arbitrary: fc.record({ ...of('rotate') }) },
  {
    weight: 4,
    arbitrary: fc.record({ ...of('say'), frame: fc.constantFrom('s', 's', 's', 'going', 'ping'), which }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      ...of('break'),
      by: fc.constantFrom('die' as const, 'die' as const, 1012, 4401, 1000),
      which,
    }),
  },
  { weight: 3, arbitrary: fc.record({ ...of('heal'), which }) },
  { weight: 2, arbitrary: fc.record({ ...of('answer'), calls: fc.constantFrom(1, 10) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      ...of('inside'),
      event: fc.constantFrom('state', 'open', 'message', 'error', 'error', 'close'),
      pick: fc.nat(5),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...of('serve'),
      mode: fc.constantFrom('accept' as const, 'accept' as const, 'refuse' as const, 'ignore' as const),
      authAnswer: fc.constantFrom(
        'accepts' as const,
        'accepts' as const,
        'refuses' as const,
        'is silent' as const,
      ),
      answersPings: fc.constantFrom(true, true, false),
      tokenMode: fc.constantFrom(...tokenModes),
    }),
  },
  { weight: 1, arbitrary: fc.record({ ...of('stall'), which }) },
  { weight: 1, arbitrary: fc.record({ ...of('jump'), ms: fc.constantFrom(-5_000, 900, 20_000) }) },
  { weight: 1, arbitrary: fc.record({ ...of('reconnect') }) },
  { weight: 1, arbitrary: fc.record({ ...of('close'), drain: fc.constantFrom(0, 0, 300) }) },
  { weight: 1, arbitrary: fc.record({ ...of('clear') }) },
)

/** The part of it that breaks nothing. */
export const harmless = fc.oneof(
  { weight: 3, arbitrary: fc.record({ ...of('send'), orNever: fc.constant(false) }) },
  { weight: 3, arbitrary: fc.record({ ...of('advance'), ms: fc.constantFrom(0, 1, 20, 100, 1_000, 3_000) }) },
  { weight: 3, arbitrary: fc.record({ ...of('drain'), bytes: fc.constantFrom(1, 5, 1e6), which }) },
  { weight: 3, arbitrary: fc.record({ ...of('say'), frame: fc.constantFrom('s', 's', 'going'), which }) },
  { weight: 2, arbitrary: fc.record({ ...of('rotate') }) },
)

export type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

export const settings = fc.record({
  attach: fc.constantFrom('message' as const, 'message' as const, 'query' as const, 'none' as const),
  renew: fc.constantFrom('next' as const, 'in-band' as const, 'rotate' as const),
  tokenLife: fc.constantFrom(undefined, 1_500, 1_500, 20_000),
  pulse: fc.constantFrom(
    'active' as const,
    'active' as const,
    'passive' as const,
    'none' as const,
    'none' as const,
  ),
  linger: fc.constantFrom(0, 300, 1_000),
  fenceTimeout: fc.constantFrom<number[]>(0, 200, 2_000),
  whenHidden: fc.constantFrom('keep' as const, 'slow' as const, 'suspend' as const),
  whenOffline: fc.constantFrom('slow' as const, 'suspend' as const),
  buffered: fc.constantFrom('manual' as const, 'drains-at-once' as const),
  terminable: fc.boolean(),
  holdClose: fc.boolean(),
  retries: fc.constantFrom(Infinity, Infinity, 2),
  greeting: fc.constantFrom([], [], ['s', 's'], ['ping', 's'], ['going', 's'], ['pong:0']),
  random: fc.constantFrom(0, 0.5, 0.999),
})
export type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never
