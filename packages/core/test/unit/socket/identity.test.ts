// Whose messages these are: what is queued as one is never sent as another.
import { describe, expect, it } from 'vitest'
import { acks, json, offlineQueue, rotation } from '../../../src'
import type { OfflineQueueOptions } from '../../../src/queue/offline-queue'
import { openRig, outcome, rig, tape } from './support'

/** A user who can be another one later. */
function signedIn(user: string | undefined, queue: OfflineQueueOptions = {}) {
  const session = { user }
  return { session, queue: offlineQueue({ ...queue, identity: () => session.user }) }
}

describe('an identity', () => {
  it('B91 that changed while nothing was connected keeps back what was queued before, and sends it to its own', async () => {
    const { session, queue } = signedIn('ann')
    const { socket, clock, server } = rig({ queue })
    const ofAnn = socket.send('of ann')
    session.user = 'ben'
    socket.send('of ben')
    socket.connect()
    await clock.advance(100)
    expect(server.latest.sent).toEqual(['of ben'])
    expect(ofAnn.status).toBe('queued')
    session.user = 'ann'
    socket.reconnect()
    await clock.advance(100)
    expect(server.latest.sent).toEqual(['of ann'])
    expect(await outcome(ofAnn.sent)).toBe('resolved')
  })

  it('B91 that changed before an attempt is noticed by it', async () => {
    const { session, queue } = signedIn('ann')
    const { socket, clock, server } = rig({ queue, server: { mode: 'refuse' }, retryDelay: () => 100 })
    socket.connect()
    socket.send('of ann')
    await clock.advance(50)
    session.user = 'ben'
    server.mode = 'accept'
    await clock.advance(200)
    expect(server.latest.sent).toEqual([])
    expect(socket.queue.get().messages).toBe(1)
  })

  it('B91 that changed on an open connection makes the next send() begin a new one', async () => {
    const { session, queue } = signedIn('ann')
    const { socket, clock, server } = await openRig({ queue })
    socket.send('of ann')
    session.user = 'ben'
    const receipt = socket.send('of ben')
    expect(receipt.status).toBe('queued')
    await clock.advance(100)
    expect(server.connections.map(({ sent }) => sent)).toEqual([['of ann'], ['of ben']])
    expect(server.live).toBe(1)
  })

  it('B91 that changed while connecting begins anew', async () => {
    const { session, queue } = signedIn('ann')
    const { socket, clock, server } = rig({ queue, server: { mode: 'ignore' } })
    socket.connect()
    await clock.advance(10)
    session.user = 'ben'
    server.mode = 'accept'
    socket.send('of ben')
    await clock.advance(100)
    expect(server.latest.sent).toEqual(['of ben'])
    expect(server.live).toBe(1)
  })

  it('B91 that changed during an attempt is noticed before anything goes out on what it led to', async () => {
    const { session, queue } = signedIn('ann')
    const { socket, clock, server } = rig({
      queue,
      // The token may be the next user's already.
      onHandshake: () => {
        if (server.connections.length === 1) session.user = 'ben'
      },
    })
    const ofAnn = socket.send('of ann')
    socket.connect()
    await clock.advance(100)
    expect(server.connections.map(({ sent }) => sent)).toEqual([[], []])
    expect([ofAnn.status, server.live]).toEqual(['queued', 1])
    session.user = 'ann'
    socket.reconnect()
    await clock.advance(100)
    expect(server.latest.sent).toEqual(['of ann'])
  })

  it('B91 that changed during a rotation is noticed before anything goes out on the second connection', async () => {
    const { session, queue } = signedIn('ann')
    const { socket, clock, server } = await openRig({ queue, rotation: rotation() })
    server.mode = 'ignore'
    socket.rotate()
    await clock.advance(10)
    session.user = 'ben'
    server.mode = 'accept'
    server.latest.accept()
    await clock.advance(10_000)
    expect(server.live).toBe(1)
    expect(server.connections).toHaveLength(3)
  })

  it('B91 keeps what was unconfirmed for its own connections, where an ack of a later one still counts', async () => {
    const { session, queue } = signedIn('ann', { confirm: acks({ isAck: (message) => message.ack }) })
    const { socket, clock, server } = await openRig({ queue, codec: json() })
    const ofAnn = socket.send({ id: 'a1' })
    session.user = 'ben'
    socket.send({ id: 'b1' })
    await clock.advance(100)
    expect(server.latest.sent).toEqual(['{"id":"b1"}'])
    session.user = 'ann'
    socket.reconnect()
    await clock.advance(100)
    expect(server.latest.sent).toEqual(['{"id":"a1"}'])
    server.latest.send('{"ack":"a1"}')
    await clock.advance(0)
    expect(ofAnn.status).toBe('confirmed')
  })

  it('B91 that is nobody is one of its own', async () => {
    const { session, queue } = signedIn(undefined)
    const { socket, clock, server } = rig({ queue })
    socket.send('of nobody')
    session.user = 'ann'
    socket.connect()
    await clock.advance(100)
    expect(server.latest.sent).toEqual([])
    session.user = undefined
    socket.reconnect()
    await clock.advance(100)
    expect(server.latest.sent).toEqual(['of nobody'])
  })

  it('may be a plain string, too', async () => {
    const { socket, clock, server } = rig({ queue: offlineQueue({ identity: 'ann' }) })
    socket.send('of ann')
    socket.connect()
    await clock.advance(100)
    expect(server.latest.sent).toEqual(['of ann'])
  })

  it('that cannot be told stays what it was, which is an error', async () => {
    let isBroken = false
    const queue = offlineQueue({
      identity: () => {
        if (isBroken) throw new Error('no storage')
        return 'ann'
      },
    })
    const { socket, server } = await openRig({ queue })
    const errors = tape(socket, 'error')
    isBroken = true
    socket.send('of ann')
    expect(server.latest.sent).toEqual(['of ann'])
    expect(errors).toMatchObject([{ code: 'PROVIDER' }])
  })
})

