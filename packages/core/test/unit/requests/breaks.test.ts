// What becomes of requests when the connection breaks, the queue drops them, a rotation goes by, or the socket ends.
import { describe, expect, it } from 'vitest'
import { acks, heartbeat, json, offlineQueue, rotation } from '../../../src'
import { createRequests } from '../../../src/requests'
import { outcome, rig, tape } from '../socket/support'
import { openRequests, requestRig, watched } from './support'

describe('a break', () => {
  it('B94 rejects what was sent with REQUEST_LOST at once', async () => {
    const { requests, clock, die, sent } = await openRequests()
    const { signal, attached } = watched()
    const user = requests.request({ type: 'user' }, { signal })
    await die()
    expect([await outcome(user), attached.size]).toEqual(['REQUEST_LOST', 0])
    await clock.advance(1_000)
    expect(sent()).toEqual([])
  })

  it('B94 with retry sends it again with the same id, behind what waits', async () => {
    const { requests, socket, clock, die, sentTo, says } = await openRequests({ requests: { retry: true } })
    socket.on('close', () => socket.send('first'))
    const user = requests.request({ type: 'user', payload: 1 })
    await die()
    await clock.advance(100)
    const [[before], [...after]] = sentTo() as [any, any]
    expect(after).toContainEqual(before)
    expect([after.length, await outcome(user)]).toEqual([2, 'pending'])
    await says({ id: before.id, type: 'reply', payload: 'again' })
    expect(await user).toBe('again')
  })

  it('B94 with a number sends it again so many times', async () => {
    const { requests, clock, die, sentTo } = await openRequests()
    const user = requests.request({ type: 'user' }, { retry: 2 })
    for (const outcomes of ['pending', 'pending', 'REQUEST_LOST']) {
      await die()
      expect(await outcome(user)).toBe(outcomes)
      await clock.advance(100)
    }
    expect(sentTo().map(({ length }) => length)).toEqual([1, 1, 1, 0])
  })

  it('B94 of a request that is sent again: its timeout still counts from the call', async () => {
    const { requests, server, clock, die, sentTo } = await openRequests({
      requests: { retry: true, timeout: 500 },
    })
    const user = requests.request({ type: 'user' })
    await clock.advance(300)
    server.mode = 'refuse'
    await die()
    await clock.advance(199)
    expect(await outcome(user)).toBe('pending')
    await clock.advance(1)
    expect(await outcome(user)).toBe('REQUEST_TIMEOUT')
    server.mode = 'accept'
    await clock.advance(1_000)
    expect(sentTo().flat()).toHaveLength(1)
  })

  it('B93 while it waits to be sent again: an abort takes it back', async () => {
    const { requests, clock, die, sentTo } = await openRequests({ requests: { retry: true } })
    const { signal, abort } = watched()
    const user = requests.request({ type: 'user' }, { signal })
    await die()
    abort()
    await clock.advance(1_000)
    expect([await outcome(user), sentTo().flat().length]).toEqual(['ABORTED', 1])
  })

  it('leaves alone what the socket itself sends again, since it had not left', async () => {
    const { requests, clock, die, sentTo, says } = await openRequests({ server: { buffered: 'manual' } })
    const user = requests.request({ type: 'user' })
    await die()
    await clock.advance(100)
    const [[before], after] = sentTo() as [any, any]
    expect([after, await outcome(user)]).toEqual([[before], 'pending'])
    await says({ id: before.id, type: 'reply', payload: 1 })
    expect(await user).toBe(1)
  })

  it('leaves alone what is to be confirmed, and was not; what was confirmed is lost', async () => {
    const queue = offlineQueue({ confirm: acks({ isAck: ({ ack }) => ack }) })
    const { requests, clock, die, sent, says, sentTo } = await openRequests({ queue })
    const confirmed = requests.request({ type: 'a' })
    const unconfirmed = requests.request({ type: 'b' })
    const [a, b] = sent()
    await says({ ack: a.id })
    await die()
    expect([await outcome(confirmed), await outcome(unconfirmed)]).toEqual(['REQUEST_LOST', 'pending'])
    await clock.advance(100)
    expect(sentTo()[1]).toEqual([b])
    await says({ id: b.id, type: 'reply', payload: 1 })
    expect(await unconfirmed).toBe(1)
  })

  it('of an attempt changes nothing for what waits', async () => {
    const { requests, socket, server, clock, sent } = requestRig({ server: { mode: 'refuse' } })
    const user = requests.request({ type: 'user' })
    socket.connect()
    await clock.advance(350)
    expect(await outcome(user)).toBe('pending')
    server.mode = 'accept'
    await clock.advance(100)
    expect([await outcome(user), sent().length]).toEqual(['pending', 1])
  })

  it('B91 never has a request sent again as somebody else', async () => {
    const session = { user: 'ann' }
    const queue = offlineQueue({ identity: () => session.user })
    const { requests, socket, clock, sentTo } = await openRequests({ queue, requests: { retry: true } })
    const drops = tape(socket, 'drop')
    const ofAnn = requests.request({ type: 'secret' })
    session.user = 'ben'
    // Notices that somebody else is signed in, and connects anew.
    socket.send('of ben')
    await clock.advance(1_000)
    expect([await outcome(ofAnn), sentTo()[1], drops]).toEqual(['REQUEST_LOST', ['of ben'], []])
  })

  it('B91 nor where that is noticed only as it is sent again', async () => {
    const session = { user: 'ann' }
    const queue = offlineQueue({ identity: () => session.user })
    const { requests, clock, die, sentTo } = await openRequests({ queue, requests: { retry: true } })
    const ofAnn = requests.request({ type: 'secret' })
    session.user = 'ben'
    await die()
    await clock.advance(1_000)
    expect([await outcome(ofAnn), sentTo()[1]]).toEqual(['REQUEST_LOST', []])
  })
})

