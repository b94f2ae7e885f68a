// Listeners of a channel: called at once, in order, once per message, and none of them harms another.
import { describe, expect, it } from 'vitest'
import { json } from '../../../src'
import { createChannels, type Subscription } from '../../../src/channels'
import { rig } from '../socket/support'
import { at, brief, openChannels, states } from './support'

const code = (error: unknown) => (error as { code?: string }).code

describe('listeners of messages', () => {
  it('get each message with where it stands', async () => {
    const t = await openChannels()
    const given: unknown[] = []
    const a: Subscription = t.channels.subscribe('a', (...args) => given.push([...args, a.position]))
    await t.accept('a')
    await t.publish('a', at(1), { text: 'hi' })
    expect(given).toEqual([[{ text: 'hi' }, { channel: 'a', position: at(1) }, at(1)]])
  })

  it('B31 one that throws harms neither the others nor the socket, and each error is told once', async () => {
    const t = await openChannels()
    const given: unknown[] = []
    const mine = new Error('mine')
    for (let n = 0; n < 2; n++) {
      t.channels.subscribe('a', () => {
        throw mine
      })
    }
    t.channels.subscribe('a', (message) => given.push(message))
    await t.accept('a')
    await t.publish('a', at(1), 1)
    await t.publish('a', at(2), 2)
    expect([given, t.status(), t.reported]).toEqual([[1, 2], 'open', []])
    expect(t.errors.map((error) => [error.code, error.cause])).toEqual(Array(4).fill(['LISTENER', mine]))
  })

  it('B31 one that rejects is told too', async () => {
    const t = await openChannels()
    t.channels.subscribe('a', async () => {
      throw new Error('late')
    })
    await t.accept('a')
    await t.publish('a', at(1))
    expect(t.errors.map(code)).toEqual(['LISTENER'])
  })

  it('B31 where nobody listens for errors it is told the platform, once', async () => {
    const { clock, server, socket, reported } = rig<any>({ codec: json() })
    createChannels(socket).subscribe('a', () => {
      throw new Error('mine')
    })
    socket.connect()
    await clock.advance(0)
    server.latest.send('{"type":"subscribed","channel":"a"}')
    server.latest.send('{"type":"published","channel":"a"}')
    await clock.advance(0)
    expect(reported.map(code)).toEqual(['LISTENER'])
  })

  it('B30 one that is added or removed in a listener follows the rules of EventTarget: none is skipped', async () => {
    const t = await openChannels()
    const given: string[] = []
    const note = (name: string) => (message: unknown) => given.push(`${name}${message}`)
    let hasAdded = false
    const first = t.channels.subscribe('a', (message) => {
      note('first')(message)
      first.unsubscribe()
      third.unsubscribe()
      if (!hasAdded) t.channels.subscribe('a', note('added'))
      hasAdded = true
    })
    t.channels.subscribe('a', note('second'))
    const third = t.channels.subscribe('a', note('third'))
    t.channels.subscribe('a', note('fourth'))
    await t.accept('a')
    await t.stream('a', 1, 2)
    expect(given).toEqual(['first1', 'second1', 'fourth1', 'second2', 'fourth2', 'added2'])
    expect(t.told()).toEqual(['+a'])
  })

  it('B30 one that is added in a listener does not get the message that is just told, also without positions', async () => {
    const t = await openChannels()
    const given: unknown[] = []
    t.channels.subscribe('a', (message) => {
      if (message === 'one') t.channels.subscribe('a', (message) => given.push(message))
    })
    await t.accept('a', undefined)
    for (const message of ['one', 'two']) await t.publish('a', undefined, message)
    expect(given).toEqual(['two'])
  })

  it('the same function twice is called twice, and each removal takes one away', async () => {
    const t = await openChannels()
    const given: unknown[] = []
    const listener = (message: unknown) => given.push(message)
    const one = t.channels.subscribe('a', listener)
    t.channels.subscribe('a', listener)
    await t.accept('a')
    await t.stream('a', 1, 1)
    one.unsubscribe()
    await t.stream('a', 2, 2)
    expect(given).toEqual([1, 1, 2])
  })

  it('one that unsubscribes and subscribes anew gets what comes on the new subscription', async () => {
    const t = await openChannels()
    const given: unknown[] = []
    const a = t.channels.subscribe('a', (message) => {
      given.push(message)
      a.unsubscribe()
      t.channels.subscribe('a', (message) => given.push(message))
    })
    await t.accept('a')
    await t.stream('a', 1, 2)
    await t.accept('a', at(2))
    await t.stream('a', 3, 3)
    expect([given, t.told()]).toEqual([
      [1, 3],
      ['+a', '-a', '+a'],
    ])
  })

  it('one that closes the socket is the last to be called', async () => {
    const t = await openChannels()
    const given: unknown[] = []
    t.channels.subscribe('a', (message) => {
      given.push(message)
      void t.socket.close()
    })
    await t.accept('a')
    t.server.latest.send(JSON.stringify({ type: 'published', channel: 'a', position: at(1), message: 1 }))
    t.server.latest.send(JSON.stringify({ type: 'published', channel: 'a', position: at(2), message: 2 }))
    await t.settle()
    expect(given).toEqual([1])
  })
})

