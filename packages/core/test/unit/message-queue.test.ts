// What waits: order, limits, keys, time to live, and what becomes of the rest.
import { describe, expect, it } from 'vitest'
import { Message } from '../../src/queue/message'
import { MessageQueue } from '../../src/queue/message-queue'
import { type OfflineQueueOptions, offlineQueue } from '../../src/queue/offline-queue'
import { thrown } from './support'

interface Given {
  readonly key?: string
  readonly expiresAt?: number
  readonly size?: number
}

/** A queue, and a record of what it dropped. A message is told by its text, whose length is its size. */
function setUp(options: OfflineQueueOptions = {}) {
  const drops: string[] = []
  const errors: unknown[] = []
  const queue = new MessageQueue(offlineQueue(options), {
    drop(message, error) {
      drops.push(`${message.data} ${error.code}`)
      errors.push(error)
    },
  })
  const owner = { prefix: 'test-', confirms: false, stores: false, cancel: () => false }
  let sequence = 0
  const make = (text: string, { key, expiresAt, size = text.length }: Given = {}) =>
    new Message(owner, ++sequence, text, size, key, expiresAt)
  const push = (text: string, given?: Given) => {
    const message = make(text, given)
    queue.push(message)
    return message
  }
  /** Takes out all that waits. */
  const take = (now = 0) => {
    const taken: unknown[] = []
    for (let head = queue.peek(now); head; head = queue.peek(now)) {
      taken.push(head.data)
      queue.remove(head)
    }
    return taken
  }
  return { queue, drops, errors, make, push, take }
}

describe('order', () => {
  it('B73 is first in, first out', () => {
    const { queue, push, take } = setUp()
    for (const text of ['a', 'b', 'c']) push(text)
    expect(take()).toEqual(['a', 'b', 'c'])
    expect(queue).toMatchObject({ messages: 0, bytes: 0 })
    expect(queue.peek(0)).toBeUndefined()
  })

  it('B76 leaves the message at the head until it is taken', () => {
    const { queue, push } = setUp()
    const head = push('a')
    push('b')
    expect(queue.peek(0)).toBe(head)
    expect(queue.peek(0)).toBe(head)
    expect(queue.messages).toBe(2)
  })

  it('counts messages and bytes, and forgets one that was taken from the middle', () => {
    const { queue, push, take } = setUp()
    push('a')
    const middle = push('bbb')
    push('cc')
    expect(queue).toMatchObject({ messages: 3, bytes: 6 })
    queue.remove(middle)
    queue.remove(middle)
    expect(queue).toMatchObject({ messages: 2, bytes: 3 })
    expect(take()).toEqual(['a', 'cc'])
  })

  it('B75 puts messages back at the head in their order, ahead of what waits, as queued', () => {
    const { queue, push, take } = setUp()
    const sent = ['a', 'b'].map((text) => push(text))
    push('c')
    for (const message of sent) {
      queue.remove(message)
      message.markSent()
    }
    queue.unshift(sent)
    expect(sent.map(({ status }) => status)).toEqual(['queued', 'queued'])
    expect(queue).toMatchObject({ messages: 3, bytes: 3 })
    expect(take()).toEqual(['a', 'b', 'c'])
  })
})