describe('a drop', () => {
  it('B79 rejects with its reason: QUEUE_FULL', async () => {
    const { requests } = requestRig({ queue: offlineQueue({ maxMessages: 1 }) })
    const [first, second] = [requests.request({ type: 'a' }), requests.request({ type: 'b' })]
    expect([await outcome(first), await outcome(second)]).toEqual(['pending', 'QUEUE_FULL'])
  })

  it('B79 rejects with its reason: an older one that had to make room', async () => {
    const { requests } = requestRig({ queue: offlineQueue({ maxMessages: 1, overflow: 'drop-oldest' }) })
    const [first, second] = [requests.request({ type: 'a' }), requests.request({ type: 'b' })]
    expect([await outcome(first), await outcome(second)]).toEqual(['QUEUE_FULL', 'pending'])
  })

  it('B79 rejects with its reason: CLEARED, for many at once', async () => {
    const { requests, socket, clock } = requestRig({ queue: offlineQueue({ maxMessages: 500 }) })
    const all = Array.from({ length: 500 }, () => requests.request({ type: 'a' }))
    socket.queue.clear()
    const outcomes = await Promise.all(all.map(outcome))
    await clock.advance(0)
    expect([new Set(outcomes), clock.timers]).toEqual([new Set(['CLEARED']), 0])
  })

  it('B79 rejects with its reason: NOT_OPEN without a queue', async () => {
    const { requests } = requestRig({ queue: false })
    expect(await outcome(requests.request({ type: 'a' }))).toBe('NOT_OPEN')
  })

  it('B79 rejects with its reason: UNCONFIRMED where nothing is sent again', async () => {
    const queue = offlineQueue({ confirm: acks({ isAck: ({ ack }) => ack }), recover: 'never' })
    const { requests, die } = await openRequests({ queue })
    const user = requests.request({ type: 'user' })
    await die()
    expect(await outcome(user)).toBe('UNCONFIRMED')
  })

  it('for its time reads as what it is, REQUEST_TIMEOUT', async () => {
    const { requests, socket, clock } = requestRig({ server: { mode: 'refuse' } })
    socket.connect()
    await clock.advance(10)
    const user = requests.request({ type: 'user' }, { timeout: 50 })
    await clock.advance(50)
    expect(await outcome(user)).toBe('REQUEST_TIMEOUT')
    expect(await outcome(requests.request({ type: 'user' }, { timeout: 0 }))).toBe('pending')
    await clock.advance(1)
    expect(socket.queue.get().messages).toBe(0)
  })
})

describe('a request that expires in the queue, since the clock jumped', () => {
  it('is late as well', async () => {
    const { requests, socket, clock, settle } = requestRig()
    const user = requests.request({ type: 'user' })
    clock.setNow(clock.now() + 3_600_000)
    socket.connect()
    await settle()
    expect(await outcome(user)).toBe('REQUEST_TIMEOUT')
  })
})

