// What goes out and what comes back, checked by schemas.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { StandardSchema } from '../../../src'
import { createRequests, type Schemas } from '../../../src/requests'
import { outcome } from '../socket/support'
import { thrown } from '../support'
import { openRequests, requestRig } from './support'

const user = { request: z.object({ id: z.coerce.number() }), reply: z.object({ name: z.string() }) }
const opened = (schemas: Schemas) => openRequests({ requests: { schemas } })
/** A schema that does this. */
const schema = (validate: (value: unknown) => any): StandardSchema<any, any> => ({
  '~standard': { version: 1, vendor: 'test', validate },
})

describe('schemas', () => {
  it('send what the one for requests gives, and resolve with what the one for answers gives', async () => {
    const { requests, sent, says } = await opened({ user })
    const answer = requests.request({ type: 'user', payload: { id: '1', more: true } })
    expect(sent()[0].payload).toEqual({ id: 1 })
    await says({ id: sent()[0].id, type: 'reply', payload: { name: 'Ann', age: 3 } })
    expect(await answer).toEqual({ name: 'Ann' })
  })

  it('reject what must not go out with VALIDATION and the issues, and nothing is sent', async () => {
    const { requests, sent, clock } = await opened({ user })
    const wrong = { type: 'user', payload: { id: 'x' } }
    const reading = requests.stream(wrong).next()
    for (const answer of [requests.request(wrong), reading]) {
      await expect(answer).rejects.toMatchObject({
        code: 'VALIDATION',
        issues: [expect.objectContaining({ path: ['id'] })],
      })
    }
    expect(() => requests.notify(wrong)).toThrow(thrown('VALIDATION'))
    expect([sent(), clock.timers]).toEqual([[], 0])
  })

  it('B99 reject an answer that does not match with VALIDATION and the issues', async () => {
    const { requests, sent, says } = await opened({ user })
    const answer = requests.request({ type: 'user', payload: { id: 1 } })
    void requests.request({ type: 'user', payload: { id: 2 } })
    await says({ id: sent()[1].id, type: 'reply' }, { id: sent()[0].id, type: 'reply', payload: { name: 1 } })
    await expect(answer).rejects.toMatchObject({ code: 'VALIDATION', issues: [{ path: ['name'] }] })
  })

  it('may take their time for answers, and parts keep their order', async () => {
    const slow = schema(async (value) => {
      for (let n = 0; n < 10 - Number(value); n++) await null
      return { value: [value] }
    })
    const { requests, sent, says } = await opened({ a: { reply: slow } })
    const answer = requests.request({ type: 'a' })
    const stream = requests.stream({ type: 'a' })
    const parts = [stream.next(), stream.next(), stream.next()]
    const [{ id }, { id: other }] = sent()
    await says({ id, type: 'reply', payload: 1 })
    for (const payload of [1, 9, 5]) await says({ id: other, type: 'next', payload })
    expect(await answer).toEqual([1])
    expect((await Promise.all(parts)).map(({ value }) => value)).toEqual([[1], [9], [5]])
  })

  it('end a stream with the first part that does not match, and take it back', async () => {
    const { requests, sent, says } = await opened({ n: { reply: z.number() } })
    const stream = requests.stream({ type: 'n' })
    const first = stream.next()
    const [{ id }] = sent()
    for (const payload of [1, 'two', 3]) await says({ id, type: 'next', payload })
    expect([(await first).value, await outcome(stream.next())]).toEqual([1, 'VALIDATION'])
    expect([await stream.next(), sent()[1]]).toEqual([
      { done: true, value: undefined },
      { id, type: 'cancel' },
    ])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken')
      },
    ],
    ['rejects', async () => Promise.reject(new Error('broken'))],
  ])('that %s is VALIDATION as well, with the cause', async (_, validate) => {
    const { requests, sent, says } = await opened({
      out: { request: schema(validate) },
      in: { reply: schema(validate) },
    })
    const out = requests.request({ type: 'out' })
    expect(sent()).toEqual([])
    expect(() => requests.notify({ type: 'out' })).toThrow(thrown('VALIDATION'))
    const back = requests.request({ type: 'in' })
    await says({ id: sent()[0].id, type: 'reply' })
    for (const answer of [out, back])
      await expect(answer).rejects.toMatchObject({ code: 'VALIDATION', cause: expect.any(Error) })
  })

  it('leave names alone that they do not know, and members of Object', async () => {
    const { requests, sent, says } = await opened({ user })
    for (const type of ['other', 'constructor', 'toString', '__proto__']) {
      const answer = requests.request({ type })
      await says({ id: sent().at(-1).id, type: 'reply', payload: type })
      expect(await answer).toBe(type)
    }
  })

  it('know the types, which the compiler checks', async () => {
    const { socket } = requestRig()
    const requests = createRequests(socket, { schemas: { user } })
    const answer: Promise<{ name: string }> = requests.request({ type: 'user', payload: { id: 1 } })
    requests.dispose()
    expect(await outcome(answer)).toBe('ABORTED')
  })
})
