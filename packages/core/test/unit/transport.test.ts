// What a native WebSocket says, told apart from what its platform makes of it; and how it is let go.
import { describe, expect, it } from 'vitest'
import { createEnvironment } from '../../src/environment'
import { abandon, attachHandlers, detach, hangUp, type TransportFact } from '../../src/transport'
import type { Environment, WebSocketLike } from '../../src/types'

/** A transport that notes what is done to it. */
function setUp(readyState = 1) {
  const done: unknown[] = []
  const facts: TransportFact[] = []
  const messages: unknown[] = []
  const transport = {
    readyState,
    bufferedAmount: 0,
    protocol: '',
    binaryType: 'blob',
    onopen: null as WebSocketLike['onopen'],
    onmessage: null as WebSocketLike['onmessage'],
    onerror: null as WebSocketLike['onerror'],
    onclose: null as WebSocketLike['onclose'],
    send: () => {},
    close: (...args: unknown[]) => void done.push(['close', ...args]),
    terminate: () => void done.push('terminate'),
  }
  attachHandlers(
    transport,
    ({ data }) => messages.push(data),
    (fact) => facts.push(fact),
  )
  return { transport, done, facts, messages }
}

const abandoned = (
  farewell: Parameters<typeof abandon>[1],
  environment: Partial<Environment> = {},
  readyState = 1,
) => {
  const made = setUp(readyState)
  abandon(made.transport, farewell, createEnvironment(environment))
  return made
}

describe('what a transport says', () => {
  it.each([
    [
      'a close of the server',
      { code: 1012, reason: 'restart', wasClean: true },
      { code: 1012, reason: 'restart', wasClean: true, origin: 'server' },
    ],
    [
      'B16 a refused connection',
      { code: 1006, reason: '', wasClean: false },
      { code: 1006, reason: '', wasClean: false, origin: 'network' },
    ],
    [
      'B16 1006 is never clean, whatever the platform says',
      { code: 1006, reason: '', wasClean: true },
      { code: 1006, wasClean: false, origin: 'network' },
    ],
    [
      '1015 is never clean either',
      { code: 1015, reason: '', wasClean: true },
      { code: 1015, wasClean: false, origin: 'network' },
    ],
    [
      'B17 code 0 (Deno)',
      { code: 0, reason: '', wasClean: false },
      { code: 1006, reason: '', wasClean: false, origin: 'network' },
    ],
    [
      'B28 no code and no reason (React Native)',
      {},
      { code: 1006, reason: '', wasClean: false, origin: 'network' },
    ],
    ['B28 no event at all', undefined, { code: 1006, reason: '', wasClean: false, origin: 'network' }],
    [
      'B28 null for both',
      { code: null, reason: null },
      { code: 1006, reason: '', wasClean: false, origin: 'network' },
    ],
    [
      '1005, a close without a code',
      { code: 1005, reason: '', wasClean: true },
      { code: 1005, wasClean: true, origin: 'server' },
    ],
  ])('%s', (_, event, fact) => {
    const { transport, facts } = setUp()
    transport.onclose?.(event)
    expect(facts).toEqual([expect.objectContaining(fact)])
  })

  it('open, error and messages, each by its way', () => {
    const { transport, facts, messages } = setUp()
    transport.onopen?.({})
    transport.onerror?.({})
    transport.onmessage?.({ data: 'hi' })
    expect(facts).toEqual(['transport-open', 'transport-error'])
    expect(messages).toEqual(['hi'])
  })

  it('B24 B33 nothing more once it is detached, and an error still has somewhere to go (ws)', () => {
    const { transport, facts } = setUp()
    detach(transport)
    expect([transport.onopen, transport.onmessage, transport.onclose]).toEqual([null, null, null])
    transport.onerror?.({})
    expect(facts).toEqual([])
  })
})

describe('letting a transport go', () => {
  it('says goodbye', () => {
    const { transport, done } = setUp()
    hangUp(transport, { code: 4000, reason: 'bye' })
    expect(done).toEqual([['close', 4000, 'bye']])
  })

  it('B120 B29 does not mind a platform that throws', () => {
    const { transport } = setUp()
    transport.close = () => {
      throw new Error('gone')
    }
    expect(() => hangUp(transport, { code: 1000, reason: '' })).not.toThrow()
  })

  it('B119 closes one that is still connecting at once', () => {
    expect(abandoned({ code: 1000, reason: '' }, {}, 0).done).toEqual([['close', 1000, '']])
  })

  it('B67 kills a dead one where the platform can', () => {
    expect(abandoned({ code: 3008, reason: 'timeout', dead: true }).done).toEqual([
      ['close', 3008, 'timeout'],
      'terminate',
    ])
    expect(abandoned({ code: 1000, reason: '' }).done).toEqual([['close', 1000, '']])
  })

  it('kills by the option, where one is given', () => {
    const killed: unknown[] = []
    const { transport, done } = abandoned(
      { code: 3008, reason: '', dead: true },
      { terminate: (given) => killed.push(given) },
    )
    expect(killed).toEqual([transport])
    expect(done).not.toContain('terminate')
  })

  it('B23 where closing a connecting one does harm, closes it once it opened, and only then', () => {
    const { transport, done, facts } = abandoned(
      { code: 1000, reason: '', dead: true },
      { closeWhileConnecting: false },
      0,
    )
    expect(done).toEqual([])
    transport.onopen?.({})
    expect(done).toEqual([['close']])
    expect(transport.onopen).toBeNull()
    expect(facts).toEqual([])
  })

  it('B23 an open one is closed as ever there', () => {
    expect(abandoned({ code: 1000, reason: '' }, { closeWhileConnecting: false }).done).toEqual([
      ['close', 1000, ''],
    ])
  })

  it('B24 says nothing more to us afterwards', () => {
    const { transport, facts } = abandoned({ code: 1000, reason: '' })
    for (const handler of [transport.onopen, transport.onmessage, transport.onclose, transport.onerror])
      handler?.({})
    expect(facts).toEqual([])
  })
})
