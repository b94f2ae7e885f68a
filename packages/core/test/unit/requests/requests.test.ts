// One question, one answer: in time or not, taken back, answered twice or by something else.
import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { acks, createSocket, json, offlineQueue } from '../../../src'
import { createRequests, type Protocol } from '../../../src/requests'
import { macrotask, outcome, record, rig, tape } from '../socket/support'
import { thrown } from '../support'
import { openRequests, requestRig, watched } from './support'

describe('a request', () => {
  it('goes out with an id, and its answer is what it resolves with', async () => {
    const { requests, sent, says } = await openRequests()
    const user = requests.request({ type: 'user', payload: { id: 1 } })
    const [{ id, ...rest }] = sent()
    expect(rest).toEqual({ type: 'user', payload: { id: 1 } })
    await says({ id, type: 'reply', payload: { name: 'Ann' } })
    expect(await user).toEqual({ name: 'Ann' })
  })

  it('may be answered with nothing, and in any order', async () => {
    const { requests, sent, says } = await openRequests()
    const first = requests.request({ type: 'a' })
    const second = requests.request({ type: 'b' })
    const [a, b] = sent()
    await says({ id: b.id, type: 'reply', payload: 2 })
    expect([await outcome(first), await second]).toEqual(['pending', 2])
    await says({ id: a.id, type: 'reply' })
    expect(await first).toBe(undefined)
  })

  it('rejects with REQUEST_FAILED and what the server said', async () => {
    const { requests, sent, says } = await openRequests()
    const user = requests.request({ type: 'user' })
    await says({ id: sent()[0].id, type: 'error', payload: { code: 42 } })
    await expect(user).rejects.toMatchObject({ code: 'REQUEST_FAILED', cause: { code: 42 } })
  })

  it('has an id that no other has: of this socket or another, these requests or those that came after', async () => {
    const { requests, socket, sent } = await openRequests()
    const other = await openRequests()
    void requests.request({ type: 'a' })
    void requests.request({ type: 'a' })
    requests.dispose()
    const again = createRequests(socket)
    void again.request({ type: 'a' })
    void other.requests.request({ type: 'a' })
    const receipts = [socket.send({}), other.socket.send({})]
    const ids = [...sent(), ...other.sent()].flatMap(({ id, type }) => (type === 'a' ? String(id) : []))
    expect(new Set([...ids, ...receipts.map(({ id }) => id)]).size).toBe(6)
    expect(ids.map((id) => [socket.id, other.socket.id].some((begin) => id.startsWith(begin)))).not.toContain(
      false,
    )
  })

  it('waits for the connection, behind what was sent before it', async () => {
    const { requests, socket, settle, sent } = requestRig()
    socket.send('before')
    void requests.request({ type: 'user' })
    socket.connect()
    await settle()
    expect(sent()).toEqual(['before', expect.objectContaining({ type: 'user' })])
  })

  it('keeps its id where messages are confirmed, and is no message of the app', async () => {
    const refusing = {
      '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) },
    } as const
    const codec = json({ outgoing: refusing, incoming: refusing })
    const queue = offlineQueue({ confirm: acks({ isAck: ({ ack }) => ack }) })
    const { socket, server, clock } = rig({ codec, queue })
    const requests = createRequests(socket)
    const told = record(socket, ['message', 'error', 'drop'])
    socket.connect()
    await clock.advance(0)
    const answer = requests.request({ type: 'user' })
    const { id } = JSON.parse(String(server.latest.sent[0]))
    server.latest.send(JSON.stringify({ ack: id }))
    server.latest.send(JSON.stringify({ id, type: 'reply', payload: 1 }))
    await clock.advance(0)
    expect(await answer).toBe(1)
    expect([socket.queue.get().unconfirmed, told]).toEqual([0, []])
  })

  it('is paced like any other message', async () => {
    const { requests, server, clock } = await openRequests({
      server: { buffered: 'manual' },
      highWaterMark: 10,
    })
    void requests.request({ type: 'a' })
    void requests.request({ type: 'b' })
    expect(server.latest.sent).toHaveLength(1)
    server.latest.drain()
    await clock.advance(100)
    expect(server.latest.sent).toHaveLength(2)
  })

  it('rejects with ENCODE where the codec takes no objects', async () => {
    const socket = createSocket('ws://memory.test/')
    expect(await outcome(createRequests(socket).request({ type: 'a' }))).toBe('ENCODE')
  })

  it('throws INVALID_OPTION at once for what it cannot be', async () => {
    const { requests, sent } = await openRequests()
    const wrong = [
      () => requests.request({} as never),
      () => requests.request(undefined as never),
      () => requests.request({ type: 'a' }, { timeout: -1 }),
      () => requests.request({ type: 'a' }, { retry: 'yes' as never }),
      () => requests.request({ type: 'a' }, { signal: {} as never }),
      () => requests.request({ type: 'a' }, { ttl: 1 } as never),
      () => requests.stream({ type: 'a' }, { buffer: 0 }),
      () => requests.stream({} as never),
      () => requests.batch([]),
      () => requests.notify({} as never),
    ]
    for (const call of wrong) expect(call).toThrow(thrown('INVALID_OPTION'))
    expect(sent()).toEqual([])
    const { socket } = requestRig()
    expect(() => createRequests(socket, { protocol: {} as Protocol })).toThrow(thrown('INVALID_OPTION'))
    expect(() => createRequests(socket, { timeout: 'x' as never })).toThrow(thrown('INVALID_OPTION'))
    expect(() => createRequests(socket, { retry: -1 })).toThrow(thrown('INVALID_OPTION'))
  })

  it('notify() says something that wants no answer, and gives the receipt', async () => {
    const { requests, sent, clock } = await openRequests()
    const receipt = requests.notify({ type: 'seen', payload: 3 })
    expect([sent(), receipt.status, clock.timers]).toEqual([[{ type: 'seen', payload: 3 }], 'sent', 0])
  })
})

