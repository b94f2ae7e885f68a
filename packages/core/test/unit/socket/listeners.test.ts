// Listeners: EventTarget's rules, errors told once, and sockets that are closed or connected from inside them.
import { describe, expect, it } from 'vitest'
import type { SocketEvents } from '../../../src'
import { openRig, outcome, record, rig, tape } from './support'

const fail = () => {
  throw new Error('mine')
}
const failLater = async () => fail()

describe('B30 B131 the rules', () => {
  /** Tells every listener of `message` something. */
  async function say(made: Awaited<ReturnType<typeof openRig>>, text = 'hi') {
    made.server.latest.send(text)
    await made.clock.advance(0)
  }

  it('B30 a listener that removes itself skips none', async () => {
    const made = await openRig()
    const heard: string[] = []
    const off = made.socket.on('message', () => {
      heard.push('a')
      off()
    })
    made.socket.on('message', () => heard.push('b'))
    made.socket.on('message', () => heard.push('c'))
    await say(made)
    await say(made)
    expect(heard).toEqual(['a', 'b', 'c', 'b', 'c'])
  })

  it('B30 B131 a listener removed by one before it is not called any more', async () => {
    const made = await openRig()
    const heard: string[] = []
    made.socket.on('message', () => {
      heard.push('a')
      off()
    })
    const off = made.socket.on('message', () => heard.push('b'))
    made.socket.on('message', () => heard.push('c'))
    await say(made)
    expect(heard).toEqual(['a', 'c'])
  })

  it('B30 a listener added inside one is first called for the next event', async () => {
    const made = await openRig()
    const heard: string[] = []
    let added = false
    made.socket.on('message', (message) => {
      heard.push(`a ${message}`)
      if (!added) made.socket.on('message', (later) => heard.push(`b ${later}`))
      added = true
    })
    await say(made, '1')
    await say(made, '2')
    expect(heard).toEqual(['a 1', 'a 2', 'b 2'])
  })

  it('B131 the same function added twice is called twice, and each removal takes one away', async () => {
    const made = await openRig()
    const heard: unknown[] = []
    const listener = (message: unknown) => heard.push(message)
    const first = made.socket.on('message', listener)
    made.socket.on('message', listener)
    await say(made, '1')
    first()
    first()
    await say(made, '2')
    expect(heard).toEqual(['1', '1', '2'])
  })

  it('B131 a removal takes away what it stands for and nothing else, however often it is called', async () => {
    const made = await openRig()
    const heard: unknown[] = []
    const listener = (message: unknown) => heard.push(message)
    const first = made.socket.on('message', listener)
    first()
    made.socket.on('message', listener)
    first()
    await say(made, '1')
    expect(heard).toEqual(['1'])
  })

  it('B30 a listener that throws inside a nested event leaves the rules as they were', async () => {
    const made = await openRig()
    const heard: string[] = []
    made.socket.on('drop', fail)
    made.socket.on('message', (message) => {
      if (message === '1') made.socket.send('never', { queue: false, signal: AbortSignal.abort() })
    })
    const off = made.socket.on('message', (message) => {
      heard.push(`${message}`)
      off()
      made.socket.on('message', (later) => heard.push(`later ${later}`))
    })
    await say(made, '1')
    await say(made, '2')
    expect(heard).toEqual(['1', 'later 2'])
    expect(made.reported.length).toBe(1)
  })

  it('B30 what happens inside a listener is told when all have heard of what went before', async () => {
    const { clock, socket } = rig()
    const heard: string[] = []
    for (const name of ['A', 'B']) {
      socket.on('open', () => {
        heard.push(`open ${name}`)
        void socket.close()
      })
      socket.on('state', ({ status }) => heard.push(`${status} ${name}`))
    }
    socket.connect()
    await clock.advance(0)
    expect(heard.slice(-6)).toEqual(['open A', 'open B', 'closing A', 'closing B', 'closed A', 'closed B'])
  })

  it('refuses a listener that is none', () => {
    const { socket } = rig()
    for (const listener of [undefined, null, 'log', {}]) {
      const act = () => socket.on('message', listener as never)
      expect(act).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
      expect(act).toThrow(/listener.*function/)
    }
  })
})

