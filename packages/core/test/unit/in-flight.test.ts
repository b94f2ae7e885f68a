// The tail after a break: which messages the buffer still held, by what bufferedAmount said.
import { describe, expect, it } from 'vitest'
import { InFlight } from '../../src/queue/in-flight'
import { Message } from '../../src/queue/message'

const owner = { prefix: 'test-', confirms: false, stores: false, cancel: () => false }

/** A transport whose buffer takes `header` bytes more than each payload has. */
function setUp(header = 0) {
  const flight = new InFlight({
    left(message) {
      message.data = undefined
    },
  })
  let buffered = 0
  let sequence = 0
  const hand = (text: string, message: Message | undefined) => {
    const before = buffered
    buffered += text.length + header
    flight.add(message, before, buffered)
  }
  return {
    flight,
    send(...texts: string[]) {
      for (const text of texts) {
        const message = new Message(owner, ++sequence, text, text.length)
        hand(text, message)
        flight.messages++
        flight.bytes += text.length
      }
    },
    control: (text: string) => hand(text, undefined),
    /** Bytes leave, with no sample taken. */
    drain(bytes: number) {
      buffered = Math.max(0, buffered - bytes)
    },
    sample: () => flight.sampled(buffered),
    tail: () => flight.tail().map(({ data }) => data),
  }
}

describe.each([0, 2, 6, 14])('with %i bytes of header to each frame', (header) => {
  it.each([
    ['nothing left', 0, ['aaaa', 'bbbb', 'cccc']],
    ['the first not wholly', 3, ['aaaa', 'bbbb', 'cccc']],
    ['the first left, to the byte', 4 + header, ['bbbb', 'cccc']],
    ['the second not wholly', 7 + 2 * header, ['bbbb', 'cccc']],
    ['two left', 8 + 2 * header, ['cccc']],
    ['the last but for a byte', 11 + 3 * header, ['cccc']],
    ['all left', 12 + 3 * header, []],
  ])('B75 the tail is what the last sample covers, in order: %s', (_, drained, tail) => {
    const t = setUp(header)
    t.send('aaaa', 'bbbb', 'cccc')
    t.drain(drained)
    t.sample()
    expect(t.tail()).toEqual(tail)
  })

  it('B75 what left after the last sample still counts as being there', () => {
    const t = setUp(header)
    t.send('aaaa', 'bbbb')
    t.drain(100)
    expect(t.tail()).toEqual(['aaaa', 'bbbb'])
  })

  it('B75 each send is a sample too', () => {
    const t = setUp(header)
    t.send('aaaa', 'bbbb')
    t.drain(4 + header)
    t.send('cccc')
    expect(t.tail()).toEqual(['bbbb', 'cccc'])
    t.drain(8 + 2 * header)
    t.send('dddd')
    expect(t.tail()).toEqual(['dddd'])
  })

  it('B75 a control frame takes its room and never comes back', () => {
    const t = setUp(header)
    t.control('ping')
    t.send('aaaa')
    t.control('ping')
    t.send('bbbb')
    t.drain(4 + header)
    t.sample()
    expect(t.tail()).toEqual(['aaaa', 'bbbb'])
    t.drain(8 + 2 * header)
    t.sample()
    expect(t.tail()).toEqual(['bbbb'])
  })
})

it('lets go of the payload of what left', () => {
  const flight = new InFlight({
    left(message) {
      message.data = undefined
    },
  })
  const [a, b] = ['a', 'b'].map((text, index) => new Message(owner, index, text, 1)) as [Message, Message]
  flight.add(a, 0, 1)
  flight.add(b, 1, 2)
  flight.sampled(1)
  expect([a.data, b.data]).toEqual([undefined, 'b'])
})

it('B77 counts what was handed over and is uncertain, but for what is certain not to have left', () => {
  const t = setUp(2)
  t.send('aaaa', 'bb', 'c')
  expect(t.flight.uncertain([])).toEqual({ messages: 3, bytes: 7 })
  t.drain(6)
  t.sample()
  expect(t.flight.uncertain(t.flight.tail())).toEqual({ messages: 1, bytes: 4 })
})

