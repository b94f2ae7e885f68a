// The types of messages, from the codec through send, on, once and messages. Checked by tsc, never run.
import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import {
  type Codec,
  createSocket,
  heartbeat,
  type Incoming,
  json,
  type Outgoing,
  type Receipt,
  raw,
  type Socket,
  type StandardSchema,
} from '../../src'

const url = 'wss://a.test/'
type RawIn = string | ArrayBuffer | Blob

// ---------------------------------------------------------------- raw: as the platform has it

{
  const socket = createSocket(url)
  socket.on('message', (message) => expectTypeOf(message).toEqualTypeOf<RawIn>())
  expectTypeOf(socket.once('message')).resolves.toEqualTypeOf<RawIn>()
  expectTypeOf(socket.messages()).toEqualTypeOf<AsyncIterableIterator<RawIn>>()
  for (const message of [
    'text',
    new ArrayBuffer(1),
    new Uint8Array(1),
    new DataView(new ArrayBuffer(1)),
    new Blob([]),
  ]) {
    expectTypeOf(socket.send(message)).toEqualTypeOf<Receipt>()
  }
  // @ts-expect-error the platform would send "[object Object]"
  socket.send({ type: 'chat' })
  // @ts-expect-error nor is a number text
  socket.send(42)
  // @ts-expect-error nothing is not a message
  socket.send()
  // @ts-expect-error raw messages are not objects
  socket.on('message', (message: { type: string }) => message.type)
}

{
  // Other options change nothing, and `raw` by name is the same.
  const socket = createSocket(url, { retries: 3, heartbeat: heartbeat() })
  expectTypeOf(socket).toEqualTypeOf(createSocket(url, { codec: raw }))
  expectTypeOf(createSocket(new URL(url))).toEqualTypeOf(createSocket(() => Promise.resolve(url)))
}

// ---------------------------------------------------------------- json: unknown where no schema says what it is

{
  const socket = createSocket(url, { codec: json() })
  expectTypeOf(socket).toEqualTypeOf<Socket<unknown, unknown>>()
  socket.on('message', (message) => expectTypeOf(message).toBeUnknown())
  socket.send({ any: ['thing', 1, null] })
  socket.on('message', (message) => {
    // @ts-expect-error unknown until it was looked at
    message.type
  })
}

// ---------------------------------------------------------------- json: what the schemas say

const incoming = z.discriminatedUnion('type', [
  z.object({ type: z.literal('said'), at: z.string().transform((text) => new Date(text)) }),
  z.object({ type: z.literal('left'), who: z.string().default('somebody') }),
])
const outgoing = z.object({
  type: z.literal('say'),
  at: z.date().transform((date) => date.toISOString()),
  loud: z.boolean().optional(),
})
type Said = { type: 'said'; at: Date } | { type: 'left'; who: string }

{
  const socket = createSocket(url, { codec: json({ incoming, outgoing }) })
  expectTypeOf(socket).toEqualTypeOf<Socket<Said, { type: 'say'; at: Date; loud?: boolean | undefined }>>()
  // Listeners get what the schema gives back …
  socket.on('message', (message) => {
    expectTypeOf(message).toEqualTypeOf<Said>()
    if (message.type === 'said') expectTypeOf(message.at).toEqualTypeOf<Date>()
    else expectTypeOf(message.who).toEqualTypeOf<string>()
    // @ts-expect-error only one of the two has it
    message.who
  })
  expectTypeOf(socket.once('message')).resolves.toEqualTypeOf<Said>()
  expectTypeOf(socket.messages({ buffer: 5 })).toEqualTypeOf<AsyncIterableIterator<Said>>()
  // … and send takes what the schema takes.
  socket.send({ type: 'say', at: new Date() })
  socket.send({ type: 'say', at: new Date(), loud: true })
  // @ts-expect-error the schema takes a Date, the text is what it gives back
  socket.send({ type: 'say', at: '2026-11-21' })
  // @ts-expect-error no such message
  socket.send({ type: 'shout', at: new Date() })
  // @ts-expect-error at is missing
  socket.send({ type: 'say' })
  // @ts-expect-error text is no message of this schema
  socket.send('say')
  // @ts-expect-error binary only with binary: true
  socket.send(new ArrayBuffer(1))
}

// Either side alone leaves the other unknown.
expectTypeOf(createSocket(url, { codec: json({ incoming }) })).toEqualTypeOf<Socket<Said, unknown>>()
expectTypeOf(createSocket(url, { codec: json({ outgoing: z.string() }) })).toEqualTypeOf<
  Socket<unknown, string>
>()

{
  const codec = json({ incoming: z.number(), outgoing: z.number(), binary: true })
  expectTypeOf<Incoming<typeof codec>>().toEqualTypeOf<number | ArrayBuffer | Blob>()
  expectTypeOf<Outgoing<typeof codec>>().toEqualTypeOf<number | ArrayBuffer | ArrayBufferView | Blob>()
  const socket = createSocket(url, { codec })
  socket.send(new Uint8Array(1))
  socket.send(1)
  // @ts-expect-error neither a number nor binary
  socket.send('one')
  const off = json({ incoming: z.number(), binary: false })
  expectTypeOf<Incoming<typeof off>>().toEqualTypeOf<number>()
}

// @ts-expect-error a type is no schema
json({ incoming: String })
// @ts-expect-error neither is a function that checks
json({ outgoing: (value: unknown) => typeof value === 'string' })
// @ts-expect-error the sides are called incoming and outgoing
json({ schema: z.string() })
// @ts-expect-error a flag
json({ binary: 'arraybuffer' })

// ---------------------------------------------------------------- any Standard Schema, any codec

declare const schema: StandardSchema<{ text: string }, { words: string[] }>

expectTypeOf(json({ incoming: schema })).toEqualTypeOf<Codec<{ words: string[] }, unknown>>()
expectTypeOf(json({ outgoing: schema })).toEqualTypeOf<Codec<unknown, { text: string }>>()

declare const own: Codec<{ from: 'server' }, { from: 'client' }>

{
  const socket = createSocket(url, { codec: own })
  socket.on('message', ({ from }) => expectTypeOf(from).toEqualTypeOf<'server'>())
  socket.send({ from: 'client' })
  // @ts-expect-error the directions are told apart
  socket.send({ from: 'server' })
}

// @ts-expect-error a codec encodes and decodes
const half: Codec = { name: 'half', encode: String }
void half

// ---------------------------------------------------------------- a socket for everybody takes any socket

function log(socket: Socket<any, any>) {
  socket.on('message', console.log)
}
log(createSocket(url))
log(createSocket(url, { codec: json({ incoming, outgoing }) }))

function echo<In extends Out, Out>(socket: Socket<In, Out>) {
  socket.on('message', (message) => void socket.send(message))
}
echo(createSocket(url))
// @ts-expect-error what comes in is not what goes out
echo(createSocket(url, { codec: json({ incoming, outgoing }) }))
