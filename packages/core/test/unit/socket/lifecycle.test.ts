// Whole lives: what is left behind, what opened() promises, and what the state store shows.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { heartbeat } from '../../../src'
import type { MemoryMode } from '../../../src/testing'
import { openRig, outcome, rig, tape } from './support'

describe('B34 leaks', () => {
  /** The handlers that dead transports still have, by name. One `onerror` for all is fine: it holds nothing. */
  function leftOver(server: ReturnType<typeof rig>['server']) {
    const names = ['onopen', 'onmessage', 'onclose'] as const
    const attached = server.connections.filter(({ client }) => names.some((name) => client[name] !== null))
    return {
      attached: attached.length,
      onerror: new Set(server.connections.map(({ client }) => client.onerror)).size,
    }
  }

  it('B34 1 000 cycles of connect() and close() leave no timer, no handler and no transport', async () => {
    const { clock, server, socket } = rig({ heartbeat: heartbeat() })
    for (let cycle = 0; cycle < 1_000; cycle++) {
      socket.connect()
      await clock.advance(0)
      socket.send('hello')
      expect(clock.timers).toBe(1)
      void socket.close()
      await clock.advance(0)
      expect(clock.timers).toBe(0)
    }
    expect(server.connections.length).toBe(1_000)
    expect(server.live).toBe(0)
    expect(clock.turns).toBe(0)
    expect(leftOver(server)).toEqual({ attached: 0, onerror: 1 })
    expect(socket.transport).toBeUndefined()
  })

  it.each(['accept', 'refuse', 'ignore', 'error-alone', 'close-alone'] as MemoryMode[])(
    'B34 1 000 cycles cut off anywhere leave nothing either (the server would %s)',
    async (mode) => {
      const { clock, server, socket } = rig({ server: { mode } })
      for (let cycle = 0; cycle < 1_000; cycle++) {
        socket.connect()
        if (cycle % 2) clock.advanceSync(cycle % 7)
        void socket.close()
        if (cycle % 3) clock.advanceSync(0)
      }
      await clock.advance(0)
      expect(clock.timers).toBe(0)
      expect(server.live).toBe(0)
      expect(leftOver(server)).toEqual({ attached: 0, onerror: 1 })
    },
  )

  it('B34 1 000 breaks leave one transport', async () => {
    const { clock, server, socket } = await openRig({ retryDelay: () => 1 })
    for (let cycle = 0; cycle < 1_000; cycle++) {
      server.latest.die()
      await clock.advance(1)
    }
    expect(socket.state.get().status).toBe('open')
    expect(server.live).toBe(1)
    expect(leftOver(server)).toEqual({ attached: 1, onerror: 2 })
    expect(clock.timers).toBe(0)
  })

  it('B34 at no time more than one transport, one timer for the connection, and none at rest, whatever happens', async () => {
    const act = fc.constantFrom(
      'connect',
      'close',
      'reconnect',
      'die',
      'server close',
      'refuse',
      'accept',
      'ignore',
      'error-alone',
      'wait',
      'long wait',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
        const { clock, server, socket } = rig({ connectTimeout: 500, retryDelay: () => 50, retries: 3 })
        const states = tape(socket, 'state')
        for (const what of acts) {
          if (what === 'connect') socket.connect()
          else if (what === 'reconnect') socket.reconnect()
          else if (what === 'close') void socket.close()
          else if (what === 'die') server.connections.at(-1)?.die()
          else if (what === 'server close') server.connections.at(-1)?.close(1011)
          else if (what === 'wait') await clock.advance(60)
          else if (what === 'long wait') await clock.advance(6_000)
          else server.mode = what as MemoryMode
          await clock.advance(0)
          expect(server.live).toBeLessThanOrEqual(1)
          expect(clock.timers).toBeLessThanOrEqual(1)
          const { status } = socket.state.get()
          if (status === 'idle' || status === 'closed') {
            expect(clock.timers).toBe(0)
            expect(server.live).toBe(0)
          }
          if (status === 'open') expect(server.live).toBe(1)
        }
        for (const [n, state] of states.entries()) expect(state).not.toEqual(states[n - 1])
      }),
      { numRuns: 300 },
    )
  })

  it('B33 promises nothing more once close() resolved: a released retain() leaves no timer', async () => {
    const { clock, server, socket, status } = rig()
    const release = socket.retain()
    await clock.advance(0)
    release()
    await Promise.all([socket.close(), clock.advance(0)])
    expect(clock.timers).toBe(0)
    // Nor does the old release close what is connected anew.
    socket.connect()
    await clock.advance(10_000)
    expect(status()).toBe('open')
    expect(server.live).toBe(1)
  })
})

