// The in-memory pair: a client that behaves as the platform's, and a server that does what the test says.
import { describe, expect, it } from 'vitest'
import { type ManualClock, type MemoryServerOptions, manualClock, memoryServer } from '../../../src/testing'
import type { WebSocketLike } from '../../../src/types'

/** A server, a clock, and `connect()`, which notes the client's events as it sees them. */
function setUp(options: MemoryServerOptions = {}) {
  const clock = manualClock()
  const server = memoryServer({ clock, ...options })
  const connect = (protocols?: string | string[], extra?: object) => {
    const client = new server.WebSocket(server.url, protocols, extra)
    return { client, events: record(client), connection: server.latest }
  }
  return { clock, server, connect }
}

function record(client: WebSocketLike): unknown[] {
  const events: unknown[] = []
  client.onopen = () => events.push('open')
  client.onmessage = ({ data }) => events.push(data)
  client.onerror = () => events.push('error')
  client.onclose = ({ code, reason, wasClean }) => events.push([code, reason, wasClean])
  return events
}

async function opened(options: MemoryServerOptions = {}) {
  const { clock, server, connect } = setUp(options)
  const made = connect()
  await clock.advance(0)
  made.events.length = 0
  return { clock, server, ...made }
}

const settle = (clock: ManualClock) => clock.advance(0)

describe('connecting', () => {
  it('accepts in a turn of the clock', async () => {
    const { clock, server, connect } = setUp()
    const { client, events } = connect()
    expect(client.readyState).toBe(0)
    expect(clock.turns).toBe(1)
    expect(clock.timers).toBe(0)
    await settle(clock)
    expect(client.readyState).toBe(1)
    expect(events).toEqual(['open'])
    expect(server.log).toEqual([
      { connection: 0, from: 'client', type: 'connect' },
      { connection: 0, from: 'server', type: 'accept' },
    ])
  })

  it('accepts in a microtask where there is no clock', async () => {
    const server = memoryServer()
    const client = new server.WebSocket(server.url)
    expect(client.readyState).toBe(0)
    await undefined
    expect(client.readyState).toBe(1)
  })

  it.each([
    ['refuse', ['error', [1006, '', false]], 3],
    ['close-alone', [[1006, '', false]], 3],
    ['error-alone', ['error'], 0],
    ['ignore', [], 0],
  ] as const)('%s', async (mode, seen, readyState) => {
    const { clock, connect } = setUp({ mode })
    const { client, events } = connect()
    await clock.advance(60_000)
    expect(events).toEqual(seen)
    expect(client.readyState).toBe(readyState)
  })

  it('decides anew for each client, and later for one that was ignored', async () => {
    const { clock, server, connect } = setUp({ mode: 'ignore' })
    const first = connect()
    server.mode = 'refuse'
    const second = connect()
    await settle(clock)
    first.connection.accept()
    await settle(clock)
    expect(first.events).toEqual(['open'])
    expect(second.events).toEqual(['error', [1006, '', false]])
    expect(server.connections.map(({ client }) => client.readyState)).toEqual([1, 3])
    expect(server.live).toBe(1)
    first.connection.refuse()
    second.connection.accept()
    await settle(clock)
    expect(server.live).toBe(1)
  })

  it('knows what the client asked for', async () => {
    const { server } = setUp()
    new server.WebSocket('http://memory.test/room?token=t', ['chat', 'v2'], {
      headers: { authorization: 'Bearer t' },
    })
    expect(server.latest).toMatchObject({
      index: 0,
      url: 'ws://memory.test/room?token=t',
      protocols: ['chat', 'v2'],
      headers: { authorization: 'Bearer t' },
    })
  })

  it('selects the first subprotocol, or the one that it is told', async () => {
    const first = setUp()
    const { client: ofFirst } = first.connect(['chat', 'v2'])
    await settle(first.clock)
    expect(ofFirst.protocol).toBe('chat')
    const last = setUp({ selectProtocol: (offered) => offered.at(-1) })
    const { client: ofLast } = last.connect(['chat', 'v2'])
    await settle(last.clock)
    expect(ofLast.protocol).toBe('v2')
  })

  it.each([
    ['none of the offered', ['chat'], undefined],
    ['one that was not offered', ['chat'], 'other'],
    ['one where none was offered', undefined, 'chat'],
  ])('fails the client when the server selects %s', async (_, offered, selected) => {
    const { clock, connect } = setUp({ selectProtocol: () => selected })
    const { events } = connect(offered)
    await settle(clock)
    expect(events).toEqual(['error', [1006, '', false]])
  })

  it.each(['nonsense', 'ftp://memory.test', 'ws://memory.test/#part'])(
    'throws a SyntaxError for %s',
    (url) => {
      const { server } = setUp()
      expect(() => new server.WebSocket(url)).toThrow(expect.objectContaining({ name: 'SyntaxError' }))
      expect(server.connections).toEqual([])
    },
  )

  it.each([[['']], [['a/b']], [['a', 'a']], ['two words']])(
    'throws a SyntaxError for the subprotocol %j',
    (protocols) => {
      const { server } = setUp()
      expect(() => new server.WebSocket(server.url, protocols)).toThrow(
        expect.objectContaining({ name: 'SyntaxError' }),
      )
    },
  )

  it('B102: what the server says with its acceptance arrives in the same task as open', () => {
    const { clock, connect } = setUp({ onOpen: (connection) => connection.send('welcome') })
    const { events } = connect()
    clock.runTurns()
    expect(events).toEqual(['open', 'welcome'])
  })
})

