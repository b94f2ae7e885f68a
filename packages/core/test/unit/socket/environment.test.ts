// The platform: nothing of it is touched at import, each part can be replaced, and what is missing is said.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Clock, createSocket, heartbeat, offlineQueue, tokenAuth } from '../../../src'
import { memoryServer } from '../../../src/testing'
import { macrotask, openRig, outcome, rig, tape } from './support'

/** Keeps its time in private fields: each method needs its `this`. */
class ClockOfAClass implements Clock {
  static readonly timers = new Set<unknown>()
  readonly #timers = ClockOfAClass.timers
  now() {
    return this.#timers.size && 0
  }
  setTimeout() {
    const timer = {}
    this.#timers.add(timer)
    return timer
  }
  clearTimeout(timer: unknown) {
    this.#timers.delete(timer)
  }
  turn(fn: () => void) {
    queueMicrotask(() => this.#timers && fn())
  }
}

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('B3 at import', () => {
  const src = join(import.meta.dirname, '../../../src')
  const entries = ['index.ts', ...readdirSync(src).map((room) => `${room}/index.ts`)].filter((path) =>
    existsSync(join(src, path)),
  )
  /** What the language has, and no platform adds. */
  const language =
    /^(Object|Function|Array|String|Number|Boolean|Symbol|BigInt|Math|JSON|Promise|Proxy|Reflect|Map|Set|Weak\w+|Finalization\w+|\w*Error|RegExp|Date|Intl|Atomics|\w*Array\w*|DataView|Iterator|parse\w+|is(NaN|Finite)|\w*codeURI\w*|escape|unescape|eval|NaN|Infinity|undefined|globalThis)$/
  const elsewhere = [
    'window',
    'self',
    'document',
    'location',
    'navigator',
    'WebSocket',
    'indexedDB',
    'localStorage',
    'addEventListener',
    'reportError',
    'requestAnimationFrame',
    'Bun',
    'Deno',
  ]

  /** Notes each use of the platform by our own sources, until it is called off. */
  function watch() {
    const uses: string[] = []
    const restore: (() => void)[] = []
    const note = (name: string) => {
      if (new Error().stack?.includes(`${src}/`)) uses.push(name)
    }
    for (const name of [...Object.getOwnPropertyNames(globalThis), ...elsewhere]) {
      const own = Object.getOwnPropertyDescriptor(globalThis, name)
      if (language.test(name) || name.startsWith('__vi') || own?.configurable === false) continue
      let { value } = own ?? {}
      Object.defineProperty(globalThis, name, {
        configurable: true,
        get: () => {
          note(name)
          return own?.get ? own.get.call(globalThis) : value
        },
        set: (given) => {
          value = given
        },
      })
      restore.push(() => {
        if (own) Object.defineProperty(globalThis, name, own)
        else delete (globalThis as Record<string, unknown>)[name]
      })
    }
    for (const [object, method] of [
      [Math, 'random'],
      [Date, 'now'],
    ] as const) {
      const original = (object as any)[method]
      const spy = vi.spyOn(object as any, method)
      spy.mockImplementation(() => {
        note(`${method}()`)
        return original()
      })
      restore.push(() => spy.mockRestore())
    }
    const stop = () => {
      for (const undo of restore) undo()
    }
    return { uses, stop }
  }

  it.each(entries)(
    'B3 %s reads no global, draws no number, sets no timer and attaches nothing',
    async (entry) => {
      vi.resetModules()
      const { uses, stop } = watch()
      try {
        const door = await import(join(src, entry))
        expect(Object.keys(door).length).toBeGreaterThan(0)
        expect(uses).toEqual([])
        // The trap works: what needs the platform is caught as soon as it is called.
        if ('createSocket' in door) {
          door.createSocket('ws://memory.test/').send('a').id
          expect(uses).toContain('location')
          expect(uses).toContain('random()')
        }
      } finally {
        stop()
      }
    },
  )

  it('B3 there are the doors that the package names', async () => {
    expect(entries).toEqual(expect.arrayContaining(['index.ts', 'testing/index.ts']))
  })
})

describe('B117 no WebSocket', () => {
  it('B117 connect(), reconnect() and retain() say NO_WEBSOCKET and name the option', async () => {
    vi.stubGlobal('WebSocket', undefined)
    const socket = createSocket('ws://memory.test/')
    for (const act of [() => socket.connect(), () => socket.reconnect(), () => socket.retain()]) {
      expect(act).toThrow(expect.objectContaining({ code: 'NO_WEBSOCKET' }))
      expect(act).toThrow('environment.WebSocket')
    }
    expect(socket.state.get()).toEqual({ status: 'idle' })
  })

  it('B117 createSocket() and send() do not mind', () => {
    vi.stubGlobal('WebSocket', undefined)
    expect(createSocket('ws://memory.test/').send('a').status).toBe('queued')
  })

  it('B117 a failed retain() is not counted', async () => {
    vi.stubGlobal('WebSocket', undefined)
    const server = memoryServer()
    const socket = createSocket('ws://memory.test/')
    expect(() => socket.retain()).toThrow()
    vi.stubGlobal('WebSocket', server.WebSocket)
    socket.retain()
    await macrotask()
    expect(socket.state.get().status).toBe('open')
    await socket.close()
  })

  it('the global class is looked up at each attempt', async () => {
    const first = memoryServer()
    vi.stubGlobal('WebSocket', undefined)
    const socket = createSocket('ws://memory.test/')
    vi.stubGlobal('WebSocket', first.WebSocket)
    socket.connect()
    await macrotask()
    expect(first.live).toBe(1)
    const second = memoryServer()
    vi.stubGlobal('WebSocket', second.WebSocket)
    socket.reconnect()
    await macrotask()
    expect([first.live, second.live]).toEqual([0, 1])
    await socket.close()
  })

  it('one that is gone at a retry fails the attempt', async () => {
    const { clock, server, socket, status } = rig({ environment: { WebSocket: undefined } })
    vi.stubGlobal('WebSocket', server.WebSocket)
    socket.connect()
    await clock.advance(0)
    const errors = tape(socket, 'error')
    vi.stubGlobal('WebSocket', undefined)
    server.latest.die()
    await clock.advance(500)
    expect(errors).toMatchObject([{ code: 'NO_WEBSOCKET' }])
    expect(status()).toBe('waiting')
  })
})

describe('parts', () => {
  it('baseUrl resolves relative URLs', async () => {
    for (const [base, url, expected] of [
      ['https://app.test/page/one', '/live', 'wss://app.test/live'],
      ['http://app.test/page/one', 'live?x=1', 'ws://app.test/page/live?x=1'],
      ['https://app.test/', '//other.test/live', 'wss://other.test/live'],
      ['https://app.test/', 'ws://other.test/live', 'ws://other.test/live'],
    ] as const) {
      const { server } = await openRig({ url, environment: { baseUrl: base } })
      expect(server.latest.url).toBe(expected)
    }
  })

  it('a class that is given takes headers; the platform’s own does not, unless it says so', async () => {
    const auth = tokenAuth({ getToken: () => 't', attach: 'header' })
    const given = await openRig({ url: 'wss://memory.test/', auth })
    expect(given.server.latest.headers).toEqual({ authorization: 'Bearer t' })

    const { clock, server, socket } = rig({
      url: 'wss://memory.test/',
      auth,
      environment: { WebSocket: undefined },
    })
    vi.stubGlobal('WebSocket', server.WebSocket)
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    expect(errors).toMatchObject([{ code: 'INVALID_OPTION' }])
    expect(server.connections).toEqual([])
  })

  it('gives no third argument where there are no headers', async () => {
    const seen: unknown[][] = []
    const server = memoryServer()
    const WebSocket = class extends server.WebSocket {
      constructor(...args: [string, any?, any?]) {
        super(...args)
        seen.push(args)
      }
    }
    const socket = createSocket('ws://memory.test/', { environment: { WebSocket } })
    socket.connect()
    await socket.opened()
    expect(seen).toEqual([['ws://memory.test/', []]])
    await socket.close()
  })

  it('a clock may be an object of a class', async () => {
    const { clock, server, socket, status } = rig({
      queue: offlineQueue({ maxMessages: 2, overflow: 'drop-oldest', ttl: 60_000 }),
      heartbeat: heartbeat(),
      environment: { clock: new ClockOfAClass() },
      server: { buffered: 'manual' },
    })
    for (const message of ['a', 'b', 'c']) socket.send(message)
    socket.connect()
    await clock.advance(0)
    expect(status()).toBe('open')
    expect(server.latest.sent).toEqual(['b', 'c'])
    server.latest.die()
    await clock.advance(0)
    expect(await outcome(socket.close())).toBe('resolved')
    expect(ClockOfAClass.timers.size).toBe(0)
  })

  it('takes undefined for a missing part', () => {
    const socket = createSocket('ws://memory.test/', {
      environment: { clock: undefined, random: undefined } as never,
    })
    expect(socket.send('a').status).toBe('queued')
  })
})

describe('the platform’s own parts', () => {
  const flood = (socket: ReturnType<typeof createSocket<never>>) => {
    const receipts = Array.from({ length: 100 }, (_, n) => socket.send(`message ${n}` as never))
    return receipts[99]?.sent as Promise<void>
  }

  it('the clock runs a flush to its end, turn by turn', async () => {
    const server = memoryServer()
    const socket = createSocket('ws://memory.test/', {
      highWaterMark: 50,
      environment: { WebSocket: server.WebSocket },
    })
    const all = flood(socket as never)
    socket.connect()
    await all
    expect(server.latest.received.length).toBe(100)
    await socket.close()
  })

  it('it does so where there is no setImmediate, by one message channel', async () => {
    let channels = 0
    vi.resetModules()
    const fresh = await import('../../../src')
    const server = memoryServer()
    const socket = fresh.createSocket('ws://memory.test/', {
      highWaterMark: 50,
      environment: { WebSocket: server.WebSocket },
    })
    const real = setImmediate
    vi.stubGlobal('setImmediate', undefined)
    vi.stubGlobal(
      'MessageChannel',
      class {
        readonly port1 = { onmessage: () => {} }
        readonly port2 = { postMessage: () => real(() => this.port1.onmessage()) }
        constructor() {
          channels++
        }
      },
    )
    const all = flood(socket as never)
    socket.connect()
    await all
    vi.unstubAllGlobals()
    expect(server.latest.received.length).toBe(100)
    expect(channels).toBe(1)
    await socket.close()
  })

  it('errors that nobody listens for go to reportError, else to the console', async () => {
    const server = memoryServer()
    const seen: unknown[] = []
    vi.stubGlobal('reportError', (error: unknown) => seen.push(error))
    const socket = createSocket('ws://memory.test/', { environment: { WebSocket: server.WebSocket } })
    socket.on('open', () => {
      throw new Error('mine')
    })
    socket.connect()
    await macrotask()
    expect(seen).toMatchObject([{ code: 'LISTENER', cause: { message: 'mine' } }])
    vi.stubGlobal('reportError', undefined)
    const print = vi.spyOn(console, 'error').mockImplementation(() => {})
    socket.reconnect()
    await macrotask()
    expect(print).toHaveBeenCalledTimes(1)
    await socket.close()
  })

  it('two sockets draw their own chance', async () => {
    const draw = vi.spyOn(Math, 'random')
    const { clock, socket } = rig({ server: { mode: 'refuse' }, environment: { random: undefined as never } })
    const before = draw.mock.calls.length
    socket.connect()
    await clock.advance(0)
    expect(draw.mock.calls.length).toBeGreaterThan(before)
    expect(await outcome(socket.close())).toBe('resolved')
  })
})