describe('the end of the socket', () => {
  it('rejects all with CLOSED, and takes what waits from the queue', async () => {
    const { requests, socket, clock, sentTo, settle } = await openRequests({
      server: { buffered: 'manual' },
      highWaterMark: 1,
      requests: { retry: true },
    })
    const { signal, attached } = watched()
    const [sent, waiting] = [1, 2].map(() => requests.request({ type: 'a' }, { signal }))
    expect(socket.queue.get().messages).toBe(1)
    void socket.close()
    await clock.advance(3_000)
    expect([await outcome(sent as never), await outcome(waiting as never)]).toEqual(['CLOSED', 'CLOSED'])
    expect([socket.queue.get().messages, clock.timers, attached.size]).toEqual([0, 0, 0])
    socket.connect()
    await settle()
    expect(sentTo()[1]).toEqual([])
  })

  it('after it a request waits for connect(), until its timeout', async () => {
    const { requests, socket, clock, settle, sent } = await openRequests()
    void socket.close()
    await clock.advance(10)
    const [early, late] = [requests.request({ type: 'a' }, { timeout: 100 }), requests.request({ type: 'b' })]
    await clock.advance(100)
    expect([await outcome(early), await outcome(late)]).toEqual(['REQUEST_TIMEOUT', 'pending'])
    socket.connect()
    await settle()
    expect(sent()).toEqual([expect.objectContaining({ type: 'b' })])
  })

  it('by a code that stops is the same', async () => {
    const { requests, server, settle } = await openRequests({ requests: { retry: true } })
    const user = requests.request({ type: 'a' })
    server.latest.close(1002)
    await settle()
    expect(await outcome(user)).toBe('CLOSED')
  })
})

