// What the tests of requests share: a socket with JSON on an in-memory server, and requests over it, both ways.
import { type Codec, json, type rotation } from '../../../src'
import {
  createRequests,
  createResponder,
  type Handler,
  type Requests,
  type RequestsOptions,
} from '../../../src/requests'
import type { MemoryConnection } from '../../../src/testing'
import { type RigOptions, rig } from '../socket/support'

export interface Given<NameKey extends string, DataKey extends string>
  extends Omit<RigOptions<Codec>, 'codec' | 'rotation'> {
  readonly requests?: RequestsOptions<NameKey, DataKey>
  readonly rotation?: ReturnType<typeof rotation>
}

type Any = Record<string, any>

/** Not connected yet. */
export function requestRig<NameKey extends string = 'type', DataKey extends string = 'payload'>({
  requests: how = {},
  ...options
}: Given<NameKey, DataKey> = {}) {
  const made = rig({ retryDelay: () => 100, codec: json() as Codec, ...options } as RigOptions<Codec>)
  const { clock, server, socket } = made
  const requests = createRequests<NameKey, DataKey>(socket, how as never) as Requests<NameKey, DataKey>
  let answering: ReturnType<typeof createResponder> | undefined
  const responder = () => (answering ??= createResponder(socket, { protocol: how.protocol as never }))
  const read = (frames: readonly unknown[]): any[] => frames.map((frame) => JSON.parse(String(frame)))
  return {
    ...made,
    requests,
    /** Made when it is first wanted. */
    responder,
    handle: (name: string, handler: Handler) => responder().handle(name, handler),
    /** What the newest connection was sent, or that one. */
    sent: (connection: MemoryConnection = server.latest) => read(connection.sent),
    /** What each connection was sent. */
    sentTo: () => server.connections.map(({ sent }) => read(sent)),
    settle: () => clock.advance(0),
    async says(...messages: readonly (Any | undefined)[]) {
      for (const message of messages) server.latest.send(JSON.stringify(message))
      await clock.advance(0)
    },
    async saysOn(connection: MemoryConnection | undefined, message: Any) {
      connection?.send(JSON.stringify(message))
      await clock.advance(0)
    },
    async die() {
      server.latest.die()
      await clock.advance(0)
    },
  }
}

/** The same, open. */
export async function openRequests<NameKey extends string = 'type', DataKey extends string = 'payload'>(
  given: Given<NameKey, DataKey> = {},
) {
  const made = requestRig<NameKey, DataKey>(given)
  made.socket.connect()
  await made.settle()
  return made
}

/** Counts what is attached to a signal. */
export function watched() {
  const control = new AbortController()
  const { signal } = control
  const attached = new Set<unknown>()
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = (type: string, listener: any) => {
    attached.add(listener)
    addEventListener.call(signal, type, listener)
  }
  signal.removeEventListener = (type: string, listener: any) => {
    attached.delete(listener)
    removeEventListener.call(signal, type, listener)
  }
  return { signal, attached, abort: (reason?: unknown) => control.abort(reason) }
}
