// The types of channels: messages by the protocol, listeners and iterators, states. Checked by tsc, never run.
import { expectTypeOf } from 'vitest'
import { createSocket, json, type Receipt, type SocketError, type Store } from '../../src'
import {
  type ChannelProtocol,
  type Channels,
  createChannels,
  type PhoenixMessage,
  type Position,
  phoenix,
  phoenixHeartbeat,
  positions,
  type Subscription,
  type SubscriptionIterator,
  type SubscriptionState,
} from '../../src/channels'
import { heartbeat } from '../../src/heartbeat/heartbeat'

interface Chat {
  readonly text: string
}

const socket = createSocket('wss://a.test/', { codec: json() })

// ---------------------------------------------------------------- messages

{
  const channels = createChannels(socket)
  expectTypeOf(channels).toEqualTypeOf<Channels<unknown, unknown>>()
  channels.subscribe('a', (message) => expectTypeOf(message).toEqualTypeOf<unknown>())
}

{
  const channels = createChannels<Chat>(socket)
  expectTypeOf(channels).toEqualTypeOf(createChannels(socket, { protocol: positions<Chat>() }))
  const subscription = channels.subscribe('a', (message, { channel, position }) => {
    expectTypeOf(message).toEqualTypeOf<Chat>()
    expectTypeOf(channel).toEqualTypeOf<string>()
    expectTypeOf(position).toEqualTypeOf<Position | undefined>()
  })
  expectTypeOf(subscription).toEqualTypeOf<Subscription>()
  const iterator = channels.subscribe('a')
  expectTypeOf(iterator).toEqualTypeOf<SubscriptionIterator<Chat>>()
  expectTypeOf(iterator.next()).resolves.toEqualTypeOf<IteratorResult<Chat>>()
  expectTypeOf(channels.publish('a', { text: 'hi' }, { ttl: 5 })).toEqualTypeOf<Receipt>()
  // What was read goes back in: also where it is undefined, and as JSON.
  channels.subscribe('a', () => {}, { since: subscription.position })
  channels.subscribe('a', async () => {}, { payload: () => 'token', signal: new AbortController().signal })
  channels.subscribe('a', { since: { offset: 5, epoch: 'e' }, buffer: 10 })
  // @ts-expect-error the message has no such form
  channels.publish('a', { txt: 'hi' })
  // @ts-expect-error a position is no number
  channels.subscribe('a', () => {}, { since: 5 })
  // @ts-expect-error a function needs no buffer
  channels.subscribe('a', () => {}, { buffer: 5 })
  // @ts-expect-error a channel has a name
  channels.subscribe()
  // @ts-expect-error only an iterator is iterated
  subscription.next()
}

{
  // What comes in may be more than what goes out.
  const channels = createChannels<Chat & { readonly at: number }, Chat>(socket)
  channels.subscribe('a', (message) => expectTypeOf(message.at).toEqualTypeOf<number>())
  channels.publish('a', { text: 'hi' })
}

// ---------------------------------------------------------------- states

{
  const { state } = createChannels(socket).subscribe('a', () => {})
  expectTypeOf(state).toEqualTypeOf<Store<SubscriptionState>>()
  const now = state.get()
  if (now.status === 'subscribed') expectTypeOf(now.recovered).toEqualTypeOf<boolean>()
  if (now.status === 'rejected') expectTypeOf(now.error).toEqualTypeOf<SocketError>()
  // @ts-expect-error only who is subscribed has recovered anything
  now.recovered
}

// ---------------------------------------------------------------- protocols

{
  const channels = createChannels(socket, { protocol: phoenix() })
  expectTypeOf(channels).toEqualTypeOf<Channels<PhoenixMessage, PhoenixMessage>>()
  channels.publish('room:1', { event: 'shout' })
  // @ts-expect-error a message of Phoenix has an event
  channels.publish('room:1', { text: 'hi' })
  type Shout = { readonly event: 'shout'; readonly payload: Chat }
  createChannels(socket, { protocol: phoenix<Shout>() }).subscribe('room:1', ({ payload }) => {
    expectTypeOf(payload).toEqualTypeOf<Chat>()
  })
  heartbeat({ ...phoenixHeartbeat, interval: 30_000 })
}

{
  const protocol: ChannelProtocol<string, number> = {
    subscribe: ({ channel, ref, since, payload }) => ({ channel, ref, since, payload }),
    unsubscribe: ({ channel, ref }) => [channel, ref],
    publish: (channel, message) => `${channel}${message.toFixed()}`,
    read: (frame) =>
      typeof frame === 'string' ? { type: 'published', channel: 'a', message: frame } : undefined,
  }
  createChannels(socket, { protocol }).publish('a', 1)
  // @ts-expect-error it cannot read
  createChannels(socket, { protocol: { ...protocol, read: undefined } })
}