describe('B31 a listener that throws', () => {
  const names: (keyof SocketEvents<unknown>)[] = ['open', 'close', 'message', 'drop', 'state']

  it.each(names.flatMap((name) => [[name, 'throws', fail] as const, [name, 'rejects', failLater] as const]))(
    'B31 of %s that %s harms neither the others nor the reconnect, and is reported once',
    async (name, _, broken) => {
      const { clock, server, socket, reported, status } = rig({ retryDelay: () => 10 })
      const errors = tape(socket, 'error')
      let others = 0
      const off = socket.on(name, () => {
        off()
        return broken()
      })
      socket.on(name, () => others++)
      socket.send('drop me', { queue: false })
      socket.connect()
      await clock.advance(0)
      server.latest.send('hello')
      await clock.advance(0)
      server.latest.die()
      await clock.advance(10)
      expect(status()).toBe('open')
      expect(others).toBeGreaterThan(0)
      expect(errors).toMatchObject([
        { code: 'LISTENER', message: expect.stringContaining(name), cause: { message: 'mine' } },
      ])
      expect(reported).toEqual([])
    },
  )

  it.each([
    ['throws', fail],
    ['rejects', failLater],
  ])(
    'B31 one that %s goes to environment.reportError where nobody listens for errors, once',
    async (_, broken) => {
      const { clock, server, socket, reported } = await openRig()
      let heard = 0
      socket.on('message', broken)
      socket.on('message', () => heard++)
      server.latest.send('hi')
      await clock.advance(0)
      expect(heard).toBe(1)
      expect(reported).toMatchObject([{ code: 'LISTENER', cause: { message: 'mine' } }])
    },
  )

  it.each([
    ['throws', fail],
    ['rejects', failLater],
  ])(
    'B31 an error listener that %s goes to environment.reportError, and is not called for its own error',
    async (_, broken) => {
      const { clock, socket, reported, status } = rig({
        server: { mode: 'refuse' },
        url: () => 'nonsense',
        retries: 1,
      })
      let calls = 0
      socket.on('error', () => {
        calls++
        return broken()
      })
      const errors = tape(socket, 'error')
      socket.connect()
      await clock.advance(1_000)
      expect(calls).toBe(2)
      expect(errors.length).toBe(2)
      expect(reported).toMatchObject([{ code: 'LISTENER' }, { code: 'LISTENER' }])
      expect(status()).toBe('closed')
    },
  )

  it.each([
    ['throws', fail],
    ['rejects', failLater],
  ])('B31 a subscriber of a store that %s is reported too', async (_, broken) => {
    const { clock, socket, reported, status } = rig()
    socket.state.subscribe(broken)
    socket.queue.subscribe(broken)
    socket.send('a')
    socket.connect()
    await clock.advance(0)
    expect(status()).toBe('open')
    expect(reported.length).toBeGreaterThanOrEqual(4)
  })

  it('a listener that never settles holds nothing up', async () => {
    const { clock, server, socket } = await openRig()
    socket.on('message', () => new Promise(() => {}))
    const messages = tape(socket, 'message')
    server.latest.send('a')
    server.latest.send('b')
    await clock.advance(0)
    expect(messages).toEqual(['a', 'b'])
  })

  it('what was told to nobody as an error stays quiet: no throw, no report', async () => {
    const { clock, socket, reported, status } = rig({ url: () => 'nonsense' })
    socket.connect()
    await clock.advance(0)
    expect(status()).toBe('waiting')
    expect(reported).toEqual([])
  })

  it('a reportError that throws wedges nothing', async () => {
    const { clock, server, socket } = await openRig({ environment: { reportError: fail } })
    socket.on('message', fail)
    const messages = tape(socket, 'message')
    const states = tape(socket, 'state')
    server.latest.send('a')
    await clock.advance(0).catch(() => {})
    server.latest.send('b')
    await clock.advance(0).catch(() => {})
    expect(messages).toEqual(['a', 'b'])
    server.latest.die()
    await clock.advance(0).catch(() => {})
    await clock.advance(500).catch(() => {})
    expect(states.map(({ status }) => status)).toEqual([
      'waiting',
      'connecting',
      'connecting',
      'connecting',
      'open',
    ])
  })

  it('a terminate that throws wedges nothing', async () => {
    const { clock, socket, status } = await openRig({
      closeTimeout: 100,
      environment: { terminate: fail },
      server: { holdClose: true },
    })
    const states = tape(socket, 'state')
    const closed = socket.close()
    await clock.advance(100).catch(() => {})
    expect(await outcome(closed)).toBe('resolved')
    expect(status()).toBe('closed')
    socket.connect()
    await clock.advance(0)
    expect(status()).toBe('open')
    expect(states.at(-1)?.status).toBe('open')
  })
})