describe('a rotation', () => {
  const linger = 5_000

  /** Open, with a first request under way; `ask` leaves the second connection unanswered. */
  async function rotating(retry: boolean | number = false, queue = offlineQueue()) {
    const t = await openRequests({
      rotation: rotation({ linger }),
      requests: { retry },
      queue,
      retryDelay: () => 60_000,
    })
    const early = t.requests.request({ type: 'early' })
    const { socket, server, clock } = t
    const second = () => server.connections[1]
    return {
      ...t,
      early,
      second,
      first: server.connections[0],
      async ask() {
        server.mode = 'ignore'
        socket.rotate()
        await clock.advance(0)
        server.mode = 'accept'
      },
      async accept() {
        second()?.accept()
        await clock.advance(0)
      },
    }
  }

  it('hears the answer on the first connection, to what was sent on it', async () => {
    const t = await rotating()
    await t.ask()
    const between = t.requests.request({ type: 'between' })
    await t.accept()
    const late = t.requests.request({ type: 'late' })
    const [[{ id }, { id: other }], [{ id: last }]] = t.sentTo() as [any, any]
    await t.saysOn(t.first, { id, type: 'reply', payload: 1 })
    await t.saysOn(t.first, { id: other, type: 'reply', payload: 2 })
    await t.saysOn(t.second(), { id: last, type: 'reply', payload: 3 })
    expect(await Promise.all([t.early, between, late])).toEqual([1, 2, 3])
  })

  it('B94 loses what was sent on the first when that ends, and nothing of the second', async () => {
    const t = await rotating()
    await t.ask()
    await t.accept()
    const late = t.requests.request({ type: 'late' })
    await t.clock.advance(linger - 1)
    expect([await outcome(t.early), await outcome(late)]).toEqual(['pending', 'pending'])
    await t.clock.advance(1)
    expect([await outcome(t.early), await outcome(late)]).toEqual(['REQUEST_LOST', 'pending'])
  })

  it('B94 with retry sends on the second what the first did not answer', async () => {
    const t = await rotating(true)
    await t.ask()
    await t.accept()
    await t.clock.advance(linger)
    const [[{ id }], [again]] = t.sentTo() as [any, any]
    expect(again).toMatchObject({ id, type: 'early' })
    await t.clock.advance(linger)
    expect(t.sentTo()[1]).toHaveLength(1)
    await t.saysOn(t.second(), { id, type: 'reply', payload: 1 })
    expect(await t.early).toBe(1)
  })

  it('B93 takes back on the first what was sent there', async () => {
    const t = await openRequests({ rotation: rotation({ linger }) })
    const { signal, abort } = watched()
    void t.requests.request({ type: 'a' }, { signal })
    t.socket.rotate()
    await t.settle()
    abort()
    const [{ id }] = t.sentTo()[0] as any
    expect(t.sentTo()).toEqual([[expect.objectContaining({ id }), { id, type: 'cancel' }], []])
  })

  it('that fails changes nothing', async () => {
    const t = await rotating()
    await t.ask()
    t.second()?.refuse()
    await t.settle()
    await t.clock.advance(linger)
    expect(await outcome(t.early)).toBe('pending')
    await t.saysOn(t.first, { id: t.sentTo()[0]?.[0].id, type: 'reply', payload: 1 })
    expect(await t.early).toBe(1)
  })

  it('after one that failed, the next is told apart as well', async () => {
    const t = await rotating()
    await t.ask()
    t.second()?.refuse()
    await t.settle()
    t.socket.rotate()
    await t.settle()
    const late = t.requests.request({ type: 'late' })
    await t.clock.advance(linger)
    expect([await outcome(t.early), await outcome(late)]).toEqual(['REQUEST_LOST', 'pending'])
  })

  it('B93 whose second connection was greeted, and failed: what is taken back is told to the first', async () => {
    const t = await openRequests({ rotation: rotation({ linger }), heartbeat: heartbeat() })
    const { signal, abort } = watched()
    t.socket.rotate()
    await t.settle()
    t.server.connections[1]?.die()
    await t.settle()
    expect(t.socket.state.get()).toMatchObject({ status: 'open', rotating: false })
    const user = t.requests.request({ type: 'user' }, { signal })
    const { id } = t.sentTo()[0]?.at(-1) ?? {}
    abort()
    expect([await outcome(user), t.sentTo()[0]?.at(-1)]).toEqual(['ABORTED', { id, type: 'cancel' }])
  })

  it('long after one, what had not left when the connection broke still goes out', async () => {
    const t = await openRequests({
      rotation: rotation({ linger }),
      server: { buffered: 'manual' },
      heartbeat: heartbeat(),
    })
    t.socket.rotate()
    await t.settle()
    await t.clock.advance(3 * linger)
    const user = t.requests.request({ type: 'user' })
    // Another, which fails before anybody is greeted.
    t.server.mode = 'refuse'
    t.socket.rotate()
    await t.settle()
    t.server.mode = 'accept'
    expect(t.socket.state.get()).toMatchObject({ status: 'open', rotating: false })
    t.server.connections[1]?.die()
    await t.clock.advance(200)
    expect([await outcome(user), t.sent()]).toEqual(['pending', [expect.objectContaining({ type: 'user' })]])
  })

  it('three times in a row loses each time what was sent before', async () => {
    const t = await rotating()
    const all = [t.early]
    for (const type of ['b', 'c', 'd']) {
      t.socket.rotate()
      await t.settle()
      all.push(t.requests.request({ type }))
    }
    // The next rotation ends the one that lingers.
    expect(await Promise.all(all.map(outcome))).toEqual([
      'REQUEST_LOST',
      'REQUEST_LOST',
      'pending',
      'pending',
    ])
    await t.clock.advance(linger)
    expect(await Promise.all(all.map(outcome))).toEqual([
      'REQUEST_LOST',
      'REQUEST_LOST',
      'REQUEST_LOST',
      'pending',
    ])
  })

  it('B94 whose first is lost while the second is ready: what was sent on it is lost at once, what waits goes out', async () => {
    const t = await openRequests({ rotation: rotation({ linger }), heartbeat: heartbeat() })
    const early = t.requests.request({ type: 'early' })
    t.socket.rotate()
    await t.settle()
    expect(t.socket.state.get()).toMatchObject({ rotating: true })
    const waiting = t.requests.request({ type: 'waiting' })
    t.server.connections[0]?.die()
    await t.settle()
    expect(t.socket.state.get()).toMatchObject({ status: 'open', rotating: false })
    expect([await outcome(early), await outcome(waiting)]).toEqual(['REQUEST_LOST', 'pending'])
    const [, [{ id }]] = t.sentTo() as any
    await t.saysOn(t.server.connections[1], { id, type: 'reply', payload: 1 })
    expect(await waiting).toBe(1)
  })

  it('B94 a break of the second loses what was sent on either', async () => {
    const t = await rotating()
    await t.ask()
    await t.accept()
    const late = t.requests.request({ type: 'late' })
    t.second()?.die()
    await t.settle()
    expect([await outcome(t.early), await outcome(late)]).toEqual(['REQUEST_LOST', 'REQUEST_LOST'])
  })

  it('B94 with retry: such a break uses up one retry, not two', async () => {
    const t = await openRequests({ rotation: rotation({ linger }), requests: { retry: 1 } })
    const early = t.requests.request({ type: 'early' })
    t.socket.rotate()
    await t.settle()
    await t.die()
    await t.clock.advance(100)
    expect([await outcome(early), t.sentTo().map((frames) => frames.length)]).toEqual(['pending', [1, 0, 1]])
  })

  it('B94 with retry: nothing more goes out on a second connection that is being replaced', async () => {
    const t = await openRequests({ rotation: rotation({ linger }), requests: { retry: 1 } })
    const early = t.requests.request({ type: 'early' })
    t.socket.rotate()
    await t.settle()
    t.socket.reconnect()
    await t.clock.advance(100)
    expect([await outcome(early), t.sentTo().map((frames) => frames.length)]).toEqual(['pending', [1, 0, 1]])
  })

  it('with acks: what goes out again on the second is not lost with the first', async () => {
    const queue = offlineQueue({ confirm: acks({ isAck: ({ ack }) => ack }) })
    const t = await openRequests({ rotation: rotation({ linger, fenceTimeout: 10 }), queue })
    const user = t.requests.request({ type: 'a' })
    t.socket.rotate()
    await t.clock.advance(linger + 100)
    const [[first], [again]] = t.sentTo() as any
    expect([again, await outcome(user)]).toEqual([first, 'pending'])
  })

  it('requests made for an open socket in the midst of one know both connections', async () => {
    const t = await rotating()
    t.requests.dispose()
    await t.ask()
    const requests = createRequests(t.socket)
    const early = requests.request({ type: 'early' })
    await t.accept()
    const late = requests.request({ type: 'late' })
    await t.clock.advance(linger)
    expect([await outcome(early), await outcome(late)]).toEqual(['REQUEST_LOST', 'pending'])
  })
})

