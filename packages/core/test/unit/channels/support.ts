// What the unit tests of channels share: channels on an in-memory server whose answers the test gives by hand.
import { json, rotation, type SocketOptions } from '../../../src'
import {
  type ChannelEvent,
  type ChannelsOptions,
  createChannels,
  type Subscription,
  type SubscriptionState,
} from '../../../src/channels'
import type { MemoryConnection } from '../../../src/testing'
import { type RigOptions, rig, tape } from '../socket/support'

interface Given extends Omit<RigOptions<any>, 'codec'> {
  readonly channels?: ChannelsOptions<any, any>
  readonly codec?: SocketOptions['codec']
}

export const at = (offset: number, epoch = 'e1') => ({ offset, epoch })

export type Frame = Record<string, any>

/** Not connected yet. */
export function channelRig({ channels: options, ...given }: Given = {}) {
  const made = rig<any>({ codec: json(), rotation: rotation(), retryDelay: () => 100, ...given })
  const { clock, server, socket } = made
  const channels = createChannels<any>(socket, options)
  const errors = tape(socket, 'error')
  const frames = (connection = server.latest): Frame[] =>
    connection.received.map((frame) => JSON.parse(String(frame)))
  const t = {
    ...made,
    channels,
    errors,
    connection: (index: number) => server.connections[index] as MemoryConnection,
    /** What a connection received of the channels, each in short: `+a`, `-a`. */
    told: (connection = server.latest) =>
      frames(connection)
        .filter(({ channel }) => channel)
        .map(
          ({ type, channel }) => (type === 'subscribe' ? '+' : type === 'unsubscribe' ? '-' : '!') + channel,
        ),
    frames,
    settle: () => clock.advance(0),
    async open() {
      socket.connect()
      await clock.advance(0)
    },
    /** The connection breaks, and the next one opens. */
    async breakAndReopen() {
      server.latest.die()
      await clock.advance(100)
    },
    /** The newest subscription to a channel that a connection was asked for. */
    request(channel: string, connection = server.latest): Frame {
      const [found] = frames(connection)
        .filter((frame) => frame.type === 'subscribe' && frame.channel === channel)
        .slice(-1)
      if (!found) throw new Error(`Nobody subscribed to ${channel}`)
      return found
    },
    async says(event: ChannelEvent | Frame, connection = server.latest) {
      connection.send(JSON.stringify(event))
      await clock.advance(0)
    },
    /** Accepts the newest subscription: what comes after `position` will come. */
    accept(channel: string, position: unknown = at(0), connection = server.latest, more: object = {}) {
      const { ref } = t.request(channel, connection)
      return t.says({ type: 'subscribed', channel, ref, position, ...more }, connection)
    },
    reject(channel: string, reason = 'no', connection = server.latest) {
      const { ref } = t.request(channel, connection)
      return t.says({ type: 'rejected', channel, ref, reason }, connection)
    },
    publish(channel: string, position: unknown, message: unknown = position, connection = server.latest) {
      return t.says({ type: 'published', channel, position, message }, connection)
    },
    /** Messages 'from' to 'to' of a channel, each its own offset. */
    async stream(channel: string, from: number, to: number, connection = server.latest) {
      for (let n = from; n <= to; n++) await t.publish(channel, at(n), n, connection)
    },
    /** Asks for a second connection that nobody has answered yet. */
    async rotate() {
      server.mode = 'ignore'
      socket.rotate()
      await clock.advance(0)
      server.mode = 'accept'
    },
    async acceptSecond() {
      server.latest.accept()
      await clock.advance(0)
    },
  }
  return t
}

/** The same, open. */
export async function openChannels(given: Given = {}) {
  const t = channelRig(given)
  await t.open()
  return t
}

/** Each state from now on, in short. */
export function states({ state }: Subscription): string[] {
  const told: string[] = []
  state.subscribe(() => told.push(brief(state.get())))
  return told
}

export const brief = (state: SubscriptionState) =>
  state.status === 'subscribed' ? `subscribed, recovered: ${state.recovered}` : state.status
