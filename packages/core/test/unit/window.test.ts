// The window: what is unconfirmed, in the order in which it went out.
import { describe, expect, it } from 'vitest'
import { Message } from '../../src/queue/message'
import { Window } from '../../src/queue/window'

const owner = { prefix: 'test-', confirms: true, stores: false, cancel: () => false }
const make = (id: number | string, text = 'data') => new Message(owner, id, text, text.length)

function setUp(limits = { messages: 3, bytes: 100 }, texts: readonly string[] = []) {
  const window = new Window(limits)
  const messages = texts.map((text, index) => make(index + 1, text))
  for (const message of messages) window.add(message)
  return { window, messages, size: () => ({ messages: window.messages, bytes: window.bytes }) }
}

describe('the window', () => {
  it('is empty at first, and not full', () => {
    const { window, size } = setUp()
    expect(size()).toEqual({ messages: 0, bytes: 0 })
    expect([window.first, window.last, window.isFull, window.takeAll()]).toEqual([
      undefined,
      undefined,
      false,
      [],
    ])
  })

  it('keeps the order in which messages went out', () => {
    const { window, messages } = setUp(undefined, ['a', 'b', 'c'])
    expect([window.first, window.last]).toEqual([messages[0], messages[2]])
    expect(window.takeAll()).toEqual(messages)
  })

  it('B78 is full at its limit of messages', () => {
    const { window, messages } = setUp({ messages: 2, bytes: 100 }, ['a', 'b'])
    expect(window.isFull).toBe(true)
    window.remove(messages[0] as Message)
    expect(window.isFull).toBe(false)
  })

  it('B78 is full at its limit of bytes, to the byte', () => {
    const { window } = setUp({ messages: 9, bytes: 8 }, ['aaaa', 'bbb'])
    expect(window.isFull).toBe(false)
    window.add(make(3, 'c'))
    expect(window.isFull).toBe(true)
  })

  it('B78 takes a message that is larger than the window, and is full then', () => {
    const { window, size } = setUp({ messages: 9, bytes: 8 }, ['a'.repeat(1_000)])
    expect(window.isFull).toBe(true)
    expect(size()).toEqual({ messages: 1, bytes: 1_000 })
  })

  it('B78 gives up one in the midst, and the others stand as they stood', () => {
    const { window, messages, size } = setUp(undefined, ['a', 'bb', 'ccc'])
    window.remove(messages[1] as Message)
    expect(size()).toEqual({ messages: 2, bytes: 4 })
    expect(window.takeAll()).toEqual([messages[0], messages[2]])
  })

  it('goes by the size that a message has when it is handed over, whatever is kept of it', () => {
    const { window, size } = setUp()
    const [kept, once] = [make(1, 'aa'), new Message(owner, 2, undefined, 5)]
    window.add(kept)
    window.add(once)
    expect(size()).toEqual({ messages: 2, bytes: 7 })
    expect(window.uncertain([kept])).toEqual({ messages: 1, bytes: 5 })
    window.takeAll()
    expect(size()).toEqual({ messages: 0, bytes: 0 })
  })

  it('finds a message by its number or its own id, wherever it stands, and nothing else', () => {
    const { window } = setUp()
    const [numbered, own, other] = [make(1), make('1'), make('mine')]
    for (const message of [numbered, own, other]) window.add(message)
    expect([window.find(1), window.find('1'), window.find('mine')]).toEqual([numbered, own, other])
    expect([window.find(2), window.find('test-1')]).toEqual([undefined, undefined])
    window.remove(numbered)
    expect(window.find(1)).toBeUndefined()
  })

  it('finds the first of two with one id', () => {
    const { window } = setUp()
    const [first, second] = [make('twin'), make('twin')]
    window.add(first)
    window.add(second)
    expect(window.find('twin')).toBe(first)
    window.remove(first)
    expect(window.find('twin')).toBe(second)
  })

  it('is empty once all was taken, and can be filled anew', () => {
    const { window, messages, size } = setUp(undefined, ['a', 'b'])
    window.takeAll()
    expect(size()).toEqual({ messages: 0, bytes: 0 })
    expect([window.first, window.find(1)]).toEqual([undefined, undefined])
    for (const message of messages) window.add(message)
    expect(window.takeAll()).toEqual(messages)
  })

  it('B77 all of it is uncertain, but for what is certain not to have left', () => {
    const { window, messages } = setUp(undefined, ['a', 'bb', 'ccc'])
    expect(window.uncertain([])).toEqual({ messages: 3, bytes: 6 })
    expect(window.uncertain(messages.slice(1))).toEqual({ messages: 1, bytes: 1 })
    expect(window.uncertain(messages)).toEqual({ messages: 0, bytes: 0 })
  })
})
