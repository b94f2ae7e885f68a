// A store behind the queue: what is kept, when, and what happens while another sender with the same store sends.
import { describe, expect, it } from 'vitest'
import { acks, json, offlineQueue } from '../../../src'
import { storeOf } from '../../../src/queue/keeper'
import type { OfflineQueueOptions } from '../../../src/queue/offline-queue'
import type { QueueStore, QueueStoreHost, StoredMessage } from '../../../src/queue/store'
import { memoryStore } from '../../../src/testing'
import { openRig, outcome, rig, tape } from './support'

/** A store that the test plays: it notes what is asked of it, and says what the test has it say. */
function played() {
  const said: string[] = []
  const hosts: QueueStoreHost[] = []
  const store = storeOf((host) => {
    hosts.push(host)
    said.push(`begin ${host.identity} ${host.kept.join()}`.trim())
    return {
      put: ({ id, data }) => void said.push(`put ${data} ${id}`),
      remove: (id, how) => void said.push(`remove ${id} ${how}`),
      // It is told at each change of the state.
      stand: (ready) => void (said.at(-1) === `stand ${ready}` || said.push(`stand ${ready}`)),
      clear: () => void said.push('clear'),
      stop: () => void said.push('stop'),
    }
  })
  return {
    store,
    said,
    hosts,
    get host() {
      return hosts.at(-1) as QueueStoreHost
    },
  }
}

const row = (data: string, id = `row-${data}`): StoredMessage => ({
  id,
  data,
  expiresAt: undefined,
  key: undefined,
  wasSent: false,
})

async function open(queue: OfflineQueueOptions = {}) {
  const shelf = played()
  const made = await openRig({ queue: offlineQueue({ store: shelf.store, ...queue }) })
  return { ...made, shelf }
}

describe('a store', () => {
  it('is opened by connect(), and neither by createSocket nor by send()', async () => {
    const shelf = played()
    const { socket, clock } = rig({ queue: offlineQueue({ store: shelf.store }) })
    const receipt = socket.send('a')
    await clock.advance(1_000)
    expect(shelf.said).toEqual([])
    socket.connect()
    expect(shelf.said).toEqual(['begin undefined', `put a ${receipt.id}`, 'stand true'])
  })

  it('B90 is let go when the socket is closed, and opened anew with it', async () => {
    const { socket, clock, shelf } = await open()
    const receipt = socket.send('a')
    shelf.host.onStored([receipt.id])
    void socket.close()
    await clock.advance(10)
    expect(shelf.said.at(-1)).toBe('stop')
    socket.connect()
    expect(shelf.said.slice(-2)).toEqual([`begin undefined ${receipt.id}`, 'stand true'])
  })

  it('B90 is given again what it never stored', async () => {
    const { socket, clock, shelf } = await open()
    const receipt = socket.send('a')
    void socket.close()
    await clock.advance(10)
    socket.connect()
    expect(shelf.said.slice(-3)).toEqual(['begin undefined', `put a ${receipt.id}`, 'stand true'])
  })

  it('is told whether this one could send at all', async () => {
    const shelf = played()
    const { socket, clock, server } = rig({
      queue: offlineQueue({ store: shelf.store }),
      server: { mode: 'refuse' },
      retryDelay: () => 100,
      shouldRetry: ({ code }) => code !== 4_404,
    })
    socket.connect()
    await clock.advance(50)
    server.mode = 'accept'
    await clock.advance(100)
    expect(new Set(shelf.said.filter((word) => word.startsWith('stand')))).toEqual(new Set(['stand true']))
  })
})

