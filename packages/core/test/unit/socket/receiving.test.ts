// The way in: decoding, schemas, order, and what is kept until somebody listens.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Codec, json, type SocketError, type StandardSchema } from '../../../src'
import { openRig, outcome, record, rig, tape } from './support'

describe('what arrives', () => {
  it('raw gives strings and binary as the platform has them', async () => {
    const { clock, server, socket } = await openRig()
    const messages = tape(socket, 'message')
    server.latest.send('text')
    server.latest.send('')
    server.latest.send(new Uint8Array([1, 2, 3]))
    await clock.advance(0)
    expect(messages.slice(0, 2)).toEqual(['text', ''])
    expect(messages[2]).toBeInstanceOf(ArrayBuffer)
    expect([...new Uint8Array(messages[2] as ArrayBuffer)]).toEqual([1, 2, 3])
  })

  it('B104 the same message twice is heard twice', async () => {
    const { clock, server, socket } = await openRig()
    const messages = tape(socket, 'message')
    server.latest.send('again')
    server.latest.send('again')
    await clock.advance(0)
    expect(messages).toEqual(['again', 'again'])
  })

  it.each(['arraybuffer', 'blob'] as const)('B101 binaryType %s outlives a reconnect', async (binaryType) => {
    const { clock, server, socket } = await openRig({ binaryType, retryDelay: () => 1 })
    const kinds: string[] = []
    socket.on('message', (message) => kinds.push(Object.prototype.toString.call(message)))
    for (let round = 0; round < 3; round++) {
      expect(server.latest.client.binaryType).toBe(binaryType)
      server.latest.send(new Uint8Array(1))
      await clock.advance(0)
      server.latest.die()
      await clock.advance(1)
    }
    expect(kinds).toEqual(Array(3).fill(binaryType === 'blob' ? '[object Blob]' : '[object ArrayBuffer]'))
  })

  it('B101 the default is arraybuffer', async () => {
    const { server } = await openRig()
    expect(server.latest.client.binaryType).toBe('arraybuffer')
  })

  it('B101 binary frames pass json where binary: true says so, both ways and unchecked', async () => {
    const schema = z.object({ n: z.number() })
    const { clock, server, socket } = await openRig({
      codec: json({ binary: true, incoming: schema, outgoing: schema }),
    })
    const told = record(socket, ['message', 'error', 'drop'])
    server.latest.send(new Uint8Array([7]))
    server.latest.send('{"n":1}')
    await clock.advance(0)
    expect(told.map(([name]) => name)).toEqual(['message', 'message'])
    expect([...new Uint8Array(told[0]?.[1])]).toEqual([7])
    socket.send(new Uint8Array([8]))
    socket.send({ n: 2 })
    expect(server.latest.received).toEqual([new Uint8Array([8]), '{"n":2}'])
  })

  it('B101 without it such a frame is an error', async () => {
    const { clock, server, socket } = await openRig({ codec: json() })
    const told = record(socket, ['message', 'error'])
    server.latest.send(new Uint8Array([7]))
    await clock.advance(0)
    expect(told).toMatchObject([['error', { code: 'DECODE', message: expect.stringContaining('binary') }]])
  })

  it.each([
    ['a view', new Uint8Array([8])],
    ['a buffer', new ArrayBuffer(8)],
    ['a Blob', new Blob(['8'])],
  ])('B101 and %s is not sent as the JSON of its fields', async (_, data) => {
    const { server, socket } = await openRig({ codec: json() })
    expect(await outcome(socket.send(data).sent)).toBe('ENCODE')
    expect(server.latest.received).toEqual([])
  })
})