describe('frames', () => {
  it('arrive in order, on both sides, and are in the log in the order of the wire', async () => {
    const { clock, server, client, events, connection } = await opened({
      onMessage: (frame, connection) => connection.send(`re: ${frame}`),
    })
    client.send('a')
    client.send('b')
    expect(connection.received).toEqual(['a', 'b'])
    expect(events).toEqual([])
    await settle(clock)
    expect(events).toEqual(['re: a', 're: b'])
    expect(server.log.slice(2)).toEqual([
      { connection: 0, from: 'client', type: 'message', data: 'a' },
      { connection: 0, from: 'server', type: 'message', data: 're: a' },
      { connection: 0, from: 'client', type: 'message', data: 'b' },
      { connection: 0, from: 'server', type: 'message', data: 're: b' },
    ])
  })

  it('can be awaited one by one, before and after they arrived', async () => {
    const { client, connection } = await opened()
    client.send('a')
    const all = Promise.all([connection.next(), connection.next(), connection.next()])
    client.send('b')
    client.send('c')
    expect(await all).toEqual(['a', 'b', 'c'])
  })

  it('are binary of any kind, as they were when they were sent', async () => {
    const { client, connection } = await opened()
    const bytes = new Uint8Array([1, 2, 3, 4])
    client.send(bytes.buffer)
    client.send(bytes.subarray(1, 3))
    client.send(new DataView(bytes.buffer, 3))
    const blob = new Blob(['blob'])
    client.send(blob)
    bytes.fill(9)
    expect(connection.received).toEqual([
      new Uint8Array([1, 2, 3, 4]),
      new Uint8Array([2, 3]),
      new Uint8Array([4]),
      blob,
    ])
  })

  it('come as the binaryType says', async () => {
    const { clock, client, events, connection } = await opened()
    connection.send(new Uint8Array([1, 2]))
    await settle(clock)
    client.binaryType = 'arraybuffer'
    connection.send(new Uint8Array([3, 4]).subarray(1))
    await settle(clock)
    expect(events[0]).toBeInstanceOf(Blob)
    expect(await (events[0] as Blob).arrayBuffer()).toEqual(new Uint8Array([1, 2]).buffer)
    expect(events[1]).toEqual(new Uint8Array([4]).buffer)
  })

  it('throw while connecting, and vanish after the end but for bufferedAmount', async () => {
    const { clock, connect } = setUp()
    const { client, connection } = connect()
    expect(() => client.send('early')).toThrow(expect.objectContaining({ name: 'InvalidStateError' }))
    await settle(clock)
    client.close()
    client.send('läte')
    expect(client.bufferedAmount).toBe(5)
    await settle(clock)
    expect(connection.sent).toEqual([])
  })

  it('stay in bufferedAmount until they are drained, byte by byte', async () => {
    const { client, connection } = await opened({ buffered: 'manual' })
    client.send('four')
    client.send('ä')
    client.send(new Uint8Array(10))
    expect(client.bufferedAmount).toBe(16)
    expect(connection.received).toEqual([])
    connection.drain(5)
    expect(client.bufferedAmount).toBe(11)
    expect(connection.received).toEqual(['four'])
    connection.drain(1)
    expect(connection.received).toEqual(['four', 'ä'])
    connection.drain()
    expect(client.bufferedAmount).toBe(0)
    expect(connection.received).toHaveLength(3)
    expect(connection.sent).toHaveLength(3)
  })

  it('drop to the floor after the client asked to close, unless it is told to be like ws (B130)', async () => {
    for (const lateFrames of [false, true]) {
      const { clock, client, events, connection } = await opened({ holdClose: true, lateFrames })
      client.close()
      connection.send('late')
      await settle(clock)
      expect(events).toEqual(lateFrames ? ['late'] : [])
    }
  })
})