describe('an answer to what is about to be sent again', () => {
  it('takes it from the queue', async () => {
    const queue = offlineQueue({ confirm: acks({ isAck: ({ ack }) => ack }) })
    const t = await openRequests({
      rotation: rotation({ fenceTimeout: 10 }),
      queue,
      server: { buffered: 'manual' },
    })
    const [, second] = [t.requests.request({ type: 'a' }), t.requests.request({ type: 'b' })]
    const [first] = t.server.connections
    first?.drain()
    const drops = tape(t.socket, 'drop')
    // On the next connection everything has to wait.
    t.socket.on('state', (state) => {
      if (state.status === 'open' && !state.rotating) t.server.latest.client.bufferedAmount = 1e6
    })
    t.socket.rotate()
    await t.clock.advance(100)
    expect(t.socket.queue.get().messages).toBe(2)
    await t.saysOn(first, { id: t.sentTo()[0]?.[1].id, type: 'reply', payload: 1 })
    expect([await second, t.socket.queue.get().messages]).toEqual([1, 1])
    expect(drops.map(({ error }) => error.code)).toEqual(['CANCELLED'])
  })
})

describe('what must not go out again', () => {
  const confirmed = () => offlineQueue({ confirm: acks({ isAck: ({ ack }) => ack }) })

  it('B93 what was aborted or answered on its way stays where it is, though nobody acknowledged it', async () => {
    const t = await openRequests({ queue: confirmed() })
    const { signal, abort } = watched()
    const [aborted, answered] = [
      t.requests.request({ type: 'a' }, { signal }),
      t.requests.request({ type: 'b' }),
    ]
    const [, { id }] = t.sent()
    abort()
    await t.says({ id, type: 'reply', payload: 1 })
    await t.die()
    await t.clock.advance(1_000)
    expect([await outcome(aborted), await answered, t.sent()]).toEqual(['ABORTED', 1, []])
  })

  it('B93 nor what had not left by the last look at the buffer', async () => {
    const t = await openRequests({ server: { buffered: 'manual' } })
    const { signal, abort } = watched()
    const user = t.requests.request({ type: 'a' }, { signal })
    abort()
    await t.die()
    await t.clock.advance(1_000)
    expect([await outcome(user), t.sentTo()[1]]).toEqual(['ABORTED', []])
  })

  it('B94 a stream that has begun is lost with its connection, though nobody acknowledged it', async () => {
    const t = await openRequests({ queue: confirmed(), requests: { retry: true } })
    const stream = t.requests.stream({ type: 'prices' })
    const first = stream.next()
    await t.says({ id: t.sent()[0].id, type: 'next', payload: 1 })
    await t.die()
    expect([(await first).value, await outcome(stream.next())]).toEqual([1, 'REQUEST_LOST'])
    await t.clock.advance(1_000)
    expect(t.sent()).toEqual([])
  })

  it('in a rotation a stream that has begun goes on, on the first connection alone', async () => {
    const t = await openRequests({
      queue: confirmed(),
      rotation: rotation({ fenceTimeout: 10, linger: 5_000 }),
    })
    const stream = t.requests.stream({ type: 'prices' })
    const first = stream.next()
    const [{ id }] = t.sent()
    await t.says({ id, type: 'next', payload: 1 })
    t.socket.rotate()
    await t.clock.advance(100)
    await t.saysOn(t.server.connections[0], { id, type: 'next', payload: 2 })
    expect([(await first).value, (await stream.next()).value, t.sentTo()[1]]).toEqual([1, 2, []])
    await stream.return?.()
    expect(t.sentTo().map((frames) => frames.at(-1)?.type)).toEqual(['cancel', undefined])
  })
})

