// What became of each message that a component sent.
import { describe, expect, it, vi } from 'vitest'
import { acks, heartbeat, json, offlineQueue, pongs } from '../../../src'
import { type SentMessage, sentMessages } from '../../../src/bindings'
import { openRig, outcome, type RigOptions, rig } from '../socket/support'
import { thrown } from '../support'
import { drawnPage } from './support'

function setUp(options: RigOptions<any> = {}, limit?: number) {
  const page = drawnPage()
  const made = rig<any>(options)
  const newest = { limit }
  const sent = sentMessages<any>(made.socket, () => newest)
  const listener = vi.fn()
  const off = sent.subscribe(listener)
  /** Promises settle, and the page is drawn. */
  const draw = async (ms = 0) => {
    await made.clock.advance(ms)
    page.draw()
    return sent.get()
  }
  const open = async () => {
    made.socket.connect()
    return draw()
  }
  return { ...made, page, newest, sent, listener, off, draw, open }
}

const fates = (messages: readonly SentMessage[]) =>
  messages.map(({ message, status, error }) => [message, status, ...(error ? [error.code] : [])])

describe('the fate of a message', () => {
  it('is queued, then sent', async () => {
    const { socket, sent, draw, open } = setUp()
    const receipt = sent.send('a')
    expect(sent.get()).toEqual([])
    const waiting = await draw()
    expect(fates(waiting)).toEqual([['a', 'queued']])
    expect(waiting[0]?.id).toBe(receipt.id)
    expect(fates(await open())).toEqual([['a', 'sent']])
    sent.send('b')
    expect(fates(await draw())).toEqual([
      ['a', 'sent'],
      ['b', 'sent'],
    ])
    // What others send is not ours.
    socket.send('c')
    expect(await draw()).toHaveLength(2)
  })

  it('goes back to queued where the transport died with it in its buffer, and is sent again', async () => {
    const { clock, server, sent, draw, open } = setUp({ server: { buffered: 'manual' } })
    await open()
    sent.send('a')
    expect(fates(await draw())).toEqual([['a', 'sent']])
    server.latest.die()
    expect(fates(await draw())).toEqual([['a', 'queued']])
    await clock.advance(20_000)
    expect(fates(await draw())).toEqual([['a', 'sent']])
    expect(server.latest.sent).toEqual(['a'])
  })

  it('is confirmed when an ack names it, and what is not named stays sent', async () => {
    const { server, sent, listener, draw, open } = setUp({
      codec: json(),
      queue: offlineQueue({ confirm: acks({ isAck: (message) => message.ack }) }),
    })
    await open()
    const messages = ['a', 'b', 'c'].map((id) => ({ id }))
    for (const message of messages) sent.send(message)
    const before = await draw()
    expect(before.map(({ status }) => status)).toEqual(['sent', 'sent', 'sent'])
    listener.mockClear()
    server.latest.send('{"ack":["a","c"]}')
    const after = await draw()
    expect(after.map(({ status }) => status)).toEqual(['confirmed', 'sent', 'confirmed'])
    expect(after[1]).toBe(before[1])
    expect(listener).toHaveBeenCalledOnce()
  })

  it('is confirmed by the pong to a ping that went out after it', async () => {
    const { sent, draw, open } = setUp({
      server: {
        onMessage: (frame, connection) => {
          if (frame === 'ping') connection.send('pong')
        },
      },
      heartbeat: heartbeat(),
      queue: offlineQueue({ confirm: pongs() }),
    })
    await open()
    sent.send('a')
    expect(fates(await draw())).toEqual([['a', 'confirmed']])
  })

  it('B77 goes back to queued where the connection ended before it was confirmed, and is confirmed on the next', async () => {
    const { clock, server, sent, draw, open } = setUp({
      codec: json(),
      queue: offlineQueue({ confirm: acks({ isAck: (message) => message.ack }) }),
    })
    await open()
    sent.send({ id: 'a' })
    server.mode = 'refuse'
    server.latest.die()
    expect((await draw())[0]?.status).toBe('queued')
    server.mode = 'accept'
    await clock.advance(20_000)
    expect((await draw())[0]?.status).toBe('sent')
    server.latest.send('{"ack":"a"}')
    expect((await draw())[0]?.status).toBe('confirmed')
  })

  it('keeps the error of one that was sent, came back and was dropped', async () => {
    const { server, sent, draw, open } = setUp({ server: { buffered: 'manual' } })
    await open()
    sent.send('a')
    server.latest.die()
    const [waiting] = await draw()
    expect(waiting?.cancel()).toBe(true)
    expect(fates(await draw())).toEqual([['a', 'dropped', 'CANCELLED']])
  })

  it('keeps that error also where nobody listened then', async () => {
    const { server, sent, off, draw, open } = setUp({ server: { buffered: 'manual' } })
    await open()
    const receipt = sent.send('a')
    await draw()
    off()
    server.latest.die()
    await draw()
    expect(receipt.cancel()).toBe(true)
    sent.subscribe(() => {})
    expect(fates(await draw())).toEqual([['a', 'dropped', 'CANCELLED']])
  })

  type Made = ReturnType<typeof setUp>
  const drops: [code: string, RigOptions<any>, drop: (made: Made) => unknown][] = [
    ['CANCELLED', {}, ({ sent }) => sent.send('it').cancel()],
    [
      'EXPIRED',
      {},
      async ({ socket, server, sent, clock }) => {
        server.mode = 'refuse'
        socket.connect()
        sent.send('it', { ttl: 50 })
        await clock.advance(100)
      },
    ],
    ['QUEUE_FULL', { queue: offlineQueue({ maxMessages: 0 }) }, ({ sent }) => sent.send('it')],
    [
      'QUEUE_FULL',
      { queue: offlineQueue({ maxMessages: 1, overflow: 'drop-oldest' }) },
      ({ socket, sent }) => {
        sent.send('it')
        socket.send('other')
      },
    ],
    [
      'REPLACED',
      {},
      ({ socket, sent }) => {
        sent.send('it', { key: 'k' })
        socket.send('other', { key: 'k' })
      },
    ],
    ['CLEARED', {}, ({ socket, sent }) => sent.send('it') && socket.queue.clear()],
    ['CLOSED', {}, ({ socket, sent }) => sent.send('it') && socket[Symbol.asyncDispose]()],
    ['NOT_OPEN', {}, ({ sent }) => sent.send('it', { queue: false })],
    ['NOT_OPEN', { queue: false }, ({ sent }) => sent.send('it')],
    ['ABORTED', {}, ({ sent }) => sent.send('it', { signal: AbortSignal.abort() })],
    [
      'ABORTED',
      {},
      ({ sent }) => {
        const controller = new AbortController()
        sent.send('it', { signal: controller.signal })
        controller.abort()
      },
    ],
  ]

  it.each(drops)('is dropped with %s', async (code, options, drop) => {
    const made = setUp(options)
    await drop(made)
    expect(fates(await made.draw())).toEqual([['it', 'dropped', code]])
  })

  it.each(drops)('is dropped with %s also where nobody listened then', async (code, options, drop) => {
    const { off, draw, sent, ...made } = setUp(options)
    off()
    await drop({ off, draw, sent, ...made })
    await draw()
    sent.subscribe(() => {})
    expect(fates(sent.get())).toEqual([['it', 'dropped', code]])
  })

  it('is dropped with ENCODE, whatever it was', async () => {
    const { sent, draw } = setUp({ codec: json() })
    const circular: { self?: unknown } = {}
    circular.self = circular
    sent.send(circular)
    const [dropped] = await draw()
    expect([dropped?.message, dropped?.status, dropped?.error]).toEqual([
      circular,
      'dropped',
      thrown('ENCODE'),
    ])
  })

  it('owes nobody a catch, and the receipt still tells', async () => {
    const { sent, draw } = setUp()
    const receipt = sent.send('a', { queue: false })
    await draw()
    expect(await outcome(receipt.sent)).toBe('NOT_OPEN')
  })

  it('is told once per frame, with the error at the same time', async () => {
    const { sent, listener, draw } = setUp()
    const seen: unknown[] = []
    sent.subscribe(() => seen.push(fates(sent.get())))
    for (let n = 0; n < 50; n++) sent.send(`${n}`).cancel()
    sent.send('last', { queue: false })
    await draw()
    expect(listener).toHaveBeenCalledOnce()
    expect(seen).toEqual([
      expect.arrayContaining([
        ['49', 'dropped', 'CANCELLED'],
        ['last', 'dropped', 'NOT_OPEN'],
      ]),
    ])
  })
})

