// What the server is told: the channels that the app wants, once on each connection, ahead of all that waits.
import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { acks, json, offlineQueue } from '../../../src'
import { createChannels } from '../../../src/channels'
import { outcome } from '../socket/support'
import { at, brief, channelRig, openChannels } from './support'

const ignore = () => {}

describe('the wanted set', () => {
  it('B96 of what was subscribed and unsubscribed while offline neither is told, the rest is', async () => {
    const t = channelRig()
    t.channels.subscribe('a', ignore)
    t.channels.subscribe('b', ignore).unsubscribe()
    t.channels.subscribe('c', ignore)
    await t.open()
    expect(t.told()).toEqual(['+a', '+c'])
    t.server.latest.die()
    await t.settle()
    t.channels.subscribe('d', ignore).unsubscribe()
    t.channels.subscribe('e', ignore)
    await t.clock.advance(100)
    expect(t.told()).toEqual(['+a', '+c', '+e'])
  })

  it('B96 what was unsubscribed while offline is not told, though an earlier connection had it', async () => {
    const t = channelRig()
    const a = t.channels.subscribe('a', ignore)
    t.channels.subscribe('b', ignore)
    await t.open()
    t.server.latest.die()
    await t.settle()
    a.unsubscribe()
    await t.clock.advance(100)
    expect(t.told()).toEqual(['+b'])
  })

  it('B97 each is subscribed once on each connection, before the queue and before `open` is told', async () => {
    const t = channelRig()
    t.channels.subscribe('a', ignore)
    t.socket.send({ queued: 1 })
    t.socket.on('open', () => {
      t.channels.subscribe('a', ignore)
      t.channels.subscribe('late', ignore)
    })
    await t.open()
    for (let n = 0; n < 3; n++) {
      const [first, ...rest] = t.frames()
      expect(first).toMatchObject({ type: 'subscribe', channel: 'a' })
      const late = { type: 'subscribe', channel: 'late' }
      expect(rest).toMatchObject(n ? [late] : [late, { queued: 1 }])
      await t.breakAndReopen()
    }
  })

  it('does not wait for the answers before the socket is open', async () => {
    const t = channelRig()
    t.channels.subscribe('a', ignore)
    await t.open()
    expect(t.status()).toBe('open')
  })

  it('n subscribers of a channel are one subscription; the last of them ends it', async () => {
    const t = await openChannels()
    const subscriptions = [1, 2, 3].map(() => t.channels.subscribe('a', ignore))
    expect(t.told()).toEqual(['+a'])
    subscriptions[0]?.unsubscribe()
    subscriptions[0]?.unsubscribe()
    subscriptions[1]?.unsubscribe()
    expect(t.told()).toEqual(['+a'])
    subscriptions[2]?.unsubscribe()
    subscriptions[2]?.unsubscribe()
    expect(t.told()).toEqual(['+a', '-a'])
  })

  it('names in `unsubscribe` the subscription that it ends', async () => {
    const t = await openChannels()
    const refs = [1, 2].map(() => {
      t.channels.subscribe('a', ignore).unsubscribe()
      return t
        .frames()
        .slice(-2)
        .map(({ ref }) => ref)
    })
    expect(refs.map(([asked, ended]) => asked === ended)).toEqual([true, true])
    expect(new Set(refs.flat()).size).toBe(2)
  })

  it('gives the payload of the first subscriber, made anew each time where it is a function', async () => {
    const t = channelRig()
    let n = 0
    t.channels.subscribe('a', ignore, { payload: () => ++n })
    t.channels.subscribe('a', ignore, { payload: 'another' })
    t.channels.subscribe('b', ignore, { payload: { token: 't' } })
    await t.open()
    expect([t.request('a').payload, t.request('b').payload]).toEqual([1, { token: 't' }])
    await t.breakAndReopen()
    expect(t.request('a').payload).toBe(2)
  })

  it('with an open socket begins at once', async () => {
    const t = await openChannels()
    const channels = createChannels(t.socket)
    channels.subscribe('late', ignore)
    await t.settle()
    expect(t.told()).toEqual(['+late'])
  })

  it.each([0, 1, 2, 3])(
    'that is wanted first %i turns after the handshake is told as well',
    async (turns) => {
      const t = channelRig()
      t.socket.use({
        name: 'turns',
        handshake() {
          let turn = Promise.resolve()
          for (let n = 0; n < turns; n++) turn = turn.then(() => {})
          void turn.then(() => createChannels(t.socket).subscribe('late', ignore))
        },
      })
      await t.open()
      expect(t.told()).toEqual(['+late'])
    },
  )

  it('does nothing to the connection before the first subscription', async () => {
    const t = await openChannels()
    expect([t.frames(), t.clock.timers]).toEqual([[], 0])
  })

  it('one that cannot be encoded harms no other, nor the connection', async () => {
    const t = channelRig()
    const bad = t.channels.subscribe('bad', ignore, { payload: 1n })
    const worse = t.channels.subscribe('worse', ignore, {
      payload() {
        throw new Error('no token')
      },
    })
    t.channels.subscribe('good', ignore)
    await t.open()
    expect([t.status(), t.told()]).toEqual(['open', ['+good']])
    for (const { state } of [bad, worse])
      expect(state.get()).toMatchObject({ status: 'rejected', error: { code: 'REJECTED' } })
    expect(worse.state.get()).toMatchObject({ error: { cause: { message: 'no token' } } })
    bad.unsubscribe()
    expect(t.told()).toEqual(['+good'])
  })
})