describe('an answer', () => {
  it('B95 that comes twice, or to no request, is told to nobody and harms nothing', async () => {
    const { requests, socket, sent, says } = await openRequests()
    const told = record(socket, ['message', 'error'])
    const user = requests.request({ type: 'user' })
    const [{ id }] = sent()
    await says(
      { id: 'of-another-page-r1', type: 'reply', payload: 0 },
      { id, type: 'reply', payload: 1 },
      { id, type: 'reply', payload: 2 },
      { id, type: 'error', payload: 3 },
      { id, type: 'next', payload: 4 },
      { id, type: 'complete' },
    )
    expect([await user, told, sent()]).toEqual([1, [], [expect.objectContaining({ id })]])
  })

  it('has an id like those of requests: messages of the app with ids and types of their own go to the app', async () => {
    const { handle, socket, says, sent } = await openRequests()
    handle('known', () => 1)
    const messages = tape(socket, 'message')
    const own = ['reply', 'error', 'next', 'complete', 'cancel', 'chat', 'constructor'].flatMap((type) => [
      { id: 7, type, payload: 1 },
      { id: 'room-1', type, payload: 1 },
    ])
    await says(...own)
    expect([messages, sent()]).toEqual([own, []])
  })

  it('B95 B99 of another shape is the app’s, whatever it is', async () => {
    const { requests, socket, says } = await openRequests()
    const user = requests.request({ type: 'user' })
    const messages = tape(socket, 'message')
    const errors = tape(socket, 'error')
    const odd = [null, 1, 'text', [], {}, { id: 1 }, { id: 1, type: 2 }, { type: 'reply' }, { type: 'error' }]
    const odder = [
      { id: {}, type: 'reply' },
      { id: null, type: 'reply' },
      { id: true, type: 'a' },
      [{ id: 1 }],
    ]
    await says(...([...odd, ...odder] as object[]))
    expect(messages).toEqual([...odd, ...odder])
    expect([errors, await outcome(user)]).toEqual([[], 'pending'])
  })

  it('in parts: the first is the answer to request(), and the others are taken back', async () => {
    const { requests, sent, says } = await openRequests()
    const user = requests.request({ type: 'user' })
    const [{ id }] = sent()
    await says({ id, type: 'next', payload: 1 }, { id, type: 'next', payload: 2 }, { id, type: 'complete' })
    expect(await user).toBe(1)
    expect(sent().slice(1)).toEqual([{ id, type: 'cancel' }])
  })

  it('in no parts at all is undefined', async () => {
    const { requests, sent, says } = await openRequests()
    const user = requests.request({ type: 'user' })
    await says({ id: sent()[0].id, type: 'complete' })
    expect(await user).toBe(undefined)
  })
})