describe('listeners of the state', () => {
  it('B31 one that throws harms nothing, whatever the state changed for, and is told once', async () => {
    const t = await openChannels()
    const subscriptions = ['a', 'b'].map((name) => t.channels.subscribe(name, () => {}))
    let told = 0
    for (const { state } of subscriptions) {
      state.subscribe(() => {
        told++
        throw new Error('mine')
      })
    }
    const errors = (count: number) => {
      expect([told, t.errors.map(code)]).toEqual([count, Array(count).fill('LISTENER')])
    }
    await t.accept('a')
    await t.reject('b')
    errors(2)
    t.server.latest.die()
    await t.settle()
    errors(4)
    await t.clock.advance(100)
    errors(6)
    expect(t.told()).toEqual(['+a', '+b'])
    await t.says({ type: 'ended', channel: 'a' })
    await t.clock.advance(1_000)
    errors(8)
    expect([t.status(), t.told()]).toEqual(['open', ['+a', '+b', '+a']])
  })

  it('B30 one that is removed in a listener is not called any more', async () => {
    const t = await openChannels()
    const { state } = t.channels.subscribe('a', () => {})
    const called: string[] = []
    state.subscribe(() => {
      called.push('first')
      off()
    })
    const off = state.subscribe(() => called.push('second'))
    state.subscribe(() => called.push('third'))
    await t.accept('a')
    expect(called).toEqual(['first', 'third'])
  })

  it('one that unsubscribes another leaves that one so', async () => {
    const t = await openChannels()
    const first = t.channels.subscribe('a', () => {})
    const second = t.channels.subscribe('a', () => {})
    first.state.subscribe(() => second.unsubscribe())
    await t.accept('a')
    expect([first, second].map(({ state }) => state.get().status)).toEqual(['subscribed', 'unsubscribed'])
  })

  it('one that replaces the connection has the others wait, without a word of what was true of the old one', async () => {
    const t = await openChannels()
    const first = t.channels.subscribe('a', () => {})
    const second = t.channels.subscribe('a', () => {})
    const off = first.state.subscribe(() => {
      off()
      t.socket.reconnect()
    })
    const told = states(second)
    await t.accept('a')
    expect([told, brief(first.state.get())]).toEqual([['waiting', 'subscribing'], 'subscribing'])
  })

  it('one that replaces the connection at a gap: no state is a mixture', async () => {
    const t = await openChannels()
    const [first, second] = [1, 2].map(() => t.channels.subscribe('a', () => {}, { since: at(0) }))
    const slow = t.channels.subscribe('a', { since: at(0), buffer: 0 })
    await t.accept('a')
    const off = first?.state.subscribe(() => {
      off?.()
      t.server.mode = 'ignore'
      t.socket.reconnect()
    })
    await t.publish('a', at(2))
    for (const one of [first, second, slow]) expect(one?.state.get()).toEqual({ status: 'waiting' })
  })

  it('one that subscribes anew at a refusal has all ask again', async () => {
    const t = await openChannels()
    const first = t.channels.subscribe('a', () => {})
    const second = t.channels.subscribe('a', () => {})
    const off = first.state.subscribe(() => {
      off()
      t.channels.subscribe('a', () => {})
    })
    await t.reject('a')
    expect([t.told(), brief(first.state.get()), brief(second.state.get())]).toEqual([
      ['+a', '+a'],
      'subscribing',
      'subscribing',
    ])
  })

  it('one that unsubscribes at a gap is not given the message behind it', async () => {
    const t = await openChannels()
    const given: unknown[] = []
    const a = t.channels.subscribe('a', (message) => given.push(message))
    await t.accept('a')
    a.state.subscribe(() => a.unsubscribe())
    await t.publish('a', at(5))
    expect([given, t.told()]).toEqual([[], ['+a', '-a']])
  })

  it('may subscribe and unsubscribe as they like while a connection opens', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a', () => {})
    const b = t.channels.subscribe('b', () => {})
    a.state.subscribe(() => {
      if (a.state.get().status !== 'subscribing') return
      b.unsubscribe()
      t.channels.subscribe('c', () => {})
    })
    await t.breakAndReopen()
    expect(t.told()).toEqual(['+a', '+c'])
  })
})