describe('a payload that is made anew each time', () => {
  it('must be there at once: a promise is no payload', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a', ignore, { payload: () => Promise.reject(new Error('late')) })
    expect(a.state.get()).toMatchObject({ status: 'rejected', error: { cause: { name: 'TypeError' } } })
    expect(t.frames()).toEqual([])
  })

  it('by a function that unsubscribes leaves nothing at the server', async () => {
    const t = channelRig()
    const a = t.channels.subscribe('a', ignore, { payload: () => a.unsubscribe() })
    await t.open()
    expect([t.told().includes('+a'), brief(a.state.get()), t.status()]).toEqual([
      false,
      'unsubscribed',
      'open',
    ])
  })
})

describe('answers', () => {
  it('that come after `unsubscribe` change nothing', async () => {
    const t = await openChannels()
    const messages: unknown[] = []
    const a = t.channels.subscribe('a', (message) => messages.push(message))
    const { ref } = t.request('a')
    a.unsubscribe()
    await t.says({ type: 'subscribed', channel: 'a', ref, position: at(0) })
    await t.publish('a', at(1))
    expect([messages, t.told()]).toEqual([[], ['+a', '-a']])
  })

  it('to an earlier subscription of the same connection, and its messages, do not count for the next', async () => {
    const t = await openChannels()
    const messages: unknown[] = []
    t.channels.subscribe('a', ignore).unsubscribe()
    const { ref } = t.request('a')
    const again = t.channels.subscribe('a', (message) => messages.push(message))
    for (const type of ['subscribed', 'rejected', 'ended'])
      await t.says({ type, channel: 'a', ref, position: at(4) })
    await t.publish('a', at(5), 'of the first')
    expect([again.state.get().status, messages]).toEqual(['subscribing', []])
    await t.accept('a', at(5))
    await t.publish('a', at(6), 'of the second')
    expect([brief(again.state.get()), messages]).toEqual(['subscribed, recovered: false', ['of the second']])
    expect(t.clock.timers).toBe(0)
  })

  it('are consumed, like messages of channels that nobody wants; other messages are the app’s', async () => {
    const t = await openChannels()
    const messages: unknown[] = []
    t.socket.on('message', (message) => messages.push(message))
    await t.publish('unknown', at(1))
    await t.says({ type: 'published', text: 'has no channel' })
    await t.says({ type: 'chat', channel: 'a' })
    await t.says([1])
    expect(messages).toEqual([
      { type: 'published', text: 'has no channel' },
      { type: 'chat', channel: 'a' },
      [1],
    ])
  })
})