describe('the timeout', () => {
  it('B94 counts from the call, whatever the connection does, and nothing is sent any more', async () => {
    const { requests, socket, server, clock, settle } = requestRig({ server: { mode: 'refuse' } })
    const user = requests.request({ type: 'user' }, { timeout: 1_000 })
    await clock.advance(400)
    socket.connect()
    await clock.advance(599)
    expect(await outcome(user)).toBe('pending')
    await clock.advance(1)
    expect(await outcome(user)).toBe('REQUEST_TIMEOUT')
    server.mode = 'accept'
    await clock.advance(1_000)
    await settle()
    expect(server.latest.sent).toEqual([])
  })

  it('takes back what is on its way', async () => {
    const { requests, clock, sent } = await openRequests({ requests: { timeout: 500 } })
    const user = requests.request({ type: 'user' })
    await clock.advance(500)
    expect(await outcome(user)).toBe('REQUEST_TIMEOUT')
    expect(sent()[1]).toEqual({ id: sent()[0].id, type: 'cancel' })
  })

  it('is thirty seconds unless it is said, and one timer serves all', async () => {
    const { requests, clock, sent, says } = await openRequests()
    const late = requests.request({ type: 'a' }, { timeout: 40_000 })
    const usual = requests.request({ type: 'a' })
    const early = requests.request({ type: 'a' }, { timeout: 10 })
    const never = requests.request({ type: 'a' }, { timeout: Infinity })
    expect(clock.timers).toBe(1)
    const all = async () => Promise.all([early, usual, late, never].map(outcome))
    await clock.advance(10)
    expect(await all()).toEqual(['REQUEST_TIMEOUT', 'pending', 'pending', 'pending'])
    await clock.advance(29_990)
    expect(await all()).toEqual(['REQUEST_TIMEOUT', 'REQUEST_TIMEOUT', 'pending', 'pending'])
    await clock.advance(10_000)
    expect(await all()).toEqual(['REQUEST_TIMEOUT', 'REQUEST_TIMEOUT', 'REQUEST_TIMEOUT', 'pending'])
    expect(clock.timers).toBe(0)
    await says({ id: sent()[3].id, type: 'reply', payload: 1 })
    expect(await never).toBe(1)
  })

  it('leaves no timer once nothing is pending', async () => {
    const { requests, clock, sent, says } = await openRequests()
    const users = [requests.request({ type: 'a' }), requests.request({ type: 'b' })]
    await says({ id: sent()[0].id, type: 'reply' })
    expect(clock.timers).toBe(1)
    await says({ id: sent()[1].id, type: 'reply' })
    await Promise.all(users)
    await macrotask()
    expect(clock.timers).toBe(0)
  })

  it('holds though the clock is set back, and for months', async () => {
    const { requests, clock } = await openRequests()
    const users = [
      requests.request({ type: 'a' }, { timeout: 1_000 }),
      requests.request({ type: 'a' }, { timeout: 2_000 }),
      requests.request({ type: 'a' }, { timeout: 2 ** 31 }),
    ]
    const all = () => Promise.all(users.map(outcome))
    clock.setNow(0)
    await clock.advance(1_000)
    expect(await all()).toEqual(['REQUEST_TIMEOUT', 'pending', 'pending'])
    await clock.advance(1_000)
    expect(await all()).toEqual(['REQUEST_TIMEOUT', 'REQUEST_TIMEOUT', 'pending'])
    await clock.advance(2 ** 31)
    await clock.advance(2 ** 31)
    expect(await all()).toEqual(['REQUEST_TIMEOUT', 'REQUEST_TIMEOUT', 'REQUEST_TIMEOUT'])
  })
})

describe('the timeout, where the clock is set back', () => {
  it('holds for what was asked before, when something is asked after', async () => {
    const { requests, clock } = await openRequests()
    const before = requests.request({ type: 'a' }, { timeout: 2_000 })
    clock.setNow(-3_600_000)
    const after = requests.request({ type: 'a' }, { timeout: 1_000 })
    await clock.advance(1_000)
    expect([await outcome(before), await outcome(after)]).toEqual(['pending', 'REQUEST_TIMEOUT'])
    await clock.advance(2_000)
    expect(await outcome(before)).toBe('REQUEST_TIMEOUT')
  })
})

