// The receipt: what became of one message.
import { describe, expect, it } from 'vitest'
import { SocketError } from '../../src/errors'
import { Message } from '../../src/queue/message'
import { thrown } from './support'

const cancelled: Message[] = []
const owner = {
  prefix: 'prefix-',
  confirms: true,
  cancel(message: Message) {
    cancelled.push(message)
    return true
  },
}
const make = (sequence = 1) => new Message(owner, sequence, 'data', 4)
const full = new SocketError('QUEUE_FULL', 'full')

/** `pending` until it has settled. */
const outcome = (promise: Promise<void>) =>
  Promise.race([
    promise.then(
      () => 'resolved',
      ({ code }) => code,
    ),
    Promise.resolve().then(() => 'pending'),
  ])

describe('a receipt', () => {
  it('B86 has a number that its owner makes unique when it is shown', () => {
    expect([make(1).id, make(2).id]).toEqual(['prefix-1', 'prefix-2'])
  })

  it.each(['before', 'after'])('B79 resolves sent when it was handed over, read %s that', async (when) => {
    const message = make()
    const early = when === 'before' ? message.sent : undefined
    expect(message.status).toBe('queued')
    message.markSent()
    expect(message.status).toBe('sent')
    await (early ?? message.sent)
  })

  it.each(['before', 'after'])(
    'B71 B79 rejects sent with the reason it was dropped for, read %s that',
    async (when) => {
      const message = make()
      const early = when === 'before' ? message.sent : undefined
      message.markDropped(full)
      expect(message.status).toBe('dropped')
      await expect(early ?? message.sent).rejects.toBe(full)
      await expect(message.sent).rejects.toThrow(thrown('QUEUE_FULL'))
    },
  )

  it('is pending while it waits', async () => {
    expect(await outcome(make().sent)).toBe('pending')
  })

  it('gives one and the same promise until it has settled', () => {
    const message = make()
    expect(message.sent).toBe(message.sent)
  })

  it('B79 of a message that came back and was dropped then still settles', async () => {
    const message = make()
    message.markSent()
    message.status = 'queued'
    message.markDropped(full)
    expect(message.status).toBe('dropped')
    await expect(message.sent).rejects.toBe(full)
  })

  it('lets go of the payload once it is dropped', () => {
    const message = make()
    message.markDropped(full)
    expect(message.data).toBeUndefined()
  })

  it('asks its owner to take it back', () => {
    const message = make()
    expect(message.cancel()).toBe(true)
    expect(cancelled).toEqual([message])
  })
})
