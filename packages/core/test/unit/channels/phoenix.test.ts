// The frames of Phoenix channels, read and made.
import { describe, expect, it } from 'vitest'
import { phoenix, phoenixHeartbeat } from '../../../src/channels'
import { brief, openChannels, states } from './support'

const protocol = phoenix()

describe('phoenix()', () => {
  it('makes frames', () => {
    const since = { offset: 1 }
    const { subscribe, unsubscribe, publish } = protocol
    expect(subscribe({ channel: 'r:1', ref: '7', since, payload: undefined })).toEqual([
      '7',
      '7',
      'r:1',
      'phx_join',
      {},
    ])
    expect(subscribe({ channel: 'r:1', ref: '7', since, payload: { a: 1 } })).toEqual([
      '7',
      '7',
      'r:1',
      'phx_join',
      { a: 1 },
    ])
    expect(unsubscribe({ channel: 'r:1', ref: '7' })).toEqual(['7', '7', 'r:1', 'phx_leave', {}])
    expect(publish('r:1', { event: 'shout', payload: 1 })).toEqual([null, null, 'r:1', 'shout', 1])
    expect(publish('r:1', { event: 'shout' })).toEqual([null, null, 'r:1', 'shout', {}])
  })

  const about = { channel: 'r:1', ref: '7' }
  it.each([
    [
      'an accepted join',
      ['7', '7', 'r:1', 'phx_reply', { status: 'ok', response: { a: 1 } }],
      { ...about, type: 'subscribed', reply: { a: 1 } },
    ],
    [
      'a refused join',
      ['7', '7', 'r:1', 'phx_reply', { status: 'error', response: 'no' }],
      { ...about, type: 'rejected', reason: 'no' },
    ],
    ['a crash', ['7', null, 'r:1', 'phx_error', {}], { ...about, type: 'ended', reason: {} }],
    ['an end', ['7', '7', 'r:1', 'phx_close', {}], { ...about, type: 'rejected', reason: {} }],
    [
      'a push',
      ['7', null, 'r:1', 'shout', 1],
      { ...about, type: 'published', message: { event: 'shout', payload: 1 } },
    ],
    [
      'a broadcast',
      [null, null, 'r:1', 'shout', 1],
      { channel: 'r:1', ref: undefined, type: 'published', message: { event: 'shout', payload: 1 } },
    ],
  ])('reads %s', (_, frame, event) => {
    expect(protocol.read(frame)).toEqual(event)
  })

  it.each([
    ['the reply to a push', ['7', '8', 'r:1', 'phx_reply', { status: 'ok', response: {} }]],
    ['the reply to a heartbeat', [null, '1', 'phoenix', 'phx_reply', { status: 'ok', response: {} }]],
    [
      'the reply to what was published into a channel that is not joined',
      [null, null, 'r:1', 'phx_reply', { status: 'error', response: { reason: 'unmatched topic' } }],
    ],
    ['an object', { topic: 'r:1' }],
    ['a short list', ['7', '8']],
    ['text', 'phx_reply'],
    ['nothing', null],
  ])('leaves %s to others', (_, frame) => {
    expect(protocol.read(frame)).toBeUndefined()
  })

  it('in a rotation takes each message from the connection that joined last', async () => {
    const t = await openChannels({ channels: { protocol } })
    const given: unknown[] = []
    const room = t.channels.subscribe('r:1', (message) => given.push(message.payload))
    const first = t.server.latest
    const join = (ref: string, connection = t.server.latest) =>
      t.says([ref, ref, 'r:1', 'phx_reply', { status: 'ok', response: {} }], connection)
    await join('1')
    const told = states(room)
    await t.rotate()
    await t.acceptSecond()
    await t.says([null, null, 'r:1', 'shout', 'before the join'], first)
    await join('2')
    for (const connection of [first, t.server.latest])
      await t.says([null, null, 'r:1', 'shout', 'after'], connection)
    expect([given, told, brief(room.state.get())]).toEqual([
      ['before the join', 'after'],
      ['subscribed, recovered: false'],
      'subscribed, recovered: false',
    ])
  })
})

describe('phoenixHeartbeat', () => {
  it('tells each pong by its ping', () => {
    const { ping, isPong } = phoenixHeartbeat
    const [one, two] = [ping(), ping()] as unknown[][]
    const pong = [null, one?.[1], 'phoenix', 'phx_reply', { status: 'ok', response: {} }]
    expect(one?.slice(2)).toEqual(['phoenix', 'heartbeat', {}])
    expect([isPong(pong, one), isPong(pong, two), isPong(pong, undefined)]).toEqual([true, false, true])
    expect([isPong('pong', one), isPong(['1', '1', 'r:1', 'phx_reply', {}], undefined)]).toEqual([
      false,
      false,
    ])
  })
})