describe('an abort', () => {
  it('B93 takes what waits from the queue: it is never sent', async () => {
    const { requests, socket, settle, sent } = requestRig()
    const { signal, attached, abort } = watched()
    const user = requests.request({ type: 'user' }, { signal })
    expect(socket.queue.get().messages).toBe(1)
    abort('enough')
    await expect(user).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' })
    expect([socket.queue.get().messages, attached.size]).toEqual([0, 0])
    socket.connect()
    await settle()
    expect(sent()).toEqual([])
  })

  it('B93 tells the server of what is on its way, and ignores the late answer', async () => {
    const { requests, socket, clock, sent, says } = await openRequests()
    const { signal, attached, abort } = watched()
    const told = record(socket, ['message', 'error', 'drop'])
    const user = requests.request({ type: 'user' }, { signal })
    const [{ id }] = sent()
    abort()
    expect(await outcome(user)).toBe('ABORTED')
    expect(sent()[1]).toEqual({ id, type: 'cancel' })
    await says({ id, type: 'reply', payload: 1 })
    expect([await outcome(user), told, attached.size, clock.timers]).toEqual(['ABORTED', [], 0, 0])
  })

  it('B93 that came before sends nothing', async () => {
    const { requests, socket, sent } = await openRequests()
    const { signal, attached, abort } = watched()
    abort('early')
    const drops = tape(socket, 'drop')
    await expect(requests.request({ type: 'user' }, { signal })).rejects.toMatchObject({
      code: 'ABORTED',
      cause: 'early',
    })
    expect([sent(), drops, attached.size]).toEqual([[], [], 0])
  })

  it('B93 that comes in the midst of send() counts as well', async () => {
    const queue = offlineQueue({ maxMessages: 1, overflow: 'drop-oldest' })
    const { requests, socket, settle, sent } = requestRig({ queue })
    const { signal, abort } = watched()
    socket.send('older')
    const off = socket.on('drop', () => abort())
    const user = requests.request({ type: 'user' }, { signal })
    off()
    expect(await outcome(user)).toBe('ABORTED')
    socket.connect()
    await settle()
    expect(sent()).toEqual([])
  })

  it.each(['reply', 'error'])('leaves nothing attached to the signal after a %s', async (type) => {
    const { requests, sent, says } = await openRequests()
    const { signal, attached, abort } = watched()
    const user = requests.request({ type: 'user' }, { signal })
    expect(attached.size).toBe(1)
    await says({ id: sent()[0].id, type })
    expect([(await outcome(user)) !== 'pending', attached.size]).toEqual([true, 0])
    abort()
    expect(sent()).toHaveLength(1)
  })
})

describe('dispose()', () => {
  it('rejects what is pending and what comes later with ABORTED, and leaves the socket as it was', async () => {
    const { requests, socket, sent, says, clock } = await openRequests()
    const { signal, attached } = watched()
    const pending = requests.request({ type: 'user' }, { signal })
    const [{ id }] = sent()
    requests.dispose()
    expect([await outcome(pending), await outcome(requests.request({ type: 'user' }))]).toEqual([
      'ABORTED',
      'ABORTED',
    ])
    const messages = tape(socket, 'message')
    await says({ id, type: 'reply', payload: 1 })
    expect(messages).toEqual([{ id, type: 'reply', payload: 1 }])
    expect([clock.timers, attached.size]).toEqual([0, 0])
    requests.dispose()
  })

  it('leaves nothing on a connection that goes on', async () => {
    const { socket } = await openRequests()
    const signals: AbortSignal[] = []
    socket.use({ name: 'test', handshake: ({ signal }) => void signals.push(signal) })
    for (let n = 0; n < 20; n++) createRequests(socket).dispose()
    expect(signals.map((signal) => getEventListeners(signal, 'abort').length)).toEqual([0])
  })

  it('takes back what waits', async () => {
    const { requests, socket, settle, sent } = requestRig()
    const pending = requests.request({ type: 'user' })
    requests.dispose()
    expect(await outcome(pending)).toBe('ABORTED')
    socket.connect()
    await settle()
    expect(sent()).toEqual([])
  })
})