describe('opened()', () => {
  it('is one and the same promise, resolved from the first open on', async () => {
    const { clock, server, socket } = rig()
    const promise = socket.opened()
    expect(socket.opened()).toBe(promise)
    expect(await outcome(promise)).toBe('pending')
    socket.connect()
    await clock.advance(0)
    expect(await outcome(promise)).toBe('resolved')
    expect(socket.opened()).toBe(promise)
    server.latest.die()
    await clock.advance(0)
    expect(socket.state.get().status).toBe('waiting')
    expect(socket.opened()).toBe(promise)
  })

  it('resolves for one who asks only while it is open', async () => {
    const { socket } = await openRig()
    expect(await outcome(socket.opened())).toBe('resolved')
  })

  it('resolves only after the handshake', async () => {
    let finish = () => {}
    const { clock, socket } = rig({ onHandshake: () => new Promise<void>((resolve) => (finish = resolve)) })
    socket.connect()
    await clock.advance(0)
    const promise = socket.opened()
    expect(await outcome(promise)).toBe('pending')
    finish()
    expect(await outcome(promise)).toBe('resolved')
  })

  it('waits through failures, and rejects with CLOSED when it ends for good', async () => {
    const { clock, socket } = rig({ server: { mode: 'refuse' }, retries: 1 })
    const promise = socket.opened()
    socket.connect()
    await clock.advance(0)
    expect(await outcome(promise)).toBe('pending')
    await clock.advance(500)
    expect(await outcome(promise)).toBe('CLOSED')
    expect(await outcome(socket.opened())).toBe('CLOSED')
  })

  it('rejects after the end though it had been open', async () => {
    const { clock, socket } = await openRig()
    const before = socket.opened()
    void socket.close()
    await clock.advance(0)
    expect(await outcome(before)).toBe('resolved')
    expect(await outcome(socket.opened())).toBe('CLOSED')
  })

  it('is fresh after connect()', async () => {
    const { clock, socket } = await openRig()
    void socket.close()
    await clock.advance(0)
    const rejected = socket.opened()
    expect(await outcome(rejected)).toBe('CLOSED')
    socket.connect()
    const fresh = socket.opened()
    expect(fresh).not.toBe(rejected)
    await clock.advance(0)
    expect(await outcome(fresh)).toBe('resolved')
  })

  it('rejects with the reason of its signal, and leaves the shared promise alone', async () => {
    const { clock, socket } = rig()
    const abort = new AbortController()
    const mine = socket.opened({ signal: abort.signal })
    const shared = socket.opened()
    abort.abort(new Error('enough'))
    await expect(mine).rejects.toThrow('enough')
    socket.connect()
    await clock.advance(0)
    expect(await outcome(shared)).toBe('resolved')
  })

  it('nobody has to await it', async () => {
    const { clock, socket } = rig({ server: { mode: 'refuse' }, retries: 0 })
    void socket.opened()
    socket.connect()
    await clock.advance(0)
    void socket.opened()
    expect(socket.state.get().status).toBe('closed')
  })
})

describe('the state store', () => {
  it('gives the same snapshot until something changed, and a new one then', async () => {
    const { clock, server, socket } = rig()
    const idle = socket.state.get()
    const told = tape(socket, 'state')
    let calls = 0
    const off = socket.state.subscribe(() => calls++)
    expect(calls).toBe(0)
    expect(socket.state.get()).toBe(idle)
    socket.connect()
    await clock.advance(0)
    const open = socket.state.get()
    server.latest.send('a')
    socket.send('b')
    socket.connect()
    await clock.advance(60_000)
    expect(socket.state.get()).toBe(open)
    void socket.close()
    void socket.close()
    await clock.advance(0)
    const closed = socket.state.get()
    await socket.close()
    expect(socket.state.get()).toBe(closed)
    expect(told.map(({ status }) => status)).toEqual([
      'connecting',
      'connecting',
      'connecting',
      'open',
      'closing',
      'closed',
    ])
    expect(new Set([idle, ...told]).size).toBe(7)
    expect(calls).toBe(6)
    off()
    socket.connect()
    expect(calls).toBe(6)
  })

  it('old snapshots stay what they were', async () => {
    const { clock, server, socket } = await openRig()
    const open = socket.state.get()
    const copy = structuredClone(open)
    server.latest.die()
    await clock.advance(0)
    expect(open).toEqual(copy)
  })

  it('open shows since, protocol, and that nothing speaks against it', async () => {
    const { clock, socket } = rig({ protocols: ['chat'] })
    await clock.advance(123)
    socket.connect()
    await clock.advance(0)
    expect(socket.state.get()).toEqual({
      status: 'open',
      since: clock.now(),
      protocol: 'chat',
      suspect: false,
      rotating: false,
    })
  })

  it('connecting shows the phases', async () => {
    const { clock, socket } = rig({ url: async () => 'ws://memory.test/', onHandshake: async () => {} })
    const phases: string[] = []
    socket.on('state', (state) => phases.push(state.status === 'connecting' ? state.phase : state.status))
    socket.connect()
    await clock.advance(0)
    expect(phases).toEqual(['credentials', 'transport', 'handshake', 'open'])
  })

  it('the open event has the state', async () => {
    const { clock, socket } = rig()
    const opens = tape(socket, 'open')
    socket.connect()
    await clock.advance(0)
    expect(opens).toEqual([socket.state.get()])
  })
})

describe('transport', () => {
  it('is the native socket while there is one', async () => {
    const { clock, server, socket } = rig()
    expect(socket.transport).toBeUndefined()
    socket.connect()
    await clock.advance(0)
    expect(socket.transport).toBe(server.latest.client)
    server.latest.die()
    await clock.advance(0)
    expect(socket.transport).toBeUndefined()
  })
})
