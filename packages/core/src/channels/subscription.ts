// One subscriber of a channel: its state, and how far it has come.

import { Emitter } from '../emitter'
import type { SocketError } from '../errors'
import { createStore } from '../store'
import type { Store } from '../types'
import type { Position, Published, Subscribed } from './protocol'

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

/** What a subscriber is told: a new state, or what the server said. */
export type Told<In> = SubscriptionState | Subscribed | Published<In>

/** A subscriber as the book-keeping has it. */
export interface Subscriber<In> {
  readonly face: Subscription
  tell(told: Told<In>): void
  /** Something is missing. */
  miss(): void
  end(): void
}

export const waiting: SubscriptionState = { status: 'waiting' }
const unsubscribed: SubscriptionState = { status: 'unsubscribed' }
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
  const emitter = new Emitter<{ state: undefined; message: Published<In> }>(report)
  const off = emitter.on('message', ({ channel, position, message }) =>
    listener(message, { channel, position }),
  )
  const set = (next: SubscriptionState) => {
    if (next === state) return
    state = next
    emitter.emit('state', undefined)
  }
  const miss = () => set({ ...state, recovered: false } as SubscriptionState)
  return {
    face: {
      state: createStore(emitter, 'state', () => state),
      get position() {
        return at
      },
      unsubscribe,
      [dispose]: unsubscribe,
    },
    tell(told) {
      if ('status' in told) return set(told)
      const { position } = told
      const step = distance(at, position)
      const isKnown = step <= 0
      if (!isKnown) at = position
      if (told.type === 'subscribed') set({ status: 'subscribed', recovered: isKnown, reply: told.reply })
      else if (!isKnown) {
        if (position && step !== 1) miss()
        // Nobody's any more, where a listener of the state has unsubscribed.
        emitter.emit('message', told)
      }
    },
    miss,
    end() {
      off()
      set(unsubscribed)
    },
  }
}
