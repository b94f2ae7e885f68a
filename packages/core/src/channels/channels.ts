// createChannels: which channels the app wants, and what each connection was told of them.

import { atOnce, quiet } from '../deferred'
import { SocketError } from '../errors'
import { Inbox } from '../inbox'
import type { HandshakeContext, Receipt, SendOptions, Socket, SocketState } from '../types'
import { abortSignal, anything, count, type Kind, madeBy, text, validate } from '../validate'
import { positions } from './positions'
import type { ChannelEvent, ChannelProtocol, Position } from './protocol'
import {
  type Acceptance,
  createSubscriber,
  dispose,
  distance,
  type Listener,
  type Subscriber,
  type Subscription,
  type SubscriptionIterator,
  type SubscriptionState,
  unsubscribed,
  waiting,
} from './subscription'

export interface ChannelsOptions<In = unknown, Out = In> {
  /** How the server speaks of channels. @default positions() */
  readonly protocol?: ChannelProtocol<In, Out>
}

export interface SubscribeOptions {
  /**
   * What the server gets with the subscription, or a function that gives it, at once, each time that the server is asked.
   * That of the first subscriber counts. One that throws, or gives a promise, reads as `rejected`. @default none
   */
  readonly payload?: unknown
  /** How far this subscriber has come already: `position` of an earlier subscription. @default nowhere */
  readonly since?: Position | undefined
  /** Unsubscribes. */
  readonly signal?: AbortSignal | undefined
}

export interface IterateOptions extends SubscribeOptions {
  /** How many messages may wait to be read. Beyond, the oldest go, and the state says `recovered: false`. @default 1_000 */
  readonly buffer?: number
}

export interface Channels<In = unknown, Out = In> {
  /**
   * Adds a subscriber. All subscribers of a channel are one subscription on the wire, which is made anew on every connection,
   * ahead of what waits to be sent, and asks for what came after the last message that was handed to the app. Messages that
   * come twice are dropped by their positions; where one is missing the state says `recovered: false`.
   *
   * What the function throws, or rejects with, is an `error` of the socket with `LISTENER`; the others get the message all
   * the same.
   *
   * @throws {SocketError} `INVALID_OPTION`
   */
  subscribe(channel: string, listener: Listener<In>, options?: SubscribeOptions): Subscription
  /**
   * The same for an async iterator, subscribed from now on. `return()`, as by `break`, unsubscribes. It ends when the
   * socket ends for good, `signal` aborts or the channels are disposed of, and throws `REJECTED` where the server does not
   * let it in.
   */
  subscribe(channel: string, options?: IterateOptions): SubscriptionIterator<In>
  /** Sends a message into a channel as `socket.send` does: it waits, is paced and confirmed like any other. */
  publish(channel: string, message: Out, options?: SendOptions): Receipt
  /** Unsubscribes all, for good: whoever subscribes later is unsubscribed at once. */
  dispose(): void
  /** `dispose()`. */
  [Symbol.dispose](): void
}

/** A channel that has subscribers. */
interface Channel<In> {
  readonly name: string
  readonly payload: unknown
  readonly subscribers: Set<Subscriber<In>>
  /** Its subscription on each connection, the oldest first. */
  readonly asked: Map<HandshakeContext, Asked>
  /** How far its messages have come, or where they are to go on from. */
  position: Position | undefined
  /** So often did it break off since it was last accepted. */
  failures: number
}

interface Asked {
  readonly ref: string
  readonly since: Position | undefined
  state: SubscriptionState | Acceptance
  /** It broke off, and is asked for again later. */
  timer?: unknown
}

const subscribing: SubscriptionState = { status: 'subscribing' }
/** Milliseconds before a subscription that broke off is asked for again, the first times; later 10 s. */
const delays = [1_000, 2_000, 5_000]

/**
 * Channels on top of a socket. Does nothing before the first `subscribe()`; a socket that is open already will do.
 * One for each socket: it takes all messages that its protocol knows, also of channels that nobody here wants any more.
 *
 * While the socket goes over from one connection to another (see `rotation()`) a channel is subscribed on both, so that
 * nothing is missed.
 *
 * @throws {SocketError} `INVALID_OPTION`
 *
 * @example
 * const channels = createChannels(socket)
 * const subscription = channels.subscribe('room:1', (message) => show(message))
 * subscription.state.subscribe(() => {
 *   const state = subscription.state.get()
 *   if (state.status === 'subscribed' && !state.recovered) fetchRoom()
 * })
 */