describe('at the limit', () => {
  it.each([
    ['messages', { maxMessages: 2 }, ['a', 'b', 'c'], ['a', 'b'], ['c QUEUE_FULL']],
    ['bytes', { maxBytes: 5 }, ['aa', 'bbb', 'c'], ['aa', 'bbb'], ['c QUEUE_FULL']],
    [
      'bytes, where a smaller one still fits',
      { maxBytes: 5 },
      ['aa', 'bbbb', 'c'],
      ['aa', 'c'],
      ['bbbb QUEUE_FULL'],
    ],
    ['nothing at all', { maxMessages: 0 }, ['a', ''], [], ['a QUEUE_FULL', ' QUEUE_FULL']],
    ['no bytes, which leaves room for an empty one', { maxBytes: 0 }, ['a', ''], [''], ['a QUEUE_FULL']],
  ])('B72 drop-newest refuses the one that comes: %s', (_, limits, given, kept, dropped) => {
    const { drops, push, take } = setUp(limits)
    for (const text of given) push(text)
    expect(drops).toEqual(dropped)
    expect(take()).toEqual(kept)
  })

  it.each([
    ['messages', { maxMessages: 2 }, ['a', 'b', 'c'], ['b', 'c'], ['a QUEUE_FULL']],
    ['bytes', { maxBytes: 5 }, ['aa', 'bb', 'cc'], ['bb', 'cc'], ['aa QUEUE_FULL']],
    [
      'bytes, as many as it takes',
      { maxBytes: 5 },
      ['a', 'b', 'cc', 'dddd'],
      ['dddd'],
      ['a QUEUE_FULL', 'b QUEUE_FULL', 'cc QUEUE_FULL'],
    ],
    [
      'bytes, none for one that fits nowhere',
      { maxBytes: 5 },
      ['aa', 'bbbbbb'],
      ['aa'],
      ['bbbbbb QUEUE_FULL'],
    ],
    ['bytes, to the last one', { maxBytes: 5 }, ['aa', 'bbbbb'], ['bbbbb'], ['aa QUEUE_FULL']],
    ['nothing at all', { maxMessages: 0 }, ['a'], [], ['a QUEUE_FULL']],
    ['no bytes', { maxBytes: 0 }, ['', 'a'], [''], ['a QUEUE_FULL']],
  ])('B72 drop-oldest makes room, and no more than it must: %s', (_, limits, given, kept, dropped) => {
    const { drops, push, take } = setUp({ ...limits, overflow: 'drop-oldest' })
    for (const text of given) push(text)
    expect(drops).toEqual(dropped)
    expect(take()).toEqual(kept)
  })

  it('B72 is exact: 1 000 messages and 1 MiB by default', () => {
    const { queue, drops, push } = setUp()
    for (let n = 0; n < 1_001; n++) push('x')
    expect([queue.messages, drops.length]).toEqual([1_000, 1])
    const other = setUp()
    for (let n = 0; n < 17; n++) other.push('x', { size: 65_536 })
    expect([other.queue.messages, other.queue.bytes, other.drops.length]).toEqual([16, 1_048_576, 1])
  })

  it('B71 says what to look at', () => {
    const { errors, push } = setUp({ maxMessages: 0 })
    push('a')
    expect(errors).toEqual([thrown('QUEUE_FULL', 'maxMessages')])
  })

  it('B75 does not hold for what comes back, which had been accepted', () => {
    const { queue, drops, push, take } = setUp({ maxMessages: 2 })
    const sent = ['a', 'b'].map((text) => push(text))
    for (const message of sent) queue.remove(message)
    push('c')
    push('d')
    queue.unshift(sent)
    push('e')
    expect(drops).toEqual(['e QUEUE_FULL'])
    expect(take()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('B72 drop-oldest goes back to the limit after something came back beyond it', () => {
    const { queue, drops, push, make, take } = setUp({ maxMessages: 2, overflow: 'drop-oldest' })
    push('c')
    push('d')
    queue.unshift([make('a'), make('b')])
    push('e')
    expect(drops).toEqual(['a QUEUE_FULL', 'b QUEUE_FULL', 'c QUEUE_FULL'])
    expect(take()).toEqual(['d', 'e'])
  })
})

describe('a key', () => {
  it('B81 replaces the older message in its place', () => {
    const { queue, drops, push, take } = setUp()
    push('a', { key: 'x' })
    push('b')
    push('cc', { key: 'x' })
    expect(drops).toEqual(['a REPLACED'])
    expect(queue).toMatchObject({ messages: 2, bytes: 3 })
    expect(take()).toEqual(['cc', 'b'])
  })

  it.each([
    ['first', 'a'],
    ['middle', 'b'],
    ['last', 'c'],
  ])('B81 keeps the place of the %s', (_, replaced) => {
    const { push, take } = setUp()
    for (const text of ['a', 'b', 'c']) push(text, { key: text })
    push('new', { key: replaced })
    expect(take()).toEqual(['a', 'b', 'c'].map((text) => (text === replaced ? 'new' : text)))
  })

  it('B81 leaves other keys, and messages without one, alone', () => {
    const { drops, push, take } = setUp()
    push('a', { key: 'x' })
    push('b')
    push('c', { key: 'y' })
    push('d')
    push('e', { key: '' })
    push('f', { key: '' })
    expect(drops).toEqual(['e REPLACED'])
    expect(take()).toEqual(['a', 'b', 'c', 'd', 'f'])
  })

  it('B81 leaves one that was taken alone', () => {
    const { queue, drops, push, take } = setUp()
    queue.remove(push('a', { key: 'x' }))
    push('b', { key: 'x' })
    expect(drops).toEqual([])
    expect(take()).toEqual(['b'])
  })

  it('B72 B81 needs room only beyond that of the message whose place it takes', () => {
    for (const overflow of ['drop-newest', 'drop-oldest'] as const) {
      const { drops, push, take } = setUp({ maxMessages: 2, maxBytes: 4, overflow })
      push('aa', { key: 'x' })
      push('bb')
      push('cc', { key: 'x' })
      expect(drops).toEqual(['aa REPLACED'])
      expect(take()).toEqual(['cc', 'bb'])
    }
  })

  it('B72 B81 drop-newest keeps the older one when the newer does not fit', () => {
    const { drops, push, take } = setUp({ maxBytes: 4 })
    push('aa', { key: 'x' })
    push('bb')
    push('ccc', { key: 'x' })
    expect(drops).toEqual(['ccc QUEUE_FULL'])
    expect(take()).toEqual(['aa', 'bb'])
  })

  it('B72 B81 drop-oldest makes room with the others, and the place is kept', () => {
    const { drops, push, take } = setUp({ maxBytes: 6, overflow: 'drop-oldest' })
    push('aa')
    push('bb', { key: 'x' })
    push('cc')
    push('dddd', { key: 'x' })
    expect(drops).toEqual(['aa QUEUE_FULL', 'bb REPLACED'])
    expect(take()).toEqual(['dddd', 'cc'])
  })
})

describe('time to live', () => {
  it('B80 drops what expired with EXPIRED, at the very time, when its turn comes', () => {
    const { drops, push, take } = setUp()
    push('a', { expiresAt: 100 })
    push('b', { expiresAt: 101 })
    push('c')
    expect(take(100)).toEqual(['b', 'c'])
    expect(drops).toEqual(['a EXPIRED'])
  })

  it('B80 drops what expired wherever it stands, and says when the next will', () => {
    const { queue, drops, push } = setUp()
    push('a')
    push('b', { expiresAt: 300 })
    push('c', { expiresAt: 100 })
    push('d', { expiresAt: 200 })
    expect(queue.expire(99)).toBe(100)
    expect(queue.expire(100)).toBe(200)
    expect(drops).toEqual(['c EXPIRED'])
    expect(queue.expire(1_000)).toBe(Infinity)
    expect(drops).toEqual(['c EXPIRED', 'b EXPIRED', 'd EXPIRED'])
    expect(queue).toMatchObject({ messages: 1, bytes: 1 })
  })

  it('B80 is counted on after a break', () => {
    const { queue, drops, make, take } = setUp()
    queue.unshift([make('a', { expiresAt: 100 })])
    expect(take(100)).toEqual([])
    expect(drops).toEqual(['a EXPIRED'])
  })
})

describe('dropping', () => {
  it('B71 names the reason, once, and says whether the message waited here', () => {
    const { queue, drops, push } = setUp()
    const message = push('a')
    expect(queue.drop(message, 'CANCELLED', 'why')).toBe(true)
    expect(queue.drop(message, 'CANCELLED', 'why')).toBe(false)
    expect(drops).toEqual(['a CANCELLED'])
    expect(queue).toMatchObject({ messages: 0, bytes: 0 })
  })

  it('says false for a message that went', () => {
    const { queue, drops, push } = setUp()
    const message = push('a')
    queue.remove(message)
    expect(queue.drop(message, 'CANCELLED', 'why')).toBe(false)
    expect(drops).toEqual([])
  })

  it('B92 clears all of it with one call, from the head on', () => {
    const { queue, drops, push } = setUp()
    for (const text of ['a', 'b', 'c']) push(text)
    queue.clear('CLEARED', 'why')
    expect(drops).toEqual(['a CLEARED', 'b CLEARED', 'c CLEARED'])
    expect(queue).toMatchObject({ messages: 0, bytes: 0 })
    push('d')
    expect(queue.messages).toBe(1)
  })
})

it('B86 takes from the head in a time that does not grow with what waits', () => {
  const costPerMessage = (waiting: number) => {
    const { queue, push } = setUp({ maxMessages: Infinity, maxBytes: Infinity })
    for (let n = 0; n < waiting; n++) push('x')
    const taken = 1_000
    const start = performance.now()
    for (let n = 0; n < taken; n++) queue.remove(queue.peek(0) as Message)
    return (performance.now() - start) / taken
  }
  const best = (waiting: number) => Math.min(...[1, 2, 3, 4, 5].map(() => costPerMessage(waiting)))
  costPerMessage(2_000)
  // An array that is shifted costs several hundred times as much.
  expect(best(100_000) / best(1_000)).toBeLessThan(40)
})

describe('offlineQueue', () => {
  it('has the documented defaults', () => {
    expect(offlineQueue()).toMatchObject({
      maxMessages: 1_000,
      maxBytes: 1_048_576,
      overflow: 'drop-newest',
      ttl: Infinity,
    })
  })

  it.each([
    [{ maxMessages: -1 }, 'maxMessages'],
    [{ maxBytes: '1' }, 'maxBytes'],
    [{ overflow: 'drop' }, 'overflow'],
    [{ ttl: Number.NaN }, 'ttl'],
    [{ size: 3 }, 'size'],
    [null, 'offlineQueue'],
  ])('throws INVALID_OPTION, naming it, for %j', (options, name) => {
    expect(() => offlineQueue(options as never)).toThrow(thrown('INVALID_OPTION', name))
  })
})
