// The books of channels: who is in, where each message stands, and what those get who come back.

import { describe, expect, it } from 'vitest'
import { createChannels } from '../channels.js'

/** @param {object} [options] */
function books(options = {}) {
  /** @type {ReturnType<typeof createChannels<string>>} */
  const channels = createChannels({ epoch: () => 'e', ...options })
  return {
    ...channels,
    /** @param {string} client @param {number} [offset] */
    join: (client, offset, epoch = 'e', channel = 'a') =>
      channels
        .subscribe(client, {
          type: 'subscribe',
          channel,
          ref: `of ${client}`,
          since: offset === undefined ? undefined : { epoch, offset },
        })
        .map((frame) => ('position' in frame ? [frame.type, frame.position.offset] : [frame.type])),
    /** @param {number} count */
    publish: (count) => {
      for (let n = 0; n < count; n++) channels.publish('a', 'hi')
    },
    /** @param {string} message */
    reached: (message, channel = 'a') => channels.publish(channel, message).clients,
  }
}

describe('a subscription', () => {
  it('begins where the history stands', () => {
    const { join, publish } = books()
    publish(3)
    expect(join('ada')).toEqual([['subscribed', 3]])
  })

  it('that goes on gets what came since, and then what comes', () => {
    const { join, publish, reached } = books()
    publish(5)
    expect(join('ada', 3)).toEqual([
      ['subscribed', 3],
      ['published', 4],
      ['published', 5],
    ])
    expect(join('grace', 5)).toEqual([['subscribed', 5]])
    expect(join('joan', 0)).toHaveLength(6)
    expect(reached('hi')).toEqual(['ada', 'grace', 'joan'])
  })

  it('that goes on from before what is remembered, from another history or from the future, begins where it stands', () => {
    const { join, publish } = books({ remember: 2 })
    publish(5)
    expect(join('ada', 3)).toEqual([
      ['subscribed', 3],
      ['published', 4],
      ['published', 5],
    ])
    for (const [offset, epoch] of /** @type {const} */ ([[2], [3, 'before'], [6]]))
      expect(join('grace', offset, epoch)).toEqual([['subscribed', 5]])
  })

  it('that goes on beside another gets the same, and then what comes, once', () => {
    const { join, publish, reached } = books()
    publish(2)
    join('ada')
    join('grace')
    publish(2)
    expect(join('ada', 2)).toEqual(join('grace', 2))
    expect(reached('hi')).toEqual(['ada', 'grace'])
  })

  it('is refused by a function, with its reason, and is then none', () => {
    const { subscribe, reached, count } = books({
      refuse: (
        /** @type {string} */ client,
        /** @type {string} */ channel,
        /** @type {unknown} */ payload,
      ) => (payload === 'please' ? undefined : `${client} may not see ${channel}`),
    })
    /** @param {unknown} payload */
    const ask = (payload) => subscribe('ada', { type: 'subscribe', channel: 'a', ref: '1', payload })
    expect(ask(1)).toEqual([{ type: 'rejected', channel: 'a', ref: '1', reason: 'ada may not see a' }])
    expect([reached('hi'), count('a')]).toEqual([[], 0])
    expect(ask('please')).toMatchObject([
      { type: 'subscribed', ref: '1', position: { epoch: 'e', offset: 1 } },
    ])
  })

  it('ends by its own ref alone', () => {
    const { join, unsubscribe, count } = books()
    join('ada')
    unsubscribe('ada', { type: 'unsubscribe', channel: 'a', ref: 'an older one' })
    unsubscribe('grace', { type: 'unsubscribe', channel: 'a', ref: 'of ada' })
    expect(count('a')).toBe(1)
    unsubscribe('ada', { type: 'unsubscribe', channel: 'a', ref: 'of ada' })
    expect(count('a')).toBe(0)
  })

  it('ends by the server, which names it', () => {
    const { join, remove, count } = books()
    join('ada')
    expect(remove('ada', 'a', 'misbehaved')).toEqual({
      type: 'rejected',
      channel: 'a',
      ref: 'of ada',
      reason: 'misbehaved',
    })
    expect([count('a'), remove('ada', 'a', 'again')]).toEqual([0, undefined])
  })

  it('ends with its connection, in all channels', () => {
    const { join, leave, reached } = books()
    join('ada')
    join('ada', undefined, 'e', 'b')
    join('grace')
    leave('ada')
    expect([reached('hi'), reached('hi', 'b')]).toEqual([['grace'], []])
  })
})

describe('messages', () => {
  it('are counted from 1 in each channel, also while nobody is there', () => {
    const { join, publish, reached } = books()
    publish(2)
    expect(join('ada', 0)).toHaveLength(3)
    expect(reached('hi', 'b')).toEqual([])
    expect(join('ada', 0, 'e', 'b')).toEqual([
      ['subscribed', 0],
      ['published', 1],
    ])
  })

  it('of a channel that was forgotten have another epoch: nobody goes on in a history that is not the same', () => {
    let histories = 0
    const { publish, join, reached, subscribe } = books({ limit: 2, epoch: () => `e${++histories}` })
    publish(2)
    expect(join('ada', 1, 'e1')).toHaveLength(2)
    reached('hi', 'b')
    reached('hi', 'c')
    // 'a' has a member and stays, 'b' is idle and goes.
    expect(join('ada', 1, 'e1')).toHaveLength(2)
    expect(
      subscribe('ada', { type: 'subscribe', channel: 'b', ref: '1', since: { epoch: 'e2', offset: 0 } }),
    ).toEqual([{ type: 'subscribed', channel: 'b', ref: '1', position: { epoch: 'e4', offset: 0 } }])
    expect(join('grace', undefined, 'e', 'd')).toEqual([['rejected']])
    expect(join('grace', undefined, 'e', 'b')).toEqual([['subscribed', 0]])
  })

  it('of another process have another epoch', () => {
    const [one, other] = [createChannels(), createChannels()].map(
      (channels) => channels.publish('a', 'hi').frame.position,
    )
    expect(one?.offset).toBe(other?.offset)
    expect(one?.epoch).not.toBe(other?.epoch)
  })
})