describe('what waits for another identity', () => {
  it('B72 counts: all together are no more than may wait', () => {
    const { session, queue } = signedIn('ann', { maxMessages: 3, overflow: 'drop-oldest' })
    const { socket } = rig({ queue })
    const drops = tape(socket, 'drop')
    for (const user of ['ann', 'ben']) {
      session.user = user
      socket.send(`${user} 1`)
      socket.send(`${user} 2`)
    }
    expect(drops.map(({ data, error }) => [data, error.code])).toEqual([['ann 1', 'QUEUE_FULL']])
    expect(socket.queue.get()).toMatchObject({ messages: 3, bytes: 15 })
  })

  it('B80 expires while another identity is in use', async () => {
    const { session, queue } = signedIn('ann', { ttl: 1_000 })
    const { socket, clock } = rig({ queue })
    const ofAnn = socket.send('of ann')
    session.user = 'ben'
    socket.connect()
    await clock.advance(2_000)
    expect(await outcome(ofAnn.sent)).toBe('EXPIRED')
  })

  it('can be taken back, by cancel() and by its signal', async () => {
    const { session, queue } = signedIn('ann')
    const { socket, clock, server } = rig({ queue })
    const abort = new AbortController()
    const cancelled = socket.send('a')
    const aborted = socket.send('b', { signal: abort.signal })
    session.user = 'ben'
    socket.connect()
    await clock.advance(10)
    abort.abort()
    expect([cancelled.cancel(), await outcome(aborted.sent)]).toEqual([true, 'ABORTED'])
    session.user = 'ann'
    socket.reconnect()
    await clock.advance(100)
    expect(server.latest.sent).toEqual([])
  })

  it('B79 is dropped with the socket that is disposed', async () => {
    const { session, queue } = signedIn('ann')
    const { socket } = rig({ queue })
    const ofAnn = socket.send('of ann')
    session.user = 'ben'
    socket.send('of ben')
    await socket[Symbol.asyncDispose]()
    expect(await outcome(ofAnn.sent)).toBe('CLOSED')
  })

  it('is not waited for by drained()', async () => {
    const { session, queue } = signedIn('ann')
    const { socket, clock } = rig({ queue })
    socket.send('of ann')
    session.user = 'ben'
    socket.send('of ben')
    socket.connect()
    await clock.advance(10)
    expect(await outcome(socket.queue.drained())).toBe('resolved')
  })

  it('B77 what was handed over on the connection before is told as uncertain with its close', async () => {
    const { session, queue } = signedIn('ann')
    const { socket, clock } = await openRig({ queue })
    const closes = tape(socket, 'close')
    socket.send('of ann')
    session.user = 'ben'
    socket.send('of ben')
    await clock.advance(10)
    expect(closes).toMatchObject([{ uncertain: { messages: 1, bytes: 6 } }])
  })

  it('B92 is cleared by one call with its name, and nothing else is', async () => {
    const { session, queue } = signedIn('ann')
    const { socket, clock, server } = rig({ queue })
    const ofAnn = socket.send('of ann')
    session.user = 'ben'
    const ofBen = socket.send('of ben')
    socket.queue.clear({ identity: 'ann' })
    expect([await outcome(ofAnn.sent), ofBen.status]).toEqual(['CLEARED', 'queued'])
    session.user = 'ann'
    socket.connect()
    await clock.advance(100)
    expect(server.latest.sent).toEqual([])
  })

  it('B92 is left alone by a clear() of what waits now', async () => {
    const { session, queue } = signedIn('ann')
    const { socket } = rig({ queue })
    const ofAnn = socket.send('of ann')
    session.user = 'ben'
    const ofBen = socket.send('of ben')
    socket.queue.clear()
    expect([ofAnn.status, await outcome(ofBen.sent)]).toEqual(['queued', 'CLEARED'])
  })
})
