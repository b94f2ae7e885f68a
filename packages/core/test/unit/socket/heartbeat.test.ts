// The heartbeat in a socket: what counts as life, when silence ends a connection, and what nobody is told of it.
import { describe, expect, it } from 'vitest'
import { heartbeat, json } from '../../../src'
import type { MemoryServerOptions } from '../../../src/testing'
import { openRig, outcome, record, rig, tape } from './support'

const quick = { interval: 1_000, timeout: 500 }
const answering: MemoryServerOptions = {
  onMessage: (frame, connection) => {
    if (frame === 'ping') connection.send('pong')
  },
}

describe('liveness', () => {
  it('B66 defaults: a ping after 25 000 of silence, the end 10 000 later', async () => {
    const { clock, server, socket, status } = await openRig({ heartbeat: heartbeat() })
    const closes = tape(socket, 'close')
    await clock.advance(24_999)
    expect(server.latest.received).toEqual([])
    await clock.advance(1)
    expect(server.latest.received).toEqual(['ping'])
    await clock.advance(9_999)
    expect(status()).toBe('open')
    await clock.advance(1)
    expect(status()).toBe('waiting')
    expect(closes).toMatchObject([{ code: 1006, wasClean: false, origin: 'heartbeat' }])
  })

  it('B66 an interval of 1 000 is what the user chose', async () => {
    const { clock, server, status } = await openRig({
      heartbeat: heartbeat({ interval: 1_000 }),
      server: answering,
    })
    await clock.advance(10_000)
    expect(server.latest.received.length).toBe(10)
    expect(status()).toBe('open')
  })

  it('without heartbeat nothing is sent and no timer runs', async () => {
    const { clock, server, status } = await openRig()
    expect(clock.timers).toBe(0)
    await clock.advance(1_000_000)
    expect(server.latest.received).toEqual([])
    expect(status()).toBe('open')
  })

  it('B63 any inbound frame counts as life', async () => {
    const { clock, server, status } = await openRig({ heartbeat: heartbeat(quick) })
    for (let round = 0; round < 20; round++) {
      await clock.advance(400)
      server.latest.send(`news ${round}`)
    }
    expect(status()).toBe('open')
    expect(server.connections.length).toBe(1)
    await clock.advance(3_000)
    expect(server.connections.length).toBeGreaterThan(1)
  })

  it('B63 so does a frame that is rubbish', async () => {
    const { clock, server, status } = await openRig({ heartbeat: heartbeat(quick), codec: json() })
    for (let round = 0; round < 20; round++) {
      await clock.advance(400)
      server.latest.send('no json {')
    }
    await clock.advance(0)
    expect(server.connections.length).toBe(1)
    expect(status()).toBe('open')
  })

  it('B63 the pong measures latency, other frames do not', async () => {
    const { clock, server, socket } = await openRig({ heartbeat: heartbeat(quick) })
    let changes = 0
    socket.latency.subscribe(() => changes++)
    expect(socket.latency.get()).toBeUndefined()
    await clock.advance(1_000)
    server.latest.send('news')
    await clock.advance(120)
    expect(changes).toBe(0)
    server.latest.send('pong')
    await clock.advance(0)
    expect(socket.latency.get()).toBe(120)
    expect(changes).toBe(1)
    await clock.advance(880)
    await clock.advance(30)
    server.latest.send('pong')
    await clock.advance(0)
    expect(socket.latency.get()).toBe(30)
  })

  it('B63 a pong that nobody asked for measures nothing', async () => {
    const { clock, server, socket } = await openRig({ heartbeat: heartbeat(quick) })
    await clock.advance(300)
    server.latest.send('pong')
    await clock.advance(0)
    expect(socket.latency.get()).toBeUndefined()
  })

  it('B67 silence past the timeout starts the replacement in that tick, without waiting for a native close', async () => {
    const { clock, server, socket } = await openRig({
      heartbeat: heartbeat(quick),
      retryDelay: () => 0,
      server: { holdClose: true },
    })
    await clock.advance(1_000)
    server.latest.stall()
    await clock.advance(499)
    expect(socket.state.get().status).toBe('open')
    await clock.advance(1)
    expect(socket.state.get()).toMatchObject({ status: 'waiting', attempt: 1, retryAt: clock.now() })
    await clock.advance(1)
    expect(socket.state.get().status).toBe('open')
    expect(server.connections.map(({ client }) => client.readyState)).toEqual([2, 1])
  })

  it('B67 the silent transport is closed, and terminated where that exists', async () => {
    const { clock, server } = await openRig({
      heartbeat: heartbeat(quick),
      server: { holdClose: true, terminable: true },
    })
    await clock.advance(1_500)
    expect(server.log.map(({ type }) => type).slice(-2)).toEqual(['close', 'terminate'])
    expect(server.live).toBe(0)
  })

  it('B65 a ping outstanding on the old transport does not kill the new one', async () => {
    const { clock, server, socket, status } = await openRig({ heartbeat: heartbeat(quick) })
    await clock.advance(1_000)
    expect(server.latest.received).toEqual(['ping'])
    await clock.advance(400)
    socket.reconnect()
    await clock.advance(0)
    expect(status()).toBe('open')
    await clock.advance(999)
    expect(status()).toBe('open')
    expect(server.connections.length).toBe(2)
    expect(server.latest.received).toEqual([])
    await clock.advance(1)
    expect(server.latest.received).toEqual(['ping'])
  })

  it('B65 nor one that was outstanding when the transport died', async () => {
    const { clock, server, status } = await openRig({ heartbeat: heartbeat(quick), retryDelay: () => 1 })
    await clock.advance(1_400)
    server.latest.die()
    await clock.advance(1)
    expect(status()).toBe('open')
    await clock.advance(990)
    expect(status()).toBe('open')
    expect(server.connections.length).toBe(2)
  })

  it('B68 a timeout, then close() before the native close: nothing reconnects', async () => {
    const { clock, server, socket, status } = await openRig({
      heartbeat: heartbeat(quick),
      server: { holdClose: true },
    })
    await clock.advance(1_500)
    expect(status()).toBe('waiting')
    expect(await outcome(socket.close())).toBe('resolved')
    server.connections[0]?.answerClose()
    await clock.advance(1_000_000)
    expect(status()).toBe('closed')
    expect(server.connections.length).toBe(1)
    expect(clock.timers).toBe(0)
  })

  it('B68 close() in the very listener that hears of the timeout', async () => {
    const { clock, server, socket, status } = await openRig({ heartbeat: heartbeat(quick) })
    socket.on('state', (state) => {
      if (state.status === 'waiting') void socket.close()
    })
    await clock.advance(1_000_000)
    expect(status()).toBe('closed')
    expect(server.connections.length).toBe(1)
  })

  it('a check that comes late pings once more before it judges', async () => {
    const { clock, server, socket, status } = await openRig({ heartbeat: heartbeat(quick) })
    await clock.advance(1_000)
    // The machine slept: the timer fires with the time that it had left, and the clock has gone on an hour.
    clock.setNow(clock.now() + 3_600_000)
    await clock.advance(500)
    expect(status()).toBe('open')
    expect(server.latest.received).toEqual(['ping', 'ping'])
    server.latest.send('pong')
    await clock.advance(400)
    expect(status()).toBe('open')
    expect(socket.state.get()).toMatchObject({ status: 'open' })
  })

  it('stops with the connection', async () => {
    const { clock, server, socket } = await openRig({ heartbeat: heartbeat(quick), server: answering })
    await clock.advance(3_000)
    expect(clock.timers).toBe(1)
    void socket.close()
    await clock.advance(0)
    expect(clock.timers).toBe(0)
    const before = server.latest.received.length
    await clock.advance(10_000)
    expect(server.latest.received.length).toBe(before)
  })

  it('begins with acceptance, not in the handshake', async () => {
    let finish = () => {}
    const { clock, server, socket } = rig({
      heartbeat: heartbeat(quick),
      onHandshake: () => new Promise<void>((resolve) => (finish = resolve)),
    })
    socket.connect()
    await clock.advance(5_000)
    expect(server.latest.received).toEqual([])
    finish()
    await clock.advance(1_000)
    expect(server.latest.received).toEqual(['ping'])
  })
})

