// acks and pongs: what they take, and how a message gets its id.
import { runInNewContext } from 'node:vm'
import { describe, expect, it, vi } from 'vitest'
import { acks, createSocket, heartbeat, offlineQueue, pongs } from '../../src'
import type { Confirmer } from '../../src/queue/confirmer'
import { Message } from '../../src/queue/message'
import type { Confirmation } from '../../src/types'
import { thrown } from './support'

const isAck = () => undefined
const owner = { prefix: 'made-', confirms: true, stores: false, cancel: () => false }

/** Begins it as a socket does. Messages are numbered from 1, and what is made of them begins with made-. */
function begin(confirmation: Confirmation) {
  const confirmed: string[] = []
  const goOn = vi.fn()
  const pings: (() => void)[] = []
  const confirmer: Confirmer = confirmation.begin({
    limits: { messages: 8, bytes: 1_000 },
    prefix: () => 'made-',
    findSent: () => undefined,
    head: () => undefined,
    confirmed: (message: Message) => {
      message.markConfirmed()
      confirmed.push(message.id)
    },
    goOn,
    ping: (answered: () => void) => pings.push(answered),
  })
  let sequence = 0
  return {
    confirmer,
    confirmed,
    goOn,
    pings,
    send(message: unknown = {}) {
      confirmer.encode(message, ++sequence, copying())
      const sent = new Message(owner, confirmer.id, 'data', 4)
      sent.markSent()
      confirmer.add(sent)
      return sent
    },
  }
}

/** A codec that has no shorter way than a copy of the message. */
function copying() {
  const codec = {
    encoded: undefined as unknown,
    encode(message: unknown) {
      codec.encoded = message
      return 'frame'
    },
    encodeWith: () => undefined,
    name: 'copying',
    decode: (data: unknown) => data,
  }
  return codec
}

function stamp(confirmation: Confirmation, message: unknown): unknown {
  const codec = copying()
  begin(confirmation).confirmer.encode(message, 1, codec)
  return codec.encoded
}

describe('acks', () => {
  it('puts the id into the field id, unless another is named', () => {
    expect(stamp(acks({ isAck }), { text: 'hi' })).toEqual({ text: 'hi', id: 'made-1' })
    expect(stamp(acks({ id: 'key', isAck }), { text: 'hi' })).toEqual({ text: 'hi', key: 'made-1' })
  })

  it('B83 leaves the message of the app as it is', () => {
    const message = Object.freeze({ text: 'hi' })
    stamp(acks({ isAck }), message)
    expect(message).toEqual({ text: 'hi' })
  })

  it.each(['mine', 7, 0])('leaves a message alone that has an id of its own: %j', (id) => {
    const message = { id, text: 'hi' }
    expect(stamp(acks({ isAck }), message)).toBe(message)
  })

  it.each([undefined, null])('takes %s for no id', (id) => {
    expect(stamp(acks({ isAck }), { id })).toEqual({ id: 'made-1' })
  })

  it.each(['', true, {}, [], 1n, Symbol('id')])(
    'refuses an id that is neither a number nor text that is not empty: %o',
    (id) => {
      expect(() => stamp(acks({ isAck }), { id })).toThrow(
        /id must be a number or a string that is not empty/,
      )
    },
  )

  it.each([
    ['of this realm', {}],
    ['without a prototype', Object.create(null)],
    ['of another realm', runInNewContext('({})')],
  ])('takes a plain object %s', (_, message) => {
    expect(stamp(acks({ isAck }), message)).toEqual({ id: 'made-1' })
  })

  it.each([
    ['text', 'hi'],
    ['a number', 7],
    ['null', null],
    ['nothing', undefined],
    ['a list', [1]],
    ['a list of another realm', runInNewContext('[1]')],
    ['an object of a class', new (class Chat {})()],
    ['a Map', new Map()],
    ['a Date', new Date()],
    ['a buffer', new ArrayBuffer(1)],
    ['a view', new Uint8Array(1)],
    ['a Blob', new Blob(['a'])],
    ['a function', () => {}],
  ])('refuses %s, and says what to do', (_, message) => {
    expect(() => stamp(acks({ isAck }), message)).toThrow(/plain object.*give id as a function/)
  })

  it('asks a function for the message with the id in it, whatever the message is', () => {
    const prefixed = acks({ id: (message, id) => `${id}:${message}`, isAck })
    expect(stamp(prefixed, 'hi')).toBe('made-1:hi')
    expect(begin(prefixed).send('hi').id).toBe('made-1')
  })

  it('knows each message by the id that is in it', () => {
    const t = begin(acks({ isAck }))
    expect([{}, { id: 'mine' }, { id: 7 }, {}].map((message) => t.send(message).id)).toEqual([
      'made-1',
      'mine',
      '7',
      'made-4',
    ])
  })

  it('keeps acks from the listeners, unless it is to deliver them; and looks for room after each', () => {
    for (const deliver of [false, true]) {
      const t = begin(acks({ isAck: ({ ack }) => ack, deliver }))
      t.send({ id: 'a' })
      expect(t.confirmer.receive({ ack: 'a' })).toBe(!deliver)
      expect(t.confirmer.receive({})).toBe(false)
      expect([t.confirmed, t.goOn.mock.calls.length]).toEqual([['a'], 1])
    }
  })

  it('B84 blames the largest, in bytes, of very many, whatever is kept of it', () => {
    const { confirmer } = begin(acks({ isAck }))
    const text = (data: string) => new Message(owner, data, data, data.length)
    const [long, wide, once] = [text('xxxx'), text('€€'), new Message(owner, 1, undefined, 7)]
    expect(confirmer.blame([])).toBeUndefined()
    expect(confirmer.blame([long, wide])).toBe(wide)
    expect(confirmer.blame([once, long, wide])).toBe(once)
    expect(confirmer.blame([...Array<Message>(500_000).fill(long), wide])).toBe(wide)
  })

  it('B77 asks for no pings, and lets pongs prove nothing', () => {
    const t = begin(acks({ isAck }))
    t.send()
    expect([t.pings, t.confirmer.mark()]).toEqual([[], undefined])
  })

  it.each([
    ['nothing at all', undefined],
    ['no isAck', {}],
    ['an isAck that is no function', { isAck: 'ack' }],
    ['a field without a name', { id: '', isAck }],
    ['an id that is neither', { id: 1, isAck }],
    ['a deliver that is neither', { isAck, deliver: 'yes' }],
    ['an option that nobody knows', { isAck, ttl: 1 }],
  ])('refuses %s with INVALID_OPTION', (_, options) => {
    expect(() => acks(options as never)).toThrow(thrown('INVALID_OPTION', 'acks'))
  })
})