describe('B99 rubbish', () => {
  it('B99 a frame that does not parse is an error with a bounded excerpt; all else lives on', async () => {
    const { clock, server, socket, status } = await openRig({ codec: json() })
    const told = record(socket, ['message', 'error', 'close'])
    server.latest.send(`{"broken": ${'x'.repeat(10_000)}`)
    server.latest.send('{"n":1}')
    await clock.advance(0)
    const error = told[0]?.[1] as SocketError
    expect(error.code).toBe('DECODE')
    expect(error.message).toContain('broken')
    expect(error.message.length).toBeLessThan(400)
    expect(String((error.cause as Error)?.message).length).toBeLessThan(400)
    expect(told[1]).toEqual(['message', { n: 1 }])
    expect(status()).toBe('open')
  })

  it.each(['', '{', '[1,', 'undefined', '{"a":1}}', 'nul', '\u0000'])('B99 %j', async (frame) => {
    const { clock, server, socket, status } = await openRig({ codec: json() })
    const told = record(socket, ['message', 'error', 'close'])
    server.latest.send(frame)
    await clock.advance(0)
    expect(told).toMatchObject([['error', { code: 'DECODE' }]])
    expect(status()).toBe('open')
  })

  it('B99 one that does not match its schema is an error with the issues', async () => {
    const incoming = z.object({ user: z.object({ name: z.string() }), n: z.number() })
    const { clock, server, socket, status } = await openRig({ codec: json({ incoming }) })
    const told = record(socket, ['message', 'error'])
    server.latest.send(JSON.stringify({ user: { name: 5 }, n: 'five', filler: 'x'.repeat(10_000) }))
    server.latest.send('{"user":{"name":"a"},"n":5,"extra":1}')
    await clock.advance(0)
    const error = told[0]?.[1] as SocketError
    expect(error.code).toBe('VALIDATION')
    expect(error.issues?.map(({ path }) => path)).toEqual([['user', 'name'], ['n']])
    expect(error.message).toContain('user.name')
    expect(error.message.length).toBeLessThan(1_000)
    // What the schema gives back is what is heard.
    expect(told[1]).toEqual(['message', { user: { name: 'a' }, n: 5 }])
    expect(status()).toBe('open')
  })

  it('B99 JSON that is no object reaches the listeners as it is', async () => {
    const { clock, server, socket } = await openRig({ codec: json() })
    const told = record(socket, ['message', 'error'])
    for (const frame of ['null', '0', 'false', '""', '[]']) server.latest.send(frame)
    await clock.advance(0)
    expect(told).toEqual([null, 0, false, '', []].map((message) => ['message', message]))
  })

  it.each(['decode', 'parseIncoming'])(
    'B99 a codec of your own whose %s throws is an error each time',
    async (name) => {
      const codec: Codec = {
        name: 'own',
        encode: String,
        decode: (data) => data,
        [name]: () => {
          throw new Error('mine')
        },
      }
      const { clock, server, socket, status } = await openRig({ codec })
      const told = record(socket, ['message', 'error'])
      server.latest.send('a')
      server.latest.send('b')
      await clock.advance(0)
      expect(told).toMatchObject([
        ['error', { cause: { message: 'mine' } }],
        ['error', { cause: { message: 'mine' } }],
      ])
      expect(status()).toBe('open')
    },
  )
})

describe('B100 async schemas', () => {
  /** A schema whose answers come when the test says so: whether `n` is a positive number. */
  function held() {
    const answers: (() => void)[] = []
    const incoming: StandardSchema<unknown, { n: number }> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) => {
          const { n } = value as { n: number }
          const result = n >= 0 ? { value: { n } } : { issues: [{ message: 'negative', path: ['n'] }] }
          return new Promise((resolve) => answers.push(() => resolve(result)))
        },
      },
    }
    return { answers, incoming }
  }

  it('B100 keep the order of the messages, whichever answers first', async () => {
    const { answers, incoming } = held()
    const { clock, server, socket } = await openRig({ codec: json({ incoming }) })
    const told = record(socket, ['message', 'error'])
    for (const n of [0, 1, -2, 3]) server.latest.send(JSON.stringify({ n }))
    await clock.advance(0)
    expect(answers.length).toBe(4)
    for (const index of [3, 1, 2]) answers[index]?.()
    await clock.advance(0)
    expect(told).toEqual([])
    answers[0]?.()
    await clock.advance(0)
    expect(told.map(([name, payload]) => (name === 'error' ? payload.code : payload.n))).toEqual([
      0,
      1,
      'VALIDATION',
      3,
    ])
  })

  it('B100 a message that needs no answer waits for those before it', async () => {
    let answer = () => {}
    const codec: Codec<string, string> = {
      name: 'own',
      encode: String,
      decode: (data) => data,
      parseIncoming: (message) =>
        message === 'slow' ? new Promise((resolve) => (answer = () => resolve('slow'))) : String(message),
    }
    const { clock, server, socket } = await openRig({ codec })
    const messages = tape(socket, 'message')
    for (const frame of ['a', 'slow', 'b', 'c']) server.latest.send(frame)
    await clock.advance(0)
    expect(messages).toEqual(['a'])
    answer()
    await clock.advance(0)
    expect(messages).toEqual(['a', 'slow', 'b', 'c'])
    server.latest.send('d')
    clock.advanceSync(0)
    expect(messages.at(-1)).toBe('d')
  })

  it('B100 B33 what is answered after close() reaches nobody, messages and errors alike', async () => {
    const { answers, incoming } = held()
    const { clock, server, socket } = await openRig({ codec: json({ incoming }) })
    const told = record(socket, ['message', 'error'])
    server.latest.send('{"n":1}')
    server.latest.send('{"n":-1}')
    await clock.advance(0)
    const closed = socket.close()
    await clock.advance(0)
    await closed
    for (const answer of answers) answer()
    await clock.advance(0)
    expect(told).toEqual([])
  })

  it('B100 zod with an async refinement keeps it too', async () => {
    const incoming = z.object({ n: z.number() }).refine(async ({ n }) => {
      // The later ones answer first.
      for (let turns = 0; turns < 20 - n; turns++) await undefined
      return true
    })
    const { clock, server, socket } = await openRig({ codec: json({ incoming }) })
    const messages = tape(socket, 'message')
    for (let n = 0; n < 20; n++) server.latest.send(JSON.stringify({ n }))
    await clock.advance(0)
    expect(messages).toEqual(Array.from({ length: 20 }, (_, n) => ({ n })))
  })

  it('B100 a check that never answers keeps no close() waiting', async () => {
    const { incoming } = held()
    const { clock, server, socket, status } = await openRig({ codec: json({ incoming }) })
    tape(socket, 'message')
    server.latest.send('{"n":1}')
    await clock.advance(0)
    void socket.close()
    await clock.advance(0)
    expect(status()).toBe('closed')
  })
})

