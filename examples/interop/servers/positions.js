// What goes over the wire in the MessagePack example, as schemas for both sides.
import { z } from 'zod'

/** A place that a ship was at. */
const Position = z.object({
  ship: z.string(),
  at: z.date(),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  track: z.instanceof(Uint8Array),
})

export const ToServer = z.discriminatedUnion('type', [
  Position.extend({ type: z.literal('report') }),
  /** Has the server send nonsense, to see what becomes of it. */
  z.object({ type: z.literal('garble'), how: z.enum(['cut', 'text', 'elsewhere']) }),
  z.object({ type: z.literal('reset') }),
])
export const ToClient = Position.extend({ type: z.literal('position') })