describe('in a rotation', () => {
  it('the second connection is told all that is wanted, once, and the first nothing more', async () => {
    const t = await openChannels()
    t.channels.subscribe('a', ignore)
    t.channels.subscribe('b', ignore)
    await t.rotate()
    await t.acceptSecond()
    expect([t.told(t.connection(0)), t.told(t.connection(1))]).toEqual([
      ['+a', '+b'],
      ['+a', '+b'],
    ])
  })

  it('what changes meanwhile is told on both', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a', ignore)
    await t.rotate()
    await t.acceptSecond()
    t.channels.subscribe('b', ignore)
    a.unsubscribe()
    expect([t.told(t.connection(0)), t.told(t.connection(1))]).toEqual([
      ['+a', '+b', '-a'],
      ['+a', '+b', '-a'],
    ])
  })

  it('a second that fails leaves all as it was', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a', ignore)
    await t.accept('a')
    const before = a.state.get()
    await t.rotate()
    t.server.latest.refuse()
    await t.settle()
    expect(t.socket.state.get()).toMatchObject({ status: 'open', rotating: false })
    expect(a.state.get()).toBe(before)
    a.unsubscribe()
    t.channels.subscribe('b', ignore)
    expect(t.told(t.connection(0))).toEqual(['+a', '-a', '+b'])
  })
})

describe('publish', () => {
  it('sends a message into a channel, as any message: it waits, and has a receipt', async () => {
    const t = channelRig()
    const receipt = t.channels.publish('a', { text: 'hi' })
    expect(receipt.status).toBe('queued')
    await t.open()
    expect(await outcome(receipt.sent)).toBe('resolved')
    expect(t.frames()).toEqual([{ type: 'publish', channel: 'a', message: { text: 'hi' } }])
  })

  it('takes the options of `send`, is confirmed where messages are, and passes by the schema of the app', async () => {
    const schema = {
      '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'never' }] }) },
    } as const
    const t = await openChannels({
      codec: json({ outgoing: schema as any }),
      queue: offlineQueue({ confirm: acks({ id: 'id', isAck: (message: any) => message.ack }) }),
    })
    const receipt = t.channels.publish('a', 1, { key: 'k' })
    const [frame] = t.frames()
    await t.says({ ack: frame?.id })
    expect(await outcome(receipt.confirmed)).toBe('resolved')
    expect(await outcome(t.socket.send('x').sent)).toBe('VALIDATION')
  })
})

