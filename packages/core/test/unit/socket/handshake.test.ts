// From the transport's open to ours: onHandshake, the handshakes of extensions, and what is held back meanwhile.
import { describe, expect, it, vi } from 'vitest'
import { type HandshakeContext, json, type SocketError } from '../../../src'
import { openRig, outcome, record, rig, tape } from './support'

describe('onHandshake', () => {
  it('runs on every open, before the open event and before anything else goes out', async () => {
    const onHandshake = vi.fn(({ send }: HandshakeContext) => send('JOIN room'))
    const { clock, server, socket } = rig({ onHandshake, retryDelay: () => 10 })
    const order: string[] = []
    socket.on('open', () => order.push(`open after ${onHandshake.mock.calls.length}`))
    socket.send('queued')
    socket.connect()
    await clock.advance(0)
    expect(server.latest.received).toEqual(['JOIN room', 'queued'])
    server.latest.die()
    await clock.advance(10)
    expect(server.latest.received).toEqual(['JOIN room'])
    expect(order).toEqual(['open after 1', 'open after 2'])
  })

  it('B129 a join message in it goes before what waits; a send in an open listener goes behind', async () => {
    const { clock, server, socket } = rig({ onHandshake: ({ send }) => send('join') })
    socket.on('open', () => {
      const receipt = socket.send('in open')
      expect(receipt.status).toBe('queued')
    })
    for (const message of ['one', 'two']) socket.send(message)
    socket.connect()
    await clock.advance(0)
    expect(server.latest.received).toEqual(['join', 'one', 'two', 'in open'])
  })

  it('B129 a send in an open listener goes straight through where nothing waits', async () => {
    const { clock, server, socket } = rig()
    let status = ''
    socket.on('open', () => {
      status = socket.send('first').status
    })
    socket.connect()
    await clock.advance(0)
    expect(status).toBe('sent')
    expect(server.latest.received).toEqual(['first'])
  })

  it('receives messages in order, decoded, whether they came before or after it asked', async () => {
    const got: unknown[] = []
    const { clock, server, socket } = rig({
      codec: json(),
      onHandshake: async ({ receive, send }) => {
        got.push(await receive())
        send({ ask: 2 })
        got.push(await receive(), await receive())
      },
      server: { onOpen: (connection) => connection.send('{"n":1}') },
    })
    const messages = tape(socket, 'message')
    socket.connect()
    await clock.advance(0)
    expect(server.latest.received).toEqual(['{"ask":2}'])
    server.latest.send('{"n":2}')
    server.latest.send('{"n":3}')
    server.latest.send('{"n":4}')
    await clock.advance(0)
    expect(got).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
    expect(socket.state.get().status).toBe('open')
    expect(messages).toEqual([{ n: 4 }])
  })

  it('what nobody received is told after open, in order, put-back ones first', async () => {
    let finish = () => {}
    const { clock, server, socket } = rig({
      onHandshake: async ({ receive, putBack }) => {
        const first = await receive()
        const second = await receive()
        putBack(first, second)
        await new Promise<void>((resolve) => (finish = resolve))
      },
    })
    const told = record(socket, ['open', 'message'])
    socket.connect()
    await clock.advance(0)
    for (const frame of ['a', 'b', 'c']) server.latest.send(frame)
    await clock.advance(0)
    expect(told).toEqual([])
    finish()
    await clock.advance(0)
    expect(told.map(([name, payload]) => (name === 'open' ? name : payload))).toEqual(['open', 'a', 'b', 'c'])
  })

  it('holds at most inboundBuffer frames back, and reports each one beyond', async () => {
    let finish = () => {}
    const { clock, server, socket } = rig({
      inboundBuffer: 3,
      onHandshake: () => new Promise<void>((resolve) => (finish = resolve)),
    })
    const told = record(socket, ['message', 'error'])
    socket.connect()
    await clock.advance(0)
    for (const frame of ['a', 'b', 'c', 'd', 'e']) server.latest.send(frame)
    await clock.advance(0)
    finish()
    await clock.advance(0)
    expect(
      told.map(([name, payload]) => (name === 'error' ? (payload as SocketError).code : payload)),
    ).toEqual(['INBOUND_OVERFLOW', 'INBOUND_OVERFLOW', 'a', 'b', 'c'])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('mine')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('mine')
      },
    ],
  ])('one that %s fails the attempt, which is reported and retried', async (_, broken) => {
    let works = false
    const { clock, server, socket, status } = rig({ onHandshake: () => (works ? undefined : broken()) })
    const told = record(socket, ['open', 'close', 'error'])
    socket.connect()
    await clock.advance(0)
    expect(told).toMatchObject([
      ['error', { code: 'PROVIDER', cause: { message: 'mine' } }],
      ['close', { code: 1006, origin: 'server' }],
    ])
    expect(socket.state.get()).toMatchObject({ status: 'waiting', attempt: 1 })
    expect(server.live).toBe(0)
    works = true
    await clock.advance(500)
    expect(status()).toBe('open')
  })

  it('B41 one that hangs is cut off at handshakeTimeout', async () => {
    const signals: AbortSignal[] = []
    const { clock, server, socket, status } = rig({
      handshakeTimeout: 1_000,
      onHandshake: ({ signal }) => {
        signals.push(signal)
        return new Promise<void>(() => {})
      },
    })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(999)
    expect(status()).toBe('connecting')
    await clock.advance(1)
    expect(status()).toBe('waiting')
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    expect(errors).toMatchObject([{ code: 'HANDSHAKE_TIMEOUT' }])
    expect(server.live).toBe(0)
    await clock.advance(500)
    expect(signals.length).toBe(2)
  })

  it('what it does after its attempt is over touches nothing', async () => {
    let context: HandshakeContext | undefined
    let finish = () => {}
    const { clock, server, socket, status } = rig({
      onHandshake: (given) => {
        context = given
        return new Promise<void>((resolve) => (finish = resolve))
      },
    })
    socket.connect()
    await clock.advance(0)
    const late = context?.receive()
    void socket.close()
    context?.send('late')
    finish()
    await clock.advance(10_000)
    expect(server.latest.sent).toEqual([])
    expect(status()).toBe('closed')
    expect(await outcome(late as Promise<unknown>)).toBe('ABORTED')
    expect(await outcome(context?.receive() as Promise<unknown>)).toBe('ABORTED')
  })

  it('a receive() that nobody awaits is no unhandled rejection', async () => {
    const { clock, server, socket, status } = rig({
      onHandshake: ({ receive }) => {
        void receive()
      },
    })
    socket.connect()
    await clock.advance(0)
    expect(status()).toBe('open')
    server.latest.die()
    await clock.advance(0)
    expect(status()).toBe('waiting')
  })

  it('a message that cannot be encoded fails the attempt', async () => {
    const { clock, socket } = rig({ onHandshake: ({ send }) => send({ an: 'object' }) })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    expect(errors.length).toBe(1)
    expect(socket.state.get().status).toBe('waiting')
  })

  it('close() in it ends it all', async () => {
    const { clock, server, socket, status } = rig({
      onHandshake: () => void socket.close(),
    })
    const told = record(socket, ['open', 'close', 'error'])
    socket.connect()
    await clock.advance(60_000)
    expect(status()).toBe('closed')
    expect(told.map(([name]) => name)).toEqual(['close'])
    expect(server.live).toBe(0)
  })
})