describe('until it leads', () => {
  it('B88 a sender sends nothing, though it is open', async () => {
    const { socket, clock, server } = await open()
    const receipt = socket.send('a')
    await clock.advance(5_000)
    expect([server.latest.sent, receipt.status]).toEqual([[], 'queued'])
  })

  it('B87 and then what the store holds goes ahead of what was sent since', async () => {
    const { socket, clock, server, shelf } = await open()
    socket.send('new')
    shelf.host.onLead([row('old 1'), row('old 2')])
    await clock.advance(10)
    expect(server.latest.sent).toEqual(['old 1', 'old 2', 'new'])
  })

  it('B87 a row of its own is not taken for another', async () => {
    const { socket, clock, server, shelf } = await open()
    const { id } = socket.send('a')
    shelf.host.onLead([row('old'), row('a', id)])
    await clock.advance(10)
    expect(server.latest.sent).toEqual(['old', 'a'])
  })

  it('B88 rows that others add go out behind what waits', async () => {
    const { socket, clock, server, shelf } = await open()
    shelf.host.onLead([])
    socket.send('mine')
    shelf.host.onRows([row('theirs')])
    await clock.advance(10)
    expect(server.latest.sent).toEqual(['mine', 'theirs'])
  })

  it('B88 another one may have sent a message: its receipt says so', async () => {
    const { socket, clock, server, shelf } = await open()
    const receipt = socket.send('a')
    shelf.host.onDone([receipt.id], 'sent')
    shelf.host.onLead([])
    await clock.advance(10)
    expect([receipt.status, await outcome(receipt.sent), await outcome(receipt.stored)]).toEqual([
      'sent',
      'resolved',
      'resolved',
    ])
    expect(server.latest.sent).toEqual([])
  })

  it('B71 or dropped it, which is told here as well', async () => {
    const { socket, shelf } = await open()
    const drops = tape(socket, 'drop')
    const receipt = socket.send('a')
    shelf.host.onDone([receipt.id], 'dropped')
    expect(await outcome(receipt.sent)).toBe('STORE')
    expect(drops).toMatchObject([{ id: receipt.id, error: { code: 'STORE' } }])
  })
})

describe('once another one leads', () => {
  it('B88 nothing is sent any more, from the next message on', async () => {
    const { socket, clock, server, shelf } = await open()
    shelf.host.onLead([])
    await clock.advance(0)
    socket.send('a')
    shelf.host.onFollow()
    const receipt = socket.send('b')
    await clock.advance(1_000)
    expect([server.latest.sent, receipt.status]).toEqual([['a'], 'queued'])
    shelf.host.onLead([row('b', receipt.id)])
    await clock.advance(10)
    expect(server.latest.sent).toEqual(['a', 'b'])
  })

  it('B88 a new connection sends nothing either', async () => {
    const { socket, clock, server, shelf } = await open()
    shelf.host.onLead([])
    shelf.host.onFollow()
    socket.send('a')
    socket.reconnect()
    await clock.advance(1_000)
    expect(server.latest.sent).toEqual([])
  })

  it('B88 an ack for what this one sent before still counts', async () => {
    const shelf = played()
    const queue = offlineQueue({ store: shelf.store, confirm: acks({ isAck: (message) => message.ack }) })
    const { socket, clock, server } = await openRig({ queue, codec: json() })
    shelf.host.onLead([])
    const receipt = socket.send({ n: 1 })
    shelf.host.onFollow()
    server.latest.send(JSON.stringify({ ack: receipt.id }))
    await clock.advance(0)
    expect(receipt.status).toBe('confirmed')
    expect(shelf.said.at(-1)).toBe(`remove ${receipt.id} sent`)
  })

  it.each([
    ['sent', 'confirmed'],
    ['dropped', 'dropped'],
  ] as const)(
    'B79 what this one sent before may be %s by that one, and is awaited no more',
    async (how, status) => {
      const shelf = played()
      const confirm = acks({ isAck: (message) => message.ack })
      const queue = offlineQueue({ store: shelf.store, confirm, window: { messages: 1 } })
      const { socket, clock } = await openRig({ queue, codec: json() })
      shelf.host.onLead([])
      const receipt = socket.send({ n: 1 })
      shelf.host.onFollow()
      shelf.host.onDone([receipt.id], how)
      await clock.advance(0)
      expect([receipt.status, socket.queue.get().unconfirmed]).toEqual([status, 0])
    },
  )
})