describe('a stall', () => {
  it('holds both directions back and lets bufferedAmount grow, until it heals', async () => {
    const { clock, client, events, connection } = await opened()
    connection.stall()
    client.send('up')
    connection.send('down')
    await clock.advance(60_000)
    expect(client.bufferedAmount).toBe(2)
    expect([...connection.received, ...events]).toEqual([])
    connection.heal()
    await settle(clock)
    expect(client.bufferedAmount).toBe(0)
    expect(connection.received).toEqual(['up'])
    expect(events).toEqual(['down'])
  })

  it('lets the network take bytes that do not arrive', async () => {
    const { client, connection } = await opened({ buffered: 'manual' })
    connection.stall()
    client.send('taken')
    client.send('kept')
    connection.drain(5)
    expect(client.bufferedAmount).toBe(4)
    expect(connection.received).toEqual([])
    connection.heal()
    expect(connection.received).toEqual(['taken'])
    expect(client.bufferedAmount).toBe(4)
  })

  it.each(['drains-at-once', 'manual'] as const)(
    'loses what it holds when the connection dies in it (%s)',
    async (buffered) => {
      const { clock, client, events, connection } = await opened({ buffered })
      connection.stall()
      client.send('in the network')
      connection.drain()
      client.send('in the buffer')
      connection.send('down')
      connection.error()
      connection.die()
      await settle(clock)
      connection.heal()
      connection.drain()
      await settle(clock)
      expect(events).toEqual([[1006, '', false]])
      expect(connection.received).toEqual([])
      expect(connection.sent).toEqual(['in the network', 'in the buffer'])
    },
  )

  it('holds a close back too', async () => {
    const { clock, client, events, connection } = await opened()
    connection.stall()
    client.close(1000, 'bye')
    await clock.advance(60_000)
    expect(events).toEqual([])
    connection.heal()
    await settle(clock)
    expect(events).toEqual([[1000, 'bye', true]])
  })
})

