// What a server says and wants to hear of channels: the seam between the book-keeping and the frames.

/** Where a message stands in the history of its channel. Plain data: keep it, and give it back as `since`. */
export interface Position {
  /** Counts up by one with each message of the channel. */
  readonly offset: number
  /** Names the history that `offset` counts in: another name means that the server began a new one. */
  readonly epoch?: string | undefined
}

export interface SubscribeRequest {
  readonly channel: string
  /** Names this subscription on its connection: the answer to it, and what ends it, carry it. */
  readonly ref: string
  /** What came after this position is missing here. */
  readonly since: Position | undefined
  readonly payload: unknown
}

/**
 * What a frame says of a channel. With a `ref` it is about that subscription alone, without one about whichever its
 * connection has.
 *
 * - `subscribed`: the server lets us in, and sends all that comes after `position`; without a position nobody can know
 *   what was missed. One that lies before what it was asked from belongs to a history that began anew. `reply` is what else
 *   it said.
 * - `published`: a message. Without a position it has no place in the history: it can be missed, and nothing says so.
 * - `rejected`: it does not let us in, or put us out. It is asked again on the next connection.
 * - `ended`: the subscription broke off. It is asked again on this connection, a little later.
 */
export type ChannelEvent<In = unknown> = Subscribed | Published<In> | Rejected | Ended

interface About {
  readonly channel: string
  readonly ref?: string | undefined
}

export interface Subscribed extends About {
  readonly type: 'subscribed'
  readonly position?: Position | undefined
  readonly reply?: unknown
}

export interface Published<In> extends About {
  readonly type: 'published'
  readonly position?: Position | undefined
  readonly message: In
}

interface Rejected extends About {
  readonly type: 'rejected'
  readonly reason?: unknown
}

interface Ended extends About {
  readonly type: 'ended'
  readonly reason?: unknown
}

/** Frames of one kind of server, made and read by pure functions: as objects, which the socket's codec puts on the wire. */
export interface ChannelProtocol<In = unknown, Out = unknown> {
  readonly subscribe: (request: SubscribeRequest) => unknown
  readonly unsubscribe: (subscription: { readonly channel: string; readonly ref: string }) => unknown
  readonly publish: (channel: string, message: Out) => unknown
  /** `undefined`, or an event of another type: it has nothing to do with channels, and is the app's. */
  readonly read: (frame: unknown) => ChannelEvent<In> | undefined
}
