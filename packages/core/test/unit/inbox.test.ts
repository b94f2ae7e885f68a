// Messages that wait to be received.
import { describe, expect, it } from 'vitest'
import { Inbox } from '../../src/inbox'
import { thrown } from './support'

describe('Inbox', () => {
  it('hands out what waits, in order, and counts it', async () => {
    const inbox = new Inbox<string>()
    expect([inbox.push('a'), inbox.push('b')]).toEqual([1, 2])
    expect([await inbox.receive(), await inbox.receive()]).toEqual(['a', 'b'])
    expect(inbox.messages).toEqual([])
  })

  it('serves readers in the order in which they came, and nothing waits then', async () => {
    const inbox = new Inbox<string>()
    const readers = Promise.all([inbox.receive(), inbox.receive()])
    expect([inbox.push('a'), inbox.push('b'), inbox.push('c')]).toEqual([0, 0, 1])
    expect(await readers).toEqual(['a', 'b'])
  })

  it('rejects with ABORTED once it is over, those who wait and those who come, after what was left', async () => {
    const inbox = new Inbox<string>()
    const waiting = inbox.receive()
    inbox.close()
    await expect(waiting).rejects.toThrow(thrown('ABORTED'))
    inbox.messages.push('left')
    expect(await inbox.receive()).toBe('left')
    await expect(inbox.receive()).rejects.toThrow(thrown('ABORTED'))
  })
})