export function createChannels<In = unknown, Out = In>(
  socket: Socket<any, any>,
  options: ChannelsOptions<In, Out> = {},
): Channels<In, Out> {
  validate('createChannels', options, {
    protocol: madeBy('subscribe unsubscribe publish read', 'such as positions() or phoenix()'),
  })
  const { protocol = positions<In, Out>() } = options
  const { clock } = socket
  const wanted = new Map<string, Channel<In>>()
  /** Those that are open, the oldest first, with what ends them: more than one in a rotation. */
  const connections = new Map<HandshakeContext, () => void>()
  let refs = 0
  let isDisposed = false

  const each = ({ subscribers }: Channel<In>, tell: (subscriber: Subscriber<In>) => void) => {
    // A listener may unsubscribe others, and add some.
    for (const subscriber of [...subscribers]) if (subscribers.has(subscriber)) tell(subscriber)
  }

  /** Looked up for each subscriber: a listener of the one before may have changed it. */
  const settle = (channel: Channel<In>) =>
    each(channel, (subscriber) => subscriber.follow(best(channel)?.state ?? waiting, channel.position))

  /** Asks wherever nobody was asked, or where the answer was no; not before its time, where it broke off. */
  const ask = (channel: Channel<In>) => {
    const { name, payload, position: since, asked, subscribers } = channel
    for (const context of connections.keys()) {
      const before = asked.get(context)
      if (before?.timer || isLive(before)) continue
      const now: Asked = { ref: String(++refs), since, state: subscribing }
      asked.set(context, now)
      try {
        const frame = protocol.subscribe({
          channel: name,
          ref: now.ref,
          since,
          payload: typeof payload === 'function' ? atOnce(payload()) : payload,
        })
        // That function may have unsubscribed.
        if (subscribers.size) context.send(frame)
      } catch (error) {
        // One that cannot be asked for must not fail the connection for all.
        now.state = rejected(name, error)
      }
    }
    settle(channel)
  }

  const hear = (channel: Channel<In>, asked: Asked, event: ChannelEvent<In>) => {
    const { type } = event
    if (type === 'rejected') asked.state = rejected(channel.name, event.reason)
    else if (type === 'ended') {
      asked.state = waiting
      asked.timer ??= clock.setTimeout(
        () => {
          asked.timer = undefined
          ask(channel)
        },
        delays[channel.failures++] ?? 10_000,
      )
    } else {
      const position = isPlace(event.position) ? event.position : undefined
      const step = distance(channel.position, position)
      if (type === 'subscribed') {
        const isBehind = distance(asked.since, position) < 0
        asked.state = { status: type, reply: event.reply, isBehind }
        // An older connection says nothing of what is to come.
        if (best(channel) !== asked) return
        channel.failures = 0
        if (isBehind || !(step <= 0)) channel.position = position
      } else {
        // Of an earlier subscription on the same connection; an older one may be ahead, but no more than that.
        if (!isAccepted(asked) || (best(channel) !== asked && step !== 1)) return
        if (position && !(step <= 0)) channel.position = position
        return each(channel, (subscriber) => subscriber.take(event, position))
      }
    }
    settle(channel)
  }

  const remove = socket.use({
    name: 'channels',
    handshake(context) {
      const end = () => {
        context.signal.removeEventListener('abort', end)
        connections.delete(context)
        for (const channel of wanted.values()) {
          clock.clearTimeout(channel.asked.get(context)?.timer)
          channel.asked.delete(context)
          settle(channel)
        }
      }
      connections.set(context, end)
      context.signal.addEventListener('abort', end)
      for (const channel of wanted.values()) ask(channel)
    },
    incoming(frame, context) {
      const event = protocol.read(frame)
      // Whatever else a protocol reads is the app's.
      if (!event || !/^(subscribed|published|rejected|ended)$/.test(event.type)) return
      const channel = wanted.get(event.channel)
      const asked = channel?.asked.get(context)
      if (channel && asked && (event.ref ?? asked.ref) === asked.ref) hear(channel, asked, event)
      return true
    },
  })

  const add = (name: string, listener: Listener<In>, { payload, since, signal }: SubscribeOptions) => {
    const channel: Channel<In> = wanted.get(name) ?? {
      name,
      payload,
      subscribers: new Set(),
      asked: new Map(),
      position: since,
      failures: 0,
    }
    const { subscribers, asked } = channel
    const leave = () => {
      if (!subscribers.delete(subscriber)) return
      signal?.removeEventListener('abort', leave)
      if (!subscribers.size) {
        wanted.delete(name)
        for (const [context, one] of asked) {
          clock.clearTimeout(one.timer)
          if (isLive(one)) context.send(protocol.unsubscribe({ channel: name, ref: one.ref }))
        }
      }
      subscriber.follow(unsubscribed, undefined)
    }
    const subscriber = createSubscriber(listener, since, (error) => socket.report(error), leave)
    wanted.set(name, channel)
    subscribers.add(subscriber)
    signal?.addEventListener('abort', leave)
    if (isDisposed || signal?.aborted) leave()
    else ask(channel)
    return subscriber
  }

  const read = (name: string, options: IterateOptions): SubscriptionIterator<In> => {
    const { buffer = 1_000 } = options
    let { since: position } = options
    let failure: SocketError | undefined
    const inbox = new Inbox<readonly [message: In, position: Position | undefined]>()
    const { face, miss } = add(
      name,
      (message) => {
        if (inbox.push([message, face.position]) <= buffer) return
        inbox.messages.shift()
        miss()
      },
      options,
    )
    const { state, unsubscribe } = face
    const follow = () => {
      const now = state.get()
      position ??= face.position
      if (now.status === 'rejected') failure = now.error
      if (failure || isOver(socket.state.get())) unsubscribe()
      if (now.status === 'unsubscribed') {
        off()
        inbox.close()
      }
    }
    const off = socket.on('state', follow)
    state.subscribe(follow)
    follow()
    const messages = (async function* () {
      try {
        for (;;) {
          const [message, at] = await inbox.receive()
          position = at
          yield message
        }
      } catch {
        if (failure) throw failure
      }
    })()
    return {
      ...face,
      get position() {
        return position
      },
      next: () => quiet(messages.next()),
      return() {
        unsubscribe()
        return messages.return()
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  const channels: Channels<In, Out> = {
    subscribe(name: string, given: Listener<In> | IterateOptions = {}, options: SubscribeOptions = {}): any {
      const isListener = typeof given === 'function'
      // Not `undefined`, which would pass for an option that was not given.
      validate(
        'subscribe',
        { channel: name ?? null, ...(isListener ? options : given) },
        {
          channel: text,
          payload: anything,
          since: place,
          signal: abortSignal,
          buffer: count,
        },
      )
      return isListener ? add(name, given, options).face : read(name, given)
    },
    publish: (name, message, options) =>
      socket.send(protocol.publish(name, message), { ...options, unchecked: true }),
    dispose() {
      isDisposed = true
      remove()
      for (const channel of wanted.values()) each(channel, ({ face }) => face.unsubscribe())
      for (const end of connections.values()) end()
    },
    [dispose]: () => channels.dispose(),
  }
  return channels
}

const isAccepted = (asked: Asked | undefined) => asked?.state.status === 'subscribed'
const isLive = (asked: Asked | undefined) => asked?.state === subscribing || isAccepted(asked)

/** Which of its connections speaks for a channel: the newest that lets it in, else one that has not said no. */
const best = ({ asked }: Channel<any>): Asked | undefined => {
  const all = [...asked.values()].reverse()
  return all.find(isAccepted) ?? all.find(isLive) ?? all[0]
}

const isOver = ({ status }: SocketState) => status === 'closed' || status === 'unauthorized'

const isPlace = (value: any) => Number.isFinite(value?.offset)
const place: Kind = [isPlace, 'a position']

const rejected = (name: string, cause: unknown): SubscriptionState => ({
  status: 'rejected',
  error: new SocketError('REJECTED', `Not let into ${name}: see cause.`, { cause }),
})
