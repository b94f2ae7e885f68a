// One subscriber of a channel: its state, and how far it has come.

import { Emitter } from '../emitter'
import type { SocketError } from '../errors'
import { createStore } from '../store'
import type { Store } from '../types'
import type { Position, Published } from './protocol'

/**
 * - `waiting`: for a connection, or to ask again.
 * - `subscribing`: the server was asked.
 * - `subscribed`: it let us in. `recovered: false`: something is missing between what the subscriber has and what comes
 *   now, so fetch it afresh; that is so at the first time without `since`, and again, in a new state, whenever something
 *   turns out to be missing. `reply` is what the server said.
 * - `rejected`: it does not let us in, or put us out; see `error.cause`. It is asked again on the next connection.
 * - `unsubscribed`: by the app, for good.
 */
export type SubscriptionState =
  | { readonly status: 'waiting' }
  | { readonly status: 'subscribing' }
  | { readonly status: 'subscribed'; readonly recovered: boolean; readonly reply: unknown }
  | { readonly status: 'rejected'; readonly error: SocketError }
  | { readonly status: 'unsubscribed' }

export interface MessageContext {
  readonly channel: string
  /** Missing where the server has none. */
  readonly position: Position | undefined
}

export type Listener<In> = (message: In, context: MessageContext) => unknown

/** One subscriber. A channel is subscribed on the wire for as long as it has any. */
export interface Subscription {
  readonly state: Store<SubscriptionState>
  /**
   * How far it has come: the position of the last message that was handed to the app, or read from the iterator; before
   * the first, where the history stood at the subscription. Keep it, and go on from there after a reload by `since`.
   */
  readonly position: Position | undefined
  /** From now on nothing comes. The last one of a channel tells the server. */
  unsubscribe(): void
  /** `unsubscribe()`. */
  [Symbol.dispose](): void
}

/** One whose messages are read: `for await (const message of …)`. */
export interface SubscriptionIterator<In> extends Subscription, AsyncIterableIterator<In> {}

/** The server's yes, as the book-keeping has it: one object for each time that it was said. */
export interface Acceptance {
  readonly status: 'subscribed'
  readonly reply: unknown
  /** The history ends before what was asked for: it is not the one that anybody here knows. */
  readonly isBehind: boolean
}

/** A subscriber as the book-keeping has it. */
export interface Subscriber<In> {
  readonly face: Subscription
  /**
   * Says how the subscription stands: each time, though it may be known already.
   *
   * @param position all that comes after it will come
   */
  follow(now: SubscriptionState | Acceptance, position: Position | undefined): void
  take(event: Published<In>, position: Position | undefined): void
  /** Something is missing. */
  miss(): void
}

export const waiting: SubscriptionState = { status: 'waiting' }
export const unsubscribed: SubscriptionState = { status: 'unsubscribed' }
/** Missing from older runtimes. */
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol('dispose')

/** How many messages lie from one position to another, or `NaN` where nobody can know. */
export const distance = (from: Position | undefined, to: Position | undefined): number =>
  from && to && from.epoch === to.epoch ? to.offset - from.offset : Number.NaN

/**
 * @param at how far it has come already
 * @param unsubscribe ends it from the app's side
 */
export function createSubscriber<In>(
  listener: Listener<In>,
  at: Position | undefined,
  report: (error: unknown) => void,
  unsubscribe: () => void,
): Subscriber<In> {
  let state = waiting
  /** What `state` is made of. */
  let known: SubscriptionState | Acceptance = waiting
  const emitter = new Emitter<{ state: undefined; message: undefined }>(report)
  const set = (next: SubscriptionState) => {
    state = next
    emitter.emit('state', undefined)
  }
  const miss = () => {
    // A listener may have closed the socket.
    if (state.status === 'subscribed') set({ ...state, recovered: false })
  }
  return {
    face: {
      state: createStore(emitter, 'state', () => state),
      get position() {
        return at
      },
      unsubscribe,
      [dispose]: unsubscribe,
    },
    follow(now, position) {
      if (now === known) return
      known = now
      if (!('isBehind' in now)) return set(now)
      const { status, reply, isBehind } = now
      const recovered = !isBehind && distance(at, position) <= 0
      if (!recovered) at = position
      set({ status, recovered, reply })
    },
    take({ channel, message }, position) {
      const step = distance(at, position)
      if (step <= 0) return
      if (position) {
        at = position
        if (step !== 1) miss()
      }
      // A listener of the state may have unsubscribed.
      if (state !== unsubscribed)
        emitter.tell('message', [() => listener(message, { channel, position })], undefined)
    },
    miss,
  }
}