describe('B32 inside an open listener', () => {
  it('B32 close(): nothing of the queue is written', async () => {
    const { clock, server, socket, status } = rig()
    socket.send('waits')
    socket.on('open', () => void socket.close())
    socket.connect()
    await clock.advance(0)
    expect(status()).toBe('closed')
    expect(server.latest.sent).toEqual([])
    expect(socket.queue.get().messages).toBe(1)
  })

  it('B32 connect() changes nothing; the queue goes out once', async () => {
    const { clock, server, socket } = rig()
    socket.send('waits')
    socket.on('open', () => socket.connect())
    socket.connect()
    await clock.advance(0)
    expect(server.connections.length).toBe(1)
    expect(server.latest.received).toEqual(['waits'])
  })

  it.each([
    [
      'close() and connect()',
      (socket: ReturnType<typeof rig>['socket']) => {
        void socket.close()
        socket.connect()
      },
    ],
    ['reconnect()', (socket: ReturnType<typeof rig>['socket']) => socket.reconnect()],
  ])('B32 %s: the queue goes to the new transport alone', async (_, act) => {
    const { clock, server, socket, status } = rig({ server: { holdClose: true } })
    socket.send('waits')
    let first = true
    socket.on('open', () => {
      if (first) act(socket)
      first = false
    })
    socket.connect()
    await clock.advance(0)
    expect(status()).toBe('open')
    expect(server.connections.map(({ sent }) => sent)).toEqual([[], ['waits']])
  })

  it('B32 frames that came with the open are not told after close() in its listener', async () => {
    const { clock, socket } = rig({ server: { onOpen: (connection) => connection.send('welcome') } })
    const messages = tape(socket, 'message')
    socket.on('open', () => void socket.close())
    socket.connect()
    await clock.advance(0)
    expect(messages).toEqual([])
  })
})

describe('B33 inside other listeners', () => {
  it('B33 close() inside a message listener: the next message of that batch is not told', async () => {
    const { clock, server, socket } = await openRig()
    const messages = tape(socket, 'message')
    socket.on('message', () => void socket.close())
    server.latest.send('a')
    server.latest.send('b')
    await clock.advance(0)
    expect(messages).toEqual(['a'])
  })

  it('connect() inside a close listener hurries the retry', async () => {
    const { clock, server, socket, status } = await openRig({ retryDelay: () => 1e6 })
    socket.on('close', () => socket.connect())
    server.latest.die()
    await clock.advance(0)
    expect(status()).toBe('open')
    expect(server.connections.length).toBe(2)
  })

  it('connect() inside the listener that hears of the end starts anew; close() resolves all the same', async () => {
    const { clock, server, socket, status } = await openRig()
    let again = true
    socket.on('state', ({ status: now }) => {
      if (now === 'closed' && again) socket.connect()
      if (now === 'closed') again = false
    })
    const closed = socket.close()
    await clock.advance(0)
    expect(await outcome(closed)).toBe('resolved')
    expect(status()).toBe('open')
    expect(server.live).toBe(1)
    expect(await outcome(socket.opened())).toBe('resolved')
  })

  it('the state is what the listener is told, or newer', async () => {
    const { clock, socket } = rig()
    socket.on('state', (state) => {
      if (state.status !== 'connecting') expect(socket.state.get()).toBe(state)
    })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    void socket.close()
    await clock.advance(0)
    expect(errors).toEqual([])
  })

  it('events come in the order in which things happened', async () => {
    const { clock, server, socket } = rig({ retries: 1, retryDelay: () => 10 })
    const told = record(socket, ['state', 'open', 'close'])
    socket.connect()
    await clock.advance(0)
    server.latest.die()
    server.mode = 'refuse'
    await clock.advance(10)
    const names = told.map(([name, payload]) => (name === 'state' ? payload.status : `(${name})`))
    expect(names.filter((name, n) => name !== names[n - 1])).toEqual([
      'connecting',
      'open',
      '(open)',
      'waiting',
      '(close)',
      'connecting',
      'closed',
      '(close)',
    ])
  })
})

describe('once()', () => {
  it('resolves with the next event, and listens no longer', async () => {
    const { clock, server, socket } = await openRig()
    const next = socket.once('message')
    server.latest.send('a')
    server.latest.send('b')
    await clock.advance(0)
    expect(await next).toBe('a')
    const later = socket.once('message')
    server.latest.send('c')
    await clock.advance(0)
    expect(await later).toBe('c')
  })

  it('rejects with the reason of its signal', async () => {
    const { clock, server, socket } = await openRig()
    const abort = new AbortController()
    const next = socket.once('message', { signal: abort.signal })
    abort.abort(new Error('enough'))
    await expect(next).rejects.toThrow('enough')
    server.latest.send('a')
    await clock.advance(0)
    await expect(socket.once('open', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    })
  })

  it('leaves nothing at the signal', async () => {
    const { clock, server, socket } = await openRig()
    let attached = 0
    const { signal } = new AbortController()
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      attached++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      attached--
      remove(...args)
    }
    const next = socket.once('message', { signal })
    const opened = socket.opened({ signal })
    expect(attached).toBeGreaterThan(0)
    server.latest.send('a')
    await clock.advance(0)
    await Promise.all([next, opened])
    expect(attached).toBe(0)
  })

  it('that nobody awaits is no unhandled rejection', async () => {
    const { socket } = rig()
    const abort = new AbortController()
    void socket.once('open', { signal: abort.signal })
    void socket.opened({ signal: abort.signal })
    abort.abort()
    await Promise.resolve()
  })
})