describe('B102 before anybody listens', () => {
  it('B102 a frame in the same task as open is heard after it', async () => {
    const { clock, socket } = rig({ server: { onOpen: (connection) => connection.send('welcome') } })
    const told = record(socket, ['open', 'message'])
    socket.connect()
    await clock.advance(0)
    expect(told.map(([name]) => name)).toEqual(['open', 'message'])
  })

  it('B102 frames from before the first message listener ever are kept and heard in order', async () => {
    const { clock, server, socket } = await openRig()
    for (const frame of ['a', 'b', 'c']) server.latest.send(frame)
    await clock.advance(100)
    const messages = tape(socket, 'message')
    server.latest.send('d')
    await clock.advance(0)
    expect(messages).toEqual(['a', 'b', 'c', 'd'])
  })

  it('B102 they are heard by all who listen in the same task, and not before on() returned', async () => {
    const { clock, server, socket } = await openRig()
    server.latest.send('a')
    await clock.advance(0)
    const heard: string[] = []
    socket.on('message', () => heard.push('first'))
    socket.on('message', () => heard.push('second'))
    expect(heard).toEqual([])
    await clock.advance(0)
    expect(heard).toEqual(['first', 'second'])
  })

  it('B102 a listener added in an open listener misses nothing', async () => {
    const { clock, socket } = rig({ server: { onOpen: (connection) => connection.send('welcome') } })
    const messages: unknown[] = []
    socket.on('open', () => socket.on('message', (message) => messages.push(message)))
    socket.connect()
    await clock.advance(0)
    expect(messages).toEqual(['welcome'])
  })

  it('B102 at most 64 are kept; each one beyond is an error', async () => {
    const { clock, server, socket } = await openRig()
    const errors = tape(socket, 'error')
    for (let n = 0; n < 70; n++) server.latest.send(`${n}`)
    await clock.advance(0)
    expect(errors.map(({ code }) => code)).toEqual(Array(6).fill('INBOUND_OVERFLOW'))
    const messages = tape(socket, 'message')
    await clock.advance(0)
    expect(messages).toEqual(Array.from({ length: 64 }, (_, n) => `${n}`))
  })

  it.each([0, 3])('B102 inboundBuffer: %i is the bound', async (inboundBuffer) => {
    const { clock, server, socket } = await openRig({ inboundBuffer })
    const errors = tape(socket, 'error')
    for (let n = 0; n < 5; n++) server.latest.send(`${n}`)
    await clock.advance(0)
    expect(errors.length).toBe(5 - inboundBuffer)
    const messages = tape(socket, 'message')
    server.latest.send('heard')
    await clock.advance(0)
    expect(messages).toEqual([...Array.from({ length: inboundBuffer }, (_, n) => `${n}`), 'heard'])
  })

  it('B102 is for the first listener ever: when all have left, messages go unheard', async () => {
    const { clock, server, socket } = await openRig()
    const errors = tape(socket, 'error')
    socket.on('message', () => {})()
    await clock.advance(0)
    for (let n = 0; n < 100; n++) server.latest.send(`${n}`)
    await clock.advance(0)
    const messages = tape(socket, 'message')
    await clock.advance(0)
    expect([messages, errors]).toEqual([[], []])
  })

  it('B102 B33 what is kept is not heard after close()', async () => {
    const { clock, server, socket } = await openRig()
    server.latest.send('a')
    await clock.advance(0)
    await Promise.all([socket.close(), clock.advance(0)])
    const messages = tape(socket, 'message')
    await clock.advance(0)
    expect(messages).toEqual([])
  })

  it('B102 what is kept survives a reconnect', async () => {
    const { clock, server, socket } = await openRig({ retryDelay: () => 1 })
    server.latest.send('before')
    await clock.advance(0)
    server.latest.die()
    await clock.advance(1)
    server.latest.send('after')
    await clock.advance(0)
    const messages = tape(socket, 'message')
    await clock.advance(0)
    expect(messages).toEqual(['before', 'after'])
  })
})

describe('B130 after our own close()', () => {
  it('B130 frames that still come are delivered to nobody, on a platform that delivers them', async () => {
    const { clock, server, socket } = await openRig({
      codec: json(),
      server: { lateFrames: true, holdClose: true },
    })
    const told = record(socket, ['message', 'error'])
    const seen: unknown[] = []
    socket.use({ name: 'extension', incoming: (message) => !seen.push(message) })
    void socket.close()
    server.latest.send('{"n":1}')
    server.latest.send('no json {')
    await clock.advance(0)
    server.latest.answerClose()
    await clock.advance(0)
    expect(told).toEqual([])
    expect(seen).toEqual([])
  })
})