it('B77 leaves out what is proven to have arrived, up to the mark', () => {
  const t = setUp()
  t.send('aaaa', 'bb')
  const proven = t.flight.mark()
  t.send('c')
  expect(t.flight.uncertain([])).toEqual({ messages: 3, bytes: 7 })
  proven()
  expect(t.flight.uncertain([])).toEqual({ messages: 1, bytes: 1 })
})

it('B77 a proof holds once, and a mark without one proves nothing', () => {
  const t = setUp()
  t.send('aaaa')
  const proven = t.flight.mark()
  t.send('bb')
  t.flight.mark()
  proven()
  proven()
  expect(t.flight.uncertain([])).toEqual({ messages: 1, bytes: 2 })
})

it('B77 what is in the buffer has not arrived, whatever was proven', () => {
  const t = setUp()
  t.send('aaaa', 'bb')
  t.flight.mark()()
  expect(t.flight.uncertain(t.flight.tail())).toEqual({ messages: 0, bytes: 0 })
})

it('B77 nothing is proven of the next transport', () => {
  const t = setUp()
  t.send('aaaa')
  t.flight.mark()()
  t.flight.reset()
  t.send('bb')
  expect(t.flight.uncertain([])).toEqual({ messages: 1, bytes: 2 })
})

it('keeps the payload of what left where its owner says nothing of it', () => {
  const left: Message[] = []
  const flight = new InFlight({ left: (message) => void left.push(message) })
  const message = new Message(owner, 1, 'a', 1)
  flight.add(message, 0, 1)
  expect(left).toEqual([])
  flight.sampled(0)
  expect([left, message.data]).toEqual([[message], 'a'])
})

it('B75 begins anew with each transport', () => {
  const t = setUp()
  t.send('aaaa')
  t.flight.reset()
  expect(t.tail()).toEqual([])
  expect(t.flight.uncertain([])).toEqual({ messages: 0, bytes: 0 })
  t.flight.add(new Message(owner, 9, 'bb', 2), 0, 2)
  t.flight.sampled(1)
  expect(t.tail()).toEqual(['bb'])
})

it('B74 keeps nothing where the buffer reads 0 after a send', () => {
  const flight = new InFlight({
    left(message) {
      message.data = undefined
    },
  })
  flight.add(new Message(owner, 1, 'a', 1), 1, 0)
  expect(flight.tail()).toEqual([])
})

describe('a buffer that does not move', () => {
  it('is one of which nothing has left since it was asked about last', () => {
    const t = setUp(2)
    t.send('aaaa', 'bb')
    // Nobody had asked before.
    expect(t.flight.isStalled()).toBe(false)
    t.sample()
    expect([t.flight.isStalled(), t.flight.isStalled()]).toEqual([true, true])
  })

  it('is not one that gave up a single byte', () => {
    const t = setUp(2)
    t.send('aaaa')
    t.flight.isStalled()
    t.drain(1)
    t.sample()
    expect(t.flight.isStalled()).toBe(false)
    t.sample()
    expect(t.flight.isStalled()).toBe(true)
  })

  it('is not one that grew, but for what left it meanwhile', () => {
    const t = setUp()
    t.send('aaaa')
    t.flight.isStalled()
    t.send('bbbb')
    expect(t.flight.isStalled()).toBe(true)
    t.drain(2)
    // More came than left: the sample before the send shows it.
    t.send('cccccc')
    expect(t.flight.isStalled()).toBe(false)
  })

  it('is not an empty one', () => {
    const t = setUp()
    expect([t.flight.isStalled(), t.flight.isStalled()]).toEqual([false, false])
    t.send('aaaa')
    t.flight.isStalled()
    t.drain(4)
    t.sample()
    expect([t.flight.isStalled(), t.flight.isStalled()]).toEqual([false, false])
    // What came in after it was asked about says nothing yet.
    t.send('bbbb')
    expect(t.flight.isStalled()).toBe(false)
  })

  it('is not that of another transport', () => {
    const t = setUp()
    t.send('aaaa')
    t.flight.isStalled()
    t.flight.reset()
    t.flight.add(undefined, 0, 4)
    expect(t.flight.isStalled()).toBe(false)
  })
})