describe('the end', () => {
  it('dispose() unsubscribes all on the wire, and leaves nothing behind', async () => {
    const t = await openChannels()
    const messages: unknown[] = []
    const a = t.channels.subscribe('a', (message) => messages.push(message))
    t.channels.subscribe('b', ignore)
    const c = t.channels.subscribe('c')
    await t.accept('a')
    await t.accept('b')
    await t.says({ type: 'ended', channel: 'b' })
    expect(t.clock.timers).toBe(1)
    t.channels.dispose()
    expect(t.told().slice(3)).toEqual(['-a', '-c'])
    expect(await c.next()).toEqual({ done: true, value: undefined })
    await t.publish('a', at(1))
    await t.breakAndReopen()
    expect([messages, t.told(), t.clock.timers]).toEqual([[], [], 0])
    a.unsubscribe()
    t.channels.dispose()
  })

  it('dispose() leaves nothing on an open connection: what still comes is the app’s', async () => {
    const t = await openChannels()
    let signal: AbortSignal | undefined
    t.socket.use({
      name: 'look',
      handshake(connection) {
        signal = connection.signal
      },
    })
    const messages: unknown[] = []
    t.socket.on('message', (message) => messages.push(message))
    expect(getEventListeners(signal as AbortSignal, 'abort')).toHaveLength(1)
    t.channels.dispose()
    expect(getEventListeners(signal as AbortSignal, 'abort')).toEqual([])
    await t.publish('a', at(1))
    expect(messages).toHaveLength(1)
  })

  it('after dispose() nobody subscribes any more', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a', ignore)
    a.state.subscribe(() => {
      const again = t.channels.subscribe('a', ignore)
      again.state.subscribe(() => t.channels.subscribe('a', ignore))
    })
    t.channels.dispose()
    const late = t.channels.subscribe('b')
    expect([t.told(), brief(late.state.get()), await late.next()]).toEqual([
      ['+a', '-a'],
      'unsubscribed',
      { done: true, value: undefined },
    ])
    await t.breakAndReopen()
    expect(t.told()).toEqual([])
  })

  it.each(['return()', 'unsubscribe()', 'dispose()', 'close()', 'refusal', 'signal'])(
    'an iterator leaves no listener on the socket, by %s',
    async (by) => {
      const t = await openChannels()
      let listeners = 0
      const { socket } = t
      const channels = createChannels({
        clock: socket.clock,
        state: socket.state,
        use: (extension) => socket.use(extension),
        send: (message, options) => socket.send(message, options),
        report: (error) => socket.report(error),
        on(event, listener) {
          listeners++
          const off = socket.on(event, listener)
          return () => {
            listeners--
            off()
          }
        },
      } as typeof socket)
      t.channels.dispose()
      const before = listeners
      const controller = new AbortController()
      const a = channels.subscribe('a', { signal: controller.signal })
      expect(listeners).toBeGreaterThan(before)
      if (by === 'return()') void a.return?.()
      else if (by === 'unsubscribe()') a.unsubscribe()
      else if (by === 'dispose()') channels.dispose()
      else if (by === 'close()') void t.socket.close()
      else if (by === 'refusal') await t.reject('a')
      else controller.abort()
      await t.settle()
      expect(listeners).toBe(before)
    },
  )

  it('`using` ends a subscription, and the channels, where the runtime has it', async () => {
    const t = await openChannels()
    const a = t.channels.subscribe('a', ignore)
    a[Symbol.dispose ?? 'dispose']?.()
    t.channels.subscribe('b', ignore)
    t.channels[Symbol.dispose ?? 'dispose']?.()
    expect(t.told()).toEqual(['+a', '-a', '+b', '-b'].filter(() => Symbol.dispose))
  })

  it('a signal unsubscribes; one that is aborted already never subscribes', async () => {
    const t = await openChannels()
    const controller = new AbortController()
    const { signal } = controller
    t.channels.subscribe('a', ignore, { signal })
    t.channels.subscribe('b', { signal }).unsubscribe()
    controller.abort()
    t.channels.subscribe('c', ignore, { signal })
    expect(t.told()).toEqual(['+a', '+b', '-b', '-a'])
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('B34 1 000 times connected and closed, with a subscription that breaks off, leaves no timer, listener or transport', async () => {
    const t = channelRig()
    t.channels.subscribe('a', ignore)
    for (let n = 0; n < 1_000; n++) {
      await t.open()
      await t.accept('a', at(n))
      await t.says({ type: 'ended', channel: 'a' })
      void t.socket.close()
      await t.settle()
    }
    const listening = t.server.connections.filter(({ client }) => client.onmessage).length
    expect([t.status(), t.clock.timers, t.server.live, listening]).toEqual(['closed', 0, 0, 0])
    expect(t.errors).toEqual([])
  })
})

describe('what is asked wrongly', () => {
  it.each([
    ['createChannels: there is no option x', (t: any) => createChannels(t.socket, { x: 1 } as object)],
    ['protocol', (t: any) => createChannels(t.socket, { protocol: {} as any })],
    ['channel', (t: any) => t.channels.subscribe(1, ignore)],
    ['since', (t: any) => t.channels.subscribe('a', ignore, { since: 5 })],
    ['since', (t: any) => t.channels.subscribe('a', ignore, { since: { offset: Number.NaN } })],
    ['signal', (t: any) => t.channels.subscribe('a', { signal: {} })],
    ['buffer', (t: any) => t.channels.subscribe('a', { buffer: -1 })],
    ['channel', (t: any) => t.channels.subscribe(undefined, ignore)],
    ['there is no option', (t: any) => t.channels.subscribe('a', 'b')],
    ['there is no option', (t: any) => t.channels.subscribe('a', { bufer: 1 })],
  ])('throws INVALID_OPTION that names %s, and changes nothing', async (name, call) => {
    const t = await openChannels()
    expect(() => call(t)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(name) }),
    )
    expect(t.frames()).toEqual([])
  })
})
