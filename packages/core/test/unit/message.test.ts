// The receipt: what became of one message.
import { describe, expect, it } from 'vitest'
import { SocketError } from '../../src/errors'
import { Message } from '../../src/queue/message'
import { thrown } from './support'

const cancelled: Message[] = []
const owner = {
  prefix: 'prefix-',
  confirms: true,
  stores: false,
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

  it.each(['before', 'after'])(
    'B79 resolves confirmed once it is known that it arrived, read %s that',
    async (when) => {
      const message = make()
      message.markSent()
      const early = when === 'before' ? message.confirmed : undefined
      if (early) expect(await outcome(early)).toBe('pending')
      message.markConfirmed()
      expect(message.status).toBe('confirmed')
      await (early ?? message.confirmed)
      await message.sent
    },
  )

  it.each(['before', 'after'])(
    'B79 rejects confirmed with the reason it was dropped for, read %s that',
    async (when) => {
      const message = make()
      const early = when === 'before' ? message.confirmed : undefined
      message.markDropped(full)
      await expect(early ?? message.confirmed).rejects.toBe(full)
    },
  )

  it('B79 resolves both promises of a message that is confirmed while it waits to be sent again', async () => {
    const message = make()
    message.markSent()
    message.status = 'queued'
    const read = [message.sent, message.confirmed]
    message.markConfirmed()
    expect(await Promise.all(read.map(outcome))).toEqual(['resolved', 'resolved'])
  })

  it('refuses to give confirmed where nobody confirms anything', () => {
    const message = new Message({ ...owner, confirms: false }, 1)
    expect(() => message.confirmed).toThrow(thrown('INVALID_OPTION', 'confirm'))
  })

  it('B77 remembers that it was handed over, also while it waits again', () => {
    const message = make()
    expect(message.wasSent).toBe(false)
    message.markSent()
    message.status = 'queued'
    expect(message.wasSent).toBe(true)
  })

  it('goes by its own id where it has one', () => {
    const [own, numbered] = [new Message(owner, 'mine'), make(1)]
    expect([own.id, own.isNamed('mine'), own.isNamed(1)]).toEqual(['mine', true, false])
    expect([numbered.isNamed(1), numbered.isNamed('1')]).toEqual([true, false])
  })

  it('lets go of the payload once it is confirmed', () => {
    const message = make()
    message.markConfirmed()
    expect(message.data).toBeUndefined()
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