describe('a stream whose first part comes while it is about to be sent again', () => {
  it('is taken from the queue, and goes on where the part came from', async () => {
    const queue = offlineQueue({ confirm: acks({ isAck: ({ ack }) => ack }) })
    const t = await openRequests({ queue, rotation: rotation({ fenceTimeout: 10, linger: 5_000 }) })
    const [first, second] = [1, 2].map(() => t.requests.stream({ type: 'prices' })) as [any, any]
    const parts = [first.next(), second.next()]
    t.socket.on('state', (state) => {
      if (state.status === 'open' && !state.rotating) t.server.latest.client.bufferedAmount = 1e6
    })
    t.socket.rotate()
    await t.clock.advance(100)
    const [old] = t.server.connections
    const ids = t.sent(old).map(({ id }) => id)
    expect(t.socket.queue.get().messages).toBe(2)
    for (const id of ids) await t.saysOn(old, { id, type: 'next', payload: 1 })
    expect([(await Promise.all(parts)).map(({ value }) => value), t.socket.queue.get().messages]).toEqual([
      [1, 1],
      0,
    ])
    await first.return()
    expect(t.sent(old).at(-1)).toEqual({ id: ids[0], type: 'cancel' })
    await t.clock.advance(5_000)
    expect([await outcome(second.next()), t.sentTo()[1]]).toEqual(['REQUEST_LOST', []])
  })
})

describe('in the midst of what is told', () => {
  it('B93 an abort while it is just being sent is told to the server', async () => {
    const queue = offlineQueue({ confirm: acks({ isAck: ({ ack }) => ack }) })
    const { requests, socket, sent } = await openRequests({ queue })
    const { signal, abort } = watched()
    const off = socket.queue.subscribe(() => abort())
    const user = requests.request({ type: 'user' }, { signal })
    off()
    const [{ id }, ...rest] = sent()
    expect([await outcome(user), rest]).toEqual(['ABORTED', [{ id, type: 'cancel' }]])
  })

  it('a request of a listener that hears of the end before us waits for connect()', async () => {
    const { socket, clock, server } = rig({ codec: json() })
    const asked: Promise<unknown>[] = []
    socket.on('state', ({ status }) => {
      if (status === 'closed') asked.push(requests.request({ type: 'a' }))
    })
    const requests = createRequests(socket)
    socket.connect()
    await clock.advance(0)
    void socket.close()
    await clock.advance(0)
    expect(await Promise.all(asked.map(outcome))).toEqual(['pending'])
    socket.connect()
    await clock.advance(0)
    expect(server.latest.sent).toHaveLength(1)
  })

  it('one of a listener that hears of the take-over before us is not lost with the first connection', async () => {
    const { socket, clock } = rig({ codec: json(), queue: false, rotation: rotation({ linger: 100 }) })
    const asked: Promise<unknown>[] = []
    let wasRotating = false
    socket.on('state', (state) => {
      const isRotating = state.status === 'open' && state.rotating
      if (wasRotating && !isRotating) asked.push(requests.request({ type: 'a' }))
      wasRotating = isRotating
    })
    const requests = createRequests(socket)
    socket.connect()
    await clock.advance(0)
    socket.rotate()
    await clock.advance(1_000)
    expect(await Promise.all(asked.map(outcome))).toEqual(['pending'])
  })
})
