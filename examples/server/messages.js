// What goes over the wire, described once: the server and its clients check against these schemas.
import { z } from 'zod'

/** What a person or a room is called. */
export const Label = z.string().trim().min(1).max(40)

/** Chosen by the sender, unique in the room: a message that comes twice is known by it. */
const Id = z.string().min(1).max(64)

const Text = z.string().min(1).max(2_000)

/** One message as the room keeps it. `at` is when the server took it (ms since the epoch). */
export const RoomMessage = z.object({ id: Id, from: Label, text: Text, at: z.number() })

export const ClientMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('auth'), token: z.string().max(1_000) }),
  // `after` names the last message that the client has seen: the room sends what came since.
  z.object({ type: z.literal('join'), room: Label, after: Id.optional() }),
  z.object({ type: z.literal('chat'), id: Id, text: Text }),
  z.object({ type: z.literal('ping') }),
])

export const ServerMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome'), name: Label }),
  z.object({ type: z.literal('refused'), reason: z.string() }),
  z.object({ type: z.literal('joined'), room: Label, messages: z.array(RoomMessage) }),
  z.object({ type: z.literal('people'), people: z.array(Label) }),
  z.object({ type: z.literal('chat'), ...RoomMessage.shape }),
  // The room has the message, whether it came for the first time or again.
  z.object({ type: z.literal('ack'), id: Id, at: z.number() }),
  z.object({ type: z.literal('pong') }),
  z.object({ type: z.literal('error'), reason: z.string() }),
])

/** @typedef {z.infer<typeof RoomMessage>} RoomMessage */
/** @typedef {z.infer<typeof ClientMessage>} ClientMessage */
/** @typedef {z.infer<typeof ServerMessage>} ServerMessage */