describe('the list of them', () => {
  it('is the same array, and each message the same object, until its fate changes', async () => {
    const { socket, sent, draw, open } = setUp()
    sent.send('a')
    const b = sent.send('b')
    const first = await draw()
    socket.send('not ours')
    expect(await draw()).toBe(first)
    b.cancel()
    const second = await draw()
    expect(second).not.toBe(first)
    expect(second[0]).toBe(first[0])
    expect(second[1]).not.toBe(first[1])
    expect(second[1]?.cancel).toBe(first[1]?.cancel)
    expect(fates(first)).toEqual([
      ['a', 'queued'],
      ['b', 'queued'],
    ])
    const third = await open()
    expect(third[1]).toBe(second[1])
    expect(await draw()).toBe(third)
  })

  it('goes on where it was after StrictMode’s second mount', async () => {
    const { sent, off, draw, open } = setUp()
    sent.send('a')
    off()
    sent.send('b')
    const listener = vi.fn()
    sent.subscribe(listener)
    expect(fates(sent.get())).toEqual([
      ['a', 'queued'],
      ['b', 'queued'],
    ])
    await open()
    expect(fates(await draw())).toEqual([
      ['a', 'sent'],
      ['b', 'sent'],
    ])
    expect(listener).toHaveBeenCalled()
  })

  it('knows the fate of what was sent before it was first listened to', async () => {
    drawnPage()
    const { socket } = await openRig<any>()
    const sent = sentMessages<any>(socket, () => ({}))
    sent.send('a')
    expect(sent.get()).toEqual([])
    sent.subscribe(() => {})()
    expect(fates(sent.get())).toEqual([['a', 'sent']])
  })

  it.each([1, 2, 7, Infinity])('keeps the last %d', async (limit) => {
    const { sent, draw } = setUp({}, limit)
    for (let n = 0; n < 20; n++) sent.send(`${n}`)
    const kept = await draw()
    expect(kept.map(({ message }) => message)).toEqual(
      Array.from({ length: 20 }, (_, n) => `${n}`).slice(-limit),
    )
    expect(sent.send('x').cancel()).toBe(true)
  })

  it('keeps 100 where nothing is said, and asks for the newest limit at each message', async () => {
    const { newest, sent, draw } = setUp()
    for (let n = 0; n < 120; n++) sent.send(`${n}`)
    expect(await draw()).toHaveLength(100)
    newest.limit = 3
    sent.send('last')
    expect((await draw()).map(({ message }) => message)).toEqual(['118', '119', 'last'])
  })

  it.each([0, -1, 0.5, Number.NaN])('takes no limit of %d, and sends nothing with one', (limit) => {
    const { socket, newest, sent } = setUp()
    expect(() => sentMessages(socket, () => ({ limit }))).toThrow(thrown('INVALID_OPTION', 'useSend: limit'))
    newest.limit = limit
    expect(() => sent.send('a')).toThrow(thrown('INVALID_OPTION', 'useSend: limit'))
    expect(socket.queue.get().messages).toBe(0)
  })

  it('forgets all of them, or the one with that id, and sends them all the same', async () => {
    const { server, sent, draw, open } = setUp()
    const [a] = [sent.send('a'), sent.send('b'), sent.send('c')]
    await draw()
    sent.clear(a.id)
    expect(fates(await draw())).toEqual([
      ['b', 'queued'],
      ['c', 'queued'],
    ])
    sent.clear()
    expect(await draw()).toEqual([])
    await open()
    expect(server.latest.received).toEqual(['a', 'b', 'c'])
    expect(sent.get()).toEqual([])
  })

  it('stays the same array, and tells nobody, where there is nothing to forget', async () => {
    const { sent, listener, draw } = setUp()
    sent.send('a')
    const before = await draw()
    sent.clear('none such')
    expect(await draw()).toBe(before)
    expect(listener).toHaveBeenCalledOnce()
    sent.clear()
    const empty = await draw()
    sent.clear()
    expect(await draw()).toBe(empty)
    expect(listener).toHaveBeenCalledTimes(2)
  })

  it('forgets the fate with the message', async () => {
    const { socket, sent, draw } = setUp({}, 1)
    sent.send('a')
    sent.send('b')
    socket.queue.clear()
    expect(fates(await draw())).toEqual([['b', 'dropped', 'CLEARED']])
  })

  it('listens to the socket only while it is listened to', async () => {
    const { page, socket, sent, off } = setUp()
    sent.send('a')
    page.draw()
    off()
    sent.send('b').cancel()
    socket.queue.clear()
    expect(page.due).toBe(0)
  })
})