describe('what is kept', () => {
  it('B87 is what waits, until it has left', async () => {
    const { socket, clock, shelf, server } = await open()
    const receipt = socket.send('a')
    expect(shelf.said.at(-1)).toBe(`put a ${receipt.id}`)
    shelf.host.onLead([row('a', receipt.id)])
    await clock.advance(0)
    expect(server.latest.sent).toEqual(['a'])
    expect(shelf.said.at(-1)).toBe(`remove ${receipt.id} sent`)
  })

  it('is nothing of what left at once', async () => {
    const { socket, shelf } = await open()
    shelf.host.onLead([])
    const before = shelf.said.length
    const receipt = socket.send('a')
    expect(receipt.status).toBe('sent')
    expect(shelf.said.slice(before)).toEqual([])
  })

  it('B87 with acks is what is unconfirmed, until it is confirmed', async () => {
    const shelf = played()
    const queue = offlineQueue({ store: shelf.store, confirm: acks({ isAck: (message) => message.ack }) })
    const { socket, clock, server } = await openRig({ queue, codec: json() })
    shelf.host.onLead([])
    const receipt = socket.send({ n: 1 })
    expect(shelf.said.at(-1)).toBe(`put {"id":"${receipt.id}","n":1} ${receipt.id}`)
    server.latest.send(JSON.stringify({ ack: receipt.id }))
    await clock.advance(0)
    expect(shelf.said.at(-1)).toBe(`remove ${receipt.id} sent`)
  })

  it('B87 with acks, a row of another life is confirmed where the server says in the handshake that it has it', async () => {
    const shelf = played()
    const queue = offlineQueue({ store: shelf.store, confirm: acks({ isAck: (message) => message.ack }) })
    const { clock, server } = await openRig({ queue, codec: json() })
    server.latest.send(JSON.stringify({ ack: 'row-1' }))
    await clock.advance(0)
    shelf.host.onLead([row('{"id":"row-1"}', 'row-1'), row('{"id":"row-2"}', 'row-2')])
    server.latest.send(JSON.stringify({ ack: 'row-2' }))
    await clock.advance(0)
    expect(shelf.said.filter((word) => word.startsWith('remove'))).toEqual(['remove row-2 sent'])
  })

  it('B80 is forgotten when it is dropped', async () => {
    const { socket, shelf, clock } = await open({ ttl: 1_000 })
    const expired = socket.send('a')
    const cancelled = socket.send('b')
    cancelled.cancel()
    await clock.advance(2_000)
    expect(shelf.said.filter((word) => word.startsWith('remove'))).toEqual([
      `remove ${cancelled.id} dropped`,
      `remove ${expired.id} dropped`,
    ])
  })

  it('is nothing that was sent with queue: false', async () => {
    const shelf = played()
    const queue = offlineQueue({ store: shelf.store, confirm: acks({ isAck: (message) => message.ack }) })
    const { socket } = await openRig({ queue, codec: json() })
    shelf.host.onLead([])
    socket.send({ n: 1 }, { queue: false })
    expect(shelf.said.filter((word) => word.startsWith('put'))).toEqual([])
  })

  it('B92 is forgotten by clear(), with what others added', async () => {
    const { socket, shelf } = await open()
    const receipt = socket.send('a')
    socket.queue.clear()
    expect(shelf.said.slice(-2)).toEqual([`remove ${receipt.id} dropped`, 'clear'])
  })

  it('B92 of another identity is forgotten by clear({ identity })', async () => {
    const { socket, shelf } = await open({ identity: 'ann' })
    socket.queue.clear({ identity: 'ben' })
    expect(shelf.said.slice(-3)).toEqual(['begin ben', 'clear', 'stop'])
  })

  it('B92 is forgotten by clear() on a closed socket as well', async () => {
    const { socket, clock, shelf } = await open({ identity: 'ann' })
    socket.send('a')
    void socket.close()
    await clock.advance(10)
    socket.queue.clear()
    expect(shelf.said.slice(-3)).toEqual(['begin ann', 'clear', 'stop'])
  })

  it('B80 is forgotten with the next connection where it was taken back while the socket was closed', async () => {
    const { socket, clock, shelf } = await open()
    const receipt = socket.send('a')
    shelf.host.onStored([receipt.id])
    void socket.close()
    await clock.advance(10)
    receipt.cancel()
    socket.connect()
    expect(shelf.said.slice(-3)).toEqual([
      `begin undefined ${receipt.id}`,
      `remove ${receipt.id} dropped`,
      'stand true',
    ])
  })

  it('B91 is forgotten by its own identity where it was taken back while another was in use', async () => {
    let user = 'ann'
    const { socket, clock, shelf } = await open({ identity: () => user })
    const ofAnn = socket.send('of ann')
    shelf.host.onStored([ofAnn.id])
    user = 'ben'
    socket.send('of ben')
    await clock.advance(10)
    ofAnn.cancel()
    expect(shelf.said.filter((word) => word.startsWith('remove'))).toEqual([])
    user = 'ann'
    socket.reconnect()
    await clock.advance(10)
    expect(shelf.said.filter((word) => word.startsWith('remove'))).toEqual([`remove ${ofAnn.id} dropped`])
  })

  it('outlives the disposal of its socket', async () => {
    const { socket, clock, shelf } = await open()
    const receipt = socket.send('a')
    void socket[Symbol.asyncDispose]()
    await clock.advance(10)
    expect(await outcome(receipt.sent)).toBe('CLOSED')
    expect(shelf.said.filter((word) => word.startsWith('remove'))).toEqual([])
  })
})