describe('the end', () => {
  it('is clean when the server answers the close', async () => {
    const { clock, server, client, events, connection } = await opened()
    client.close(4000, 'done')
    client.close()
    expect(client.readyState).toBe(2)
    expect(events).toEqual([])
    await settle(clock)
    expect(client.readyState).toBe(3)
    expect(events).toEqual([[4000, 'done', true]])
    expect(connection.clientClose).toEqual({ code: 4000, reason: 'done' })
    expect(server.log.at(-1)).toEqual({
      connection: 0,
      from: 'client',
      type: 'close',
      code: 4000,
      reason: 'done',
    })
    expect(server.live).toBe(0)
  })

  it('has the code 1005 where none was given, on either side', async () => {
    const byClient = await opened()
    byClient.client.close()
    await settle(byClient.clock)
    expect(byClient.events).toEqual([[1005, '', true]])
    const byServer = await opened()
    byServer.connection.close()
    await settle(byServer.clock)
    expect(byServer.events).toEqual([[1005, '', true]])
  })

  it('comes behind the frames of the same side', async () => {
    const { clock, client, events, connection } = await opened({ buffered: 'manual' })
    client.send('last words')
    client.close()
    connection.send('wait')
    connection.close(1001, 'going away')
    await settle(clock)
    expect(events).toEqual([[1001, 'going away', true]])
    expect(connection.received).toEqual([])
    const other = await opened({ buffered: 'manual' })
    other.client.send('last words')
    other.client.close()
    other.connection.drain()
    await settle(other.clock)
    expect(other.connection.received).toEqual(['last words'])
    expect(other.events).toEqual([[1005, '', true]])
  })

  it('needs no drain when nothing is buffered', async () => {
    const { clock, client, events } = await opened({ buffered: 'manual' })
    client.close()
    await settle(clock)
    expect(events).toEqual([[1005, '', true]])
  })

  it('B29: can be held back', async () => {
    const { clock, client, events, connection } = await opened({ holdClose: true })
    connection.answerClose()
    client.close(1000)
    await clock.advance(60_000)
    expect(client.readyState).toBe(2)
    connection.answerClose()
    await settle(clock)
    expect(events).toEqual([[1000, '', true]])
  })

  it('B16: is 1006 when the connection dies, with an error before it only on demand', async () => {
    for (const error of [false, true]) {
      const { clock, client, events, connection } = await opened({ buffered: 'manual' })
      client.send('lost')
      connection.send('arrives')
      connection.die({ error })
      await settle(clock)
      expect(events).toEqual(['arrives', ...(error ? ['error'] : []), [1006, '', false]])
      expect(client.bufferedAmount).toBe(0)
    }
  })

  it('happens once, however often it is asked for', async () => {
    const { clock, client, events, connection } = await opened()
    connection.close(1012)
    connection.die()
    client.close()
    await settle(clock)
    expect(events).toEqual([[1012, '', true]])
  })

  it('B22: while connecting is an error and 1006, and no open follows', async () => {
    const { clock, connect } = setUp()
    const { client, events } = connect()
    client.close(1000, 'never mind')
    expect(client.readyState).toBe(2)
    await settle(clock)
    expect(events).toEqual(['error', [1006, '', false]])
  })

  it('B25: an error alone ends nothing', async () => {
    const { clock, client, events, connection } = await opened()
    connection.error()
    await settle(clock)
    expect(events).toEqual(['error'])
    expect(client.readyState).toBe(1)
  })

  it('throws for codes and reasons that a client may not send, and changes nothing', async () => {
    const { client } = await opened()
    for (const code of [0, 999, 1001, 1006, 2999, 5000, Number.NaN]) {
      expect(() => client.close(code)).toThrow(expect.objectContaining({ name: 'InvalidAccessError' }))
    }
    expect(() => client.close(1000, 'ä'.repeat(62))).toThrow(expect.objectContaining({ name: 'SyntaxError' }))
    expect(client.readyState).toBe(1)
  })

  it('throws for codes that a server may not send', async () => {
    const { connection } = await opened()
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000])
      expect(() => connection.close(code)).toThrow(TypeError)
  })

  it('comes by terminate() where the server is told to have it', async () => {
    const { clock, server, client, events } = await opened({ terminable: true })
    expect('terminate' in (await opened()).client).toBe(false)
    ;(client as WebSocketLike & { terminate(): void }).terminate()
    expect(client.readyState).toBe(2)
    await settle(clock)
    expect(events).toEqual([[1006, '', false]])
    expect(server.log.at(-1)).toEqual({ connection: 0, from: 'client', type: 'terminate' })
  })
})

it('counts what is left behind (B34)', async () => {
  const { clock, server, connect } = setUp()
  const kept = connect()
  const gone = connect()
  await settle(clock)
  gone.client.close()
  await settle(clock)
  expect([server.live, server.handlers]).toEqual([1, 8])
  gone.client.onopen = gone.client.onmessage = gone.client.onerror = gone.client.onclose = null
  kept.connection.die()
  await settle(clock)
  expect([server.live, server.handlers]).toEqual([0, 4])
})

it('names what is missing where no client has connected', () => {
  expect(() => memoryServer().latest).toThrow('No client')
})
