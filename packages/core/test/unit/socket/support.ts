// What the tests of the shell share: a socket on an in-memory server, with a clock and dice that the test holds.
import { inspect } from 'node:util'
import { afterEach, beforeEach, expect } from 'vitest'
import type { Clock, Environment, Provider, Socket, SocketEvents, SocketOptions } from '../../../src'
import { type Codec, createSocket, type raw } from '../../../src'
import { type MemoryServerOptions, manualClock, memoryServer } from '../../../src/testing'

export interface RigOptions<C extends Codec<any, any>> extends Omit<SocketOptions<C>, 'environment'> {
  readonly url?: string | URL | Provider<string | URL>
  readonly server?: MemoryServerOptions
  readonly environment?: Partial<Environment>
}

/** A socket that is not connected yet, its server, and what it told its listeners. Retry delays are in mid-window. */
export function rig<C extends Codec<any, any> = typeof raw>(options: RigOptions<C> = {}) {
  const { url, server: behaviour, environment, ...others } = options
  const clock = manualClock(1_000_000)
  const server = memoryServer({ clock, ...behaviour })
  const reported: unknown[] = []
  const socket = createSocket<C>(url ?? server.url, {
    ...(others as SocketOptions<C>),
    environment: {
      WebSocket: server.WebSocket,
      clock,
      random: () => 0.5,
      reportError: (error) => reported.push(error),
      ...environment,
    },
  })
  return { clock, server, socket, reported, status: () => socket.state.get().status }
}

/** The same, open. */
export async function openRig<C extends Codec<any, any> = typeof raw>(options: RigOptions<C> = {}) {
  const made = rig<C>(options)
  made.socket.connect()
  await made.clock.advance(0)
  expect(made.status()).toBe('open')
  return made
}

/** Every event of these names from now on, as [name, payload], in the order in which they were told. */
export function record<In>(
  socket: Pick<Socket<In, never>, 'on'>,
  names: readonly (keyof SocketEvents<In>)[] = ['open', 'close', 'message', 'error', 'drop', 'state'],
): [name: string, payload: any][] {
  const told: [string, unknown][] = []
  for (const name of names) socket.on(name, (payload) => told.push([name, payload]))
  return told
}

/** The payloads of one event from now on. */
export function tape<In, K extends keyof SocketEvents<In>>(
  socket: Pick<Socket<In, never>, 'on'>,
  name: K,
): SocketEvents<In>[K][] {
  const told: SocketEvents<In>[K][] = []
  socket.on(name, (payload) => told.push(payload))
  return told
}

/** The code with which a promise rejects; `'resolved'`, or `'pending'` where it is not settled by now. */
export async function outcome(promise: Promise<unknown>): Promise<string> {
  const pending = macrotask().then(() => 'pending')
  return Promise.race([
    promise.then(
      () => 'resolved',
      (error) => error?.code ?? String(error),
    ),
    pending,
  ])
}

/** By then all promise chains that can settle have settled, and unhandled rejections were told. */
export const macrotask = () => new Promise<void>((resolve) => setImmediate(resolve))

/** All that a value shows to whoever looks into it, hidden fields and causes included. */
export const everything = (value: unknown) =>
  inspect(value, { depth: Infinity, showHidden: true, maxArrayLength: null, maxStringLength: null })

/**
 * An event loop with a hidden tab's timers: they fire only at multiples of `every` milliseconds, while each turn takes
 * a sixteenth of a millisecond. `network` is told how much time went by.
 */
export function throttledLoop(every: number, network: (ms: number) => void) {
  const turnTime = 1 / 16
  let time = every / 2
  let turns: (() => void)[] = []
  const timers = new Map<object, { readonly due: number; readonly fn: () => void }>()
  const pass = (ms: number) => {
    time += ms
    network(ms)
  }
  const clock: Clock = {
    now: () => time,
    setTimeout(fn, delay) {
      const timer = {}
      timers.set(timer, { due: Math.ceil((time + Math.max(1, delay)) / every) * every, fn })
      return timer
    },
    clearTimeout: (timer) => void timers.delete(timer as object),
    turn: (fn) => void turns.push(fn),
  }
  return {
    clock,
    /** Runs until `done()`, or until so much time has gone by. Says how much. */
    run(limit: number, done: () => boolean): number {
      const start = time
      while (!done() && time - start < limit) {
        const due = [...timers].find(([, timer]) => timer.due <= time)
        if (due) {
          timers.delete(due[0])
          due[1].fn()
        }
        const round = turns
        turns = []
        for (const turn of round) turn()
        if (round.length > 0) pass(turnTime)
        else
          pass(Math.min(limit, ...[...timers.values()].map((timer) => Math.max(turnTime, timer.due - time))))
      }
      return time - start
    },
  }
}

const unhandled: unknown[] = []
const note = (reason: unknown) => unhandled.push(reason)

beforeEach(() => {
  unhandled.length = 0
  process.on('unhandledRejection', note)
})

afterEach(async () => {
  await macrotask()
  await macrotask()
  process.off('unhandledRejection', note)
  expect(unhandled, 'unhandled rejections').toEqual([])
})