describe('frames', () => {
  it('B69 pongs reach no listener, no iterator and no extension’s message', async () => {
    const { clock, server, socket } = await openRig({ heartbeat: heartbeat(quick), server: answering })
    const messages = tape(socket, 'message')
    const iterator = socket.messages()
    await clock.advance(2_500)
    server.latest.send('real')
    await clock.advance(0)
    expect(messages).toEqual(['real'])
    expect(await iterator.next()).toEqual({ done: false, value: 'real' })
    expect(server.latest.received).toEqual(['ping', 'ping'])
  })

  it.each(['isPing', 'passive'])(
    'B69 a server’s ping in the handshake is answered, and no message: %s',
    async (how) => {
      let finish = () => {}
      const options =
        how === 'isPing' ? { isPing: (message: unknown) => message === 'ping' } : { passive: true }
      const { clock, server, socket } = rig({
        heartbeat: heartbeat(options),
        onHandshake: () => new Promise<void>((resolve) => (finish = resolve)),
      })
      const messages = tape(socket, 'message')
      socket.connect()
      await clock.advance(0)
      server.latest.send('ping')
      server.latest.send('news')
      await clock.advance(0)
      finish()
      await clock.advance(0)
      expect([messages, server.latest.received]).toEqual([['news'], ['pong']])
    },
  )

  it('B69 pings are no messages of the app: no receipt, no queue, no drop', async () => {
    const { clock, socket } = await openRig({ heartbeat: heartbeat(quick), server: answering })
    const told = record(socket)
    const queue = socket.queue.get()
    await clock.advance(5_500)
    expect(told).toEqual([])
    expect(socket.queue.get()).toBe(queue)
  })

  it('pings under json are objects, and so are pongs', async () => {
    const { clock, server, socket } = await openRig({ codec: json(), heartbeat: heartbeat(quick) })
    const messages = tape(socket, 'message')
    await clock.advance(1_000)
    expect(server.latest.received).toEqual(['{"type":"ping"}'])
    server.latest.send('{"type":"pong"}')
    await clock.advance(0)
    expect(messages).toEqual([])
    expect(socket.latency.get()).toBe(0)
  })

  it('takes a ping of your own, or one made anew, and your own pong', async () => {
    let n = 0
    const { clock, server, socket } = await openRig({
      codec: json(),
      heartbeat: heartbeat({
        ...quick,
        ping: () => ({ op: 1, n: ++n }),
        isPong: (message: any) => message.op === 11,
      }),
    })
    const messages = tape(socket, 'message')
    await clock.advance(1_000)
    server.latest.send('{"op":11}')
    server.latest.send('{"type":"pong"}')
    await clock.advance(1_000)
    expect(server.latest.received).toEqual(['{"op":1,"n":1}', '{"op":1,"n":2}'])
    expect(messages).toEqual([{ type: 'pong' }])

    const fixed = await openRig({ heartbeat: heartbeat({ ...quick, ping: '💓' }) })
    await fixed.clock.advance(1_000)
    expect(fixed.server.latest.received).toEqual(['💓'])
  })

  it('pings pass what waits in the queue', async () => {
    const { clock, server, socket } = await openRig({
      heartbeat: heartbeat(quick),
      highWaterMark: 10,
      server: { buffered: 'manual' },
    })
    for (let n = 0; n < 5; n++) socket.send(`message ${n}`)
    await clock.advance(1_000)
    expect(server.latest.sent).toEqual(['message 0', 'message 1', 'ping'])
  })

  it('a pinged transport that dies gives back no ping', async () => {
    const { clock, server, socket } = await openRig({
      heartbeat: heartbeat(quick),
      retryDelay: () => 1,
      server: { buffered: 'manual' },
    })
    socket.send('one')
    await clock.advance(1_000)
    socket.send('two')
    server.latest.die()
    await clock.advance(2)
    expect(server.latest.sent).toEqual(['one', 'two'])
  })

  it.each(['ping', 'isPong'] as const)('a %s that throws is reported and wedges nothing', async (name) => {
    const { clock, server, socket, status } = await openRig({
      heartbeat: heartbeat({
        ...quick,
        [name]: () => {
          throw new Error('mine')
        },
      }),
    })
    const errors = tape(socket, 'error')
    await clock.advance(1_000)
    server.latest.send('hello')
    await clock.advance(0)
    expect(errors).toMatchObject([{ cause: { message: 'mine' } }])
    expect(status()).toBe('open')
    // Nothing is heard: the next check finds out, whatever the functions do.
    await clock.advance(5_000)
    expect(server.connections.length).toBeGreaterThan(1)
  })
})