describe('pongs', () => {
  it('puts no id into anything, unless a field or a function is given', () => {
    const message = { text: 'hi' }
    expect([stamp(pongs(), message), stamp(pongs({}), 'hi')]).toEqual([message, 'hi'])
    expect(begin(pongs()).send({ id: 'mine' }).id).toBe('made-1')
    expect(stamp(pongs({ id: 'key' }), {})).toEqual({ key: 'made-1' })
    expect(stamp(pongs({ id: (message, id) => [id, message] }), 'hi')).toEqual(['made-1', 'hi'])
  })

  it('B77 asks once for all that went out, and again for what went out since, once that was answered', () => {
    const t = begin(pongs())
    const messages = [t.send(), t.send()]
    expect(t.pings).toHaveLength(1)
    const proven = t.confirmer.mark()
    messages.push(t.send())
    proven?.()
    t.pings[0]?.()
    expect(messages.map(({ status }) => status)).toEqual(['confirmed', 'confirmed', 'sent'])
    expect(t.pings).toHaveLength(2)
    t.confirmer.mark()?.()
    t.pings[1]?.()
    expect([t.confirmer.messages, t.pings.length]).toEqual([0, 2])
  })

  it('B77 asks anew after the end of a connection, though nothing was answered', () => {
    const t = begin(pongs())
    const message = t.send()
    expect(t.confirmer.takeAll()).toEqual([message])
    t.send()
    expect(t.pings).toHaveLength(2)
  })

  it.each([{ id: '' }, { id: 7 }, { isAck }])('refuses %o with INVALID_OPTION', (options) => {
    expect(() => pongs(options as never)).toThrow(thrown('INVALID_OPTION', 'pongs'))
  })
})

describe('offlineQueue', () => {
  it('has nothing that confirms, unless it is given', () => {
    const confirm = pongs()
    expect([offlineQueue().confirm, offlineQueue({ confirm }).confirm]).toEqual([undefined, confirm])
  })

  it('B78 has a window of 1 024 messages and 1 MiB, each of which may be given alone', () => {
    expect(offlineQueue().window).toEqual({ messages: 1_024, bytes: 1_048_576 })
    expect(offlineQueue({ window: { messages: 2 } }).window).toEqual({ messages: 2, bytes: 1_048_576 })
    expect(offlineQueue({ window: { bytes: 9 } }).window).toEqual({ messages: 1_024, bytes: 9 })
  })

  it.each([
    ['a word for a confirmation', { confirm: 'acks' }],
    ['an object for a confirmation', { confirm: {} }],
    ['a function', { confirm: acks }],
    ['a window of nothing', { window: { messages: 0 } }],
    ['a window of less', { window: { bytes: -1 } }],
    ['a window that is a number', { window: 8 }],
    ['a limit that nobody knows', { window: { rows: 8 } }],
    ['a recover of no kind', { recover: 'sometimes' }],
  ])('refuses %s with INVALID_OPTION', (_, options) => {
    expect(() => offlineQueue(options as never)).toThrow(thrown('INVALID_OPTION', 'offlineQueue'))
  })

  it('wants a heartbeat for pongs', () => {
    const url = 'ws://memory.test/'
    const queue = offlineQueue({ confirm: pongs() })
    expect(() => createSocket(url, { queue })).toThrow(thrown('INVALID_OPTION', 'heartbeat'))
    expect(() => createSocket(url, { queue, heartbeat: heartbeat() })).not.toThrow()
    expect(() => createSocket(url, { queue: offlineQueue({ confirm: acks({ isAck }) }) })).not.toThrow()
  })
})