describe('stored', () => {
  it('B90 resolves once the store says so', async () => {
    const { socket, shelf } = await open()
    const receipt = socket.send('a')
    expect(await outcome(receipt.stored)).toBe('pending')
    shelf.host.onStored([receipt.id])
    expect(await outcome(receipt.stored)).toBe('resolved')
    expect(await outcome(socket.send('b').stored)).toBe('pending')
  })

  it('rejects when the message is dropped', async () => {
    const { socket } = await open()
    const receipt = socket.send('a')
    const { stored } = receipt
    receipt.cancel()
    expect(await outcome(stored)).toBe('CANCELLED')
  })

  it('throws where there is no store', async () => {
    const { socket } = await openRig()
    expect(() => socket.send('a').stored).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})

describe('an identity', () => {
  it('B91 has rows of its own', async () => {
    let user = 'ann'
    const { socket, clock, shelf } = await open({ identity: () => user })
    const ofAnn = socket.send('of ann')
    user = 'ben'
    const ofBen = socket.send('of ben')
    await clock.advance(10)
    expect(shelf.said.filter((word) => !word.startsWith('stand'))).toEqual([
      'begin ann',
      `put of ann ${ofAnn.id}`,
      'stop',
      'begin ben',
      `put of ben ${ofBen.id}`,
    ])
    expect(shelf.said.lastIndexOf('stand true')).toBeGreaterThan(shelf.said.indexOf('begin ben'))
  })
})

describe('over lives', () => {
  const life = (store: QueueStore, more: OfflineQueueOptions = {}) =>
    rig({ queue: offlineQueue({ store, ...more }), server: { mode: 'accept' } })

  it('B87 what waited in one socket is sent by the next, in order, with its ids', async () => {
    const store = memoryStore()
    const first = rig({ queue: offlineQueue({ store }), server: { mode: 'refuse' } })
    first.socket.connect()
    const receipts = ['a', 'b', 'c'].map((text) => first.socket.send(text))
    await first.clock.advance(100)
    expect(await outcome(Promise.all(receipts.map(({ stored }) => stored)))).toBe('resolved')
    const second = life(store)
    second.socket.connect()
    await second.clock.advance(100)
    expect(second.server.latest.sent).toEqual(['a', 'b', 'c'])
    const third = life(store)
    third.socket.connect()
    await third.clock.advance(100)
    expect(third.server.latest.sent).toEqual([])
  })

  it('B87 what was sent and not confirmed is sent again by the next, with the same id', async () => {
    const store = memoryStore()
    const confirm = acks({ isAck: (message) => message.ack })
    const make = () => rig({ queue: offlineQueue({ store, confirm }), codec: json() })
    const first = make()
    first.socket.connect()
    await first.clock.advance(100)
    const receipt = first.socket.send({ n: 1 })
    await first.clock.advance(100)
    expect(first.server.latest.sent).toHaveLength(1)
    const second = make()
    second.socket.connect()
    await second.clock.advance(100)
    expect(second.server.latest.sent).toEqual([`{"id":"${receipt.id}","n":1}`])
    second.server.latest.send(JSON.stringify({ ack: receipt.id }))
    await second.clock.advance(100)
    const third = make()
    third.socket.connect()
    await third.clock.advance(100)
    expect(third.server.latest.sent).toEqual([])
  })

  it('B91 what one user queued is not sent by the next socket as another', async () => {
    const store = memoryStore()
    const first = rig({ queue: offlineQueue({ store, identity: 'ann' }), server: { mode: 'refuse' } })
    first.socket.connect()
    first.socket.send('of ann')
    await first.clock.advance(100)
    const ben = life(store, { identity: 'ben' })
    ben.socket.connect()
    await ben.clock.advance(100)
    expect(ben.server.latest.sent).toEqual([])
    const ann = life(store, { identity: 'ann' })
    ann.socket.connect()
    await ann.clock.advance(100)
    expect(ann.server.latest.sent).toEqual(['of ann'])
  })

  it('B80 what expired in between is dropped, and told', async () => {
    const store = memoryStore()
    const first = rig({ queue: offlineQueue({ store, ttl: 1_000 }), server: { mode: 'refuse' } })
    first.socket.connect()
    first.socket.send('a')
    await first.clock.advance(100)
    const second = life(store)
    const drops = tape(second.socket, 'drop')
    await second.clock.advance(5_000)
    second.socket.connect()
    await second.clock.advance(100)
    expect(second.server.latest.sent).toEqual([])
    expect(drops).toMatchObject([{ data: 'a', error: { code: 'EXPIRED' } }])
  })
})