describe('use()', () => {
  it('runs handshakes in the order in which extensions were added, after onHandshake, one after the other', async () => {
    const order: string[] = []
    const step = (name: string) => async () => {
      order.push(`${name} begins`)
      await undefined
      order.push(`${name} ends`)
    }
    const { clock, server, socket } = rig({ onHandshake: step('app'), retryDelay: () => 1 })
    socket.use({ name: 'one', handshake: step('one') })
    socket.use({ name: 'no handshake' })
    const remove = socket.use({ name: 'two', handshake: step('two') })
    socket.on('open', () => order.push('open'))
    socket.connect()
    await clock.advance(0)
    expect(order).toEqual([
      'app begins',
      'app ends',
      'one begins',
      'one ends',
      'two begins',
      'two ends',
      'open',
    ])
    order.length = 0
    remove()
    server.latest.die()
    await clock.advance(1)
    expect(order).toEqual(['app begins', 'app ends', 'one begins', 'one ends', 'open'])
  })

  it('a handshake that throws fails the attempt', async () => {
    const { clock, socket, status } = rig()
    socket.use({
      name: 'broken',
      handshake: () => {
        throw new Error('mine')
      },
    })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    expect(errors).toMatchObject([{ cause: { message: 'mine' } }])
    expect(status()).toBe('waiting')
  })

  it('incoming sees each decoded message first, in order, and may consume it', async () => {
    const seen: string[] = []
    const { clock, server, socket } = await openRig({ codec: json() })
    socket.use({
      name: 'one',
      incoming: (message: any) => {
        seen.push(`one ${message.n}`)
        return message.n === 1
      },
    })
    socket.use({
      name: 'two',
      incoming: (message: any) => {
        seen.push(`two ${message.n}`)
        return message.n === 2
      },
    })
    const messages = tape(socket, 'message')
    for (const n of [1, 2, 3]) server.latest.send(JSON.stringify({ n }))
    await clock.advance(0)
    expect(seen).toEqual(['one 1', 'one 2', 'two 2', 'one 3', 'two 3'])
    expect(messages).toEqual([{ n: 3 }])
  })

  it('incoming sees what came before open too, after the open event', async () => {
    const { clock, socket } = rig({ server: { onOpen: (connection) => connection.send('early') } })
    const seen: string[] = []
    socket.use({ name: 'all', incoming: (message) => !!seen.push(String(message)) })
    socket.on('open', () => seen.push('open'))
    const messages = tape(socket, 'message')
    socket.connect()
    await clock.advance(0)
    expect(seen).toEqual(['open', 'early'])
    expect(messages).toEqual([])
  })

  it('incoming that throws is reported, and the connection lives on', async () => {
    const { clock, server, socket, status } = await openRig()
    socket.use({
      name: 'broken',
      incoming: (message) => {
        if (message === 'bad') throw new Error('mine')
        return false
      },
    })
    const told = record(socket, ['message', 'error'])
    server.latest.send('bad')
    server.latest.send('good')
    await clock.advance(0)
    expect(told).toMatchObject([
      ['error', { cause: { message: 'mine' } }],
      ['message', 'good'],
    ])
    expect(status()).toBe('open')
  })

  it('outgoing may change each message of the app, in order, and nothing else', async () => {
    const { clock, server, socket } = rig({ onHandshake: ({ send }) => send('hello') })
    socket.use({ name: 'one', outgoing: (message) => `${message}+one` })
    const remove = socket.use({ name: 'two', outgoing: (message) => `${message}+two` })
    socket.connect()
    await clock.advance(0)
    socket.send('a')
    remove()
    remove()
    socket.send('b')
    expect(server.latest.received).toEqual(['hello', 'a+one+two', 'b+one'])
  })

  it('outgoing that throws drops the message with ENCODE', async () => {
    const { server, socket, status } = await openRig()
    socket.use({
      name: 'broken',
      outgoing: () => {
        throw new Error('mine')
      },
    })
    const drops = tape(socket, 'drop')
    const receipt = socket.send('a')
    expect(await outcome(receipt.sent)).toBe('ENCODE')
    expect(drops).toMatchObject([{ id: receipt.id, data: 'a', error: { code: 'ENCODE' } }])
    expect(status()).toBe('open')
    expect(server.latest.received).toEqual([])
  })

  it('the same extension used twice is there twice, and each removal takes one away', async () => {
    const { server, socket } = await openRig()
    const extension = { name: 'plus', outgoing: (message: unknown) => `${message}+` }
    const first = socket.use(extension)
    socket.use(extension)
    socket.send('a')
    first()
    socket.send('b')
    expect(server.latest.received).toEqual(['a++', 'b+'])
  })
})

describe('frames and open', () => {
  it('a close in the same task as open is one failure, with no open left behind', async () => {
    const { clock, socket } = rig({ server: { onOpen: (connection) => connection.close(1011) } })
    const told = record(socket, ['open', 'close'])
    socket.connect()
    await clock.advance(0)
    expect(told.map(([name]) => name)).toEqual(['open', 'close'])
  })

  it('a transport that dies in the handshake is a failed attempt', async () => {
    const { clock, server, socket } = rig({ onHandshake: () => new Promise(() => {}) })
    const told = record(socket, ['open', 'close', 'error'])
    socket.connect()
    await clock.advance(0)
    server.latest.close(1011)
    await clock.advance(0)
    expect(told).toMatchObject([['close', { code: 1011, origin: 'server' }]])
    expect(socket.state.get()).toMatchObject({ status: 'waiting', attempt: 1 })
  })
})
