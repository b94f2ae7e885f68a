// What stands under a class of ours, and what others do to it.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { tokenAuth } from '../../../src'
import { memoryServer } from '../../../src/testing'
import { hawserWebSocket, ReconnectingWebSocket } from '../../../src/websocket'
import { macrotask } from '../socket/support'
import { thrown } from '../support'
import { opened, rig, watched } from './support'

afterEach(() => vi.unstubAllGlobals())

const native = (WebSocket: unknown) => vi.stubGlobal('WebSocket', WebSocket)

describe('B125 the native class underneath', () => {
  it('is the global one that was there when the factory was called', () => {
    const [first, second] = [memoryServer(), memoryServer()]
    native(first.WebSocket)
    const Class = hawserWebSocket()
    native(second.WebSocket)
    new Class(first.url).close()
    expect([first.connections.length, second.connections.length]).toEqual([1, 0])
  })

  it('is looked for again while there is none', () => {
    native(undefined)
    const Class = hawserWebSocket()
    expect(() => new Class('ws://memory.test/')).toThrow(thrown('NO_WEBSOCKET', 'environment.WebSocket'))
    const server = memoryServer()
    native(server.WebSocket)
    new Class(server.url).close()
    expect(server.connections).toHaveLength(1)
  })

  it('is kept when the class itself becomes the global one', async () => {
    const server = memoryServer()
    native(server.WebSocket)
    const Class = hawserWebSocket()
    native(Class)
    const socket = new globalThis.WebSocket(server.url)
    await new Promise((resolve) => {
      socket.onopen = resolve
    })
    expect(server.connections).toHaveLength(1)
    socket.close()
  })

  it('is never one of ours, nor made from one', () => {
    const server = memoryServer()
    const Class = hawserWebSocket({ environment: { WebSocket: server.WebSocket } })
    native(Class)
    for (const Other of [
      hawserWebSocket(),
      ReconnectingWebSocket,
      hawserWebSocket({ environment: { WebSocket: class extends Class {} } }),
    ])
      expect(() => new Other(server.url)).toThrow(thrown('NO_WEBSOCKET'))
    // For the class with the defaults too, once there is another.
    native(server.WebSocket)
    new ReconnectingWebSocket(server.url).close()
    native(ReconnectingWebSocket)
    new ReconnectingWebSocket(server.url).close()
    expect(server.connections).toHaveLength(2)
  })

  it('says itself what it will not do, before there is a socket', () => {
    const { Class, server, clock } = rig({
      environment: {
        WebSocket: class {
          constructor() {
            throw new DOMException('ws: in a page of https:', 'SecurityError')
          }
        } as never,
      },
    })
    expect(() => new Class(server.url)).toThrow(expect.objectContaining({ name: 'SecurityError' }))
    expect(clock.timers).toBe(0)
  })

  it("is known for what it cannot do, where it is the platform's own", async () => {
    const server = memoryServer()
    native(server.WebSocket)
    const auth = tokenAuth({ getToken: () => 'secret', attach: 'header' })
    const socket = new (hawserWebSocket({ auth, allowInsecure: true, retries: 0 }))(server.url)
    const errors = vi.fn()
    socket.hawser.on('error', ({ message }) => errors(message))
    await new Promise((resolve) => {
      socket.onclose = resolve
    })
    // Node's own class takes no headers, and would leave the token out in silence.
    expect(errors.mock.calls).toEqual([[expect.stringContaining('sends no headers')]])
    expect(server.connections).toEqual([])
  })

  it('gets the third argument, with the headers of auth over its own', async () => {
    const auth = tokenAuth({ getToken: () => 'secret', attach: 'header' })
    const { server, Class, clock } = rig({ auth, allowInsecure: true })
    const socket = new Class(server.url, undefined, { headers: { 'X-App': 'chat' } })
    await clock.advance(0)
    expect(server.latest.headers).toEqual({ 'X-App': 'chat', authorization: 'Bearer secret' })
    socket.close()
  })
})

describe('B124 what libraries do', () => {
  it('they put fields of their own on it, which do no harm', async () => {
    const { socket, told, clock, server } = await opened()
    const close = vi.fn(socket.close)
    const send = vi.fn(socket.send)
    Object.assign(socket, {
      close,
      send,
      terminate: () => {},
      ping: () => {},
      onping: () => {},
      readyStates: 4,
    })
    socket.send('hi')
    server.latest.send('hello')
    await clock.advance(0)
    server.latest.die()
    await clock.advance(500)
    socket.close(3000)
    await clock.advance(0)
    expect(told.map(([type]) => type)).toEqual(['open', 'message', 'error', 'close', 'open', 'close'])
    expect([close.mock.calls, send.mock.calls, server.connections[0]?.received]).toEqual([
      [[3000]],
      [['hi']],
      ['hi'],
    ])
  })

  it('they extend it', async () => {
    const { server, Class, clock } = rig()
    class Chat extends Class {
      say(text: string) {
        this.send(JSON.stringify({ text }))
      }
    }
    const chat = new Chat(server.url)
    chat.say('hi')
    await clock.advance(0)
    expect([chat instanceof Class, chat instanceof EventTarget, server.latest.received]).toEqual([
      true,
      true,
      ['{"text":"hi"}'],
    ])
  })

  it('they extend it with another readyState, which changes nothing underneath', async () => {
    const { server, Class, clock } = rig()
    class Closed extends Class {
      override get readyState(): 3 {
        return 3
      }
    }
    const socket = new Closed(server.url)
    socket.send('hi')
    await clock.advance(0)
    socket.close()
    await clock.advance(0)
    expect([socket.readyState, server.latest.received, server.live]).toEqual([3, ['hi'], 0])
  })

  it('they take it out of a promise, and listen in the next microtasks', async () => {
    const { Class, server, clock } = rig()
    const socket = await Promise.resolve(server.url).then((url) => new Class(url))
    const told = watched(socket)
    await clock.advance(0)
    expect(told).toEqual([['open', 1]])
  })
})

it('B20 a class has only options of its own, and says so when it is made', () => {
  for (const [options, word] of [
    [{ retires: 3 }, 'retires'],
    [{ binaryType: 'text' }, 'binaryType'],
    [{ environment: { sockets: 1 } }, 'sockets'],
    [{ lowWaterMark: 2, highWaterMark: 1 }, 'lowWaterMark'],
  ] as [object, string][])
    expect(() => hawserWebSocket(options)).toThrow(thrown('INVALID_OPTION', word))
})

it('a listener that throws keeps nobody else from hearing', async () => {
  const thrownLate: unknown[] = []
  // Node throws it again where nobody can catch it.
  process.setUncaughtExceptionCaptureCallback((error) => thrownLate.push(error))
  try {
    const { server, Class, clock } = rig()
    const socket = new Class(server.url)
    const error = new Error('of the app')
    const after = vi.fn()
    socket.onopen = () => {
      throw error
    }
    socket.addEventListener('open', after)
    await clock.advance(0)
    await macrotask()
    expect(after).toHaveBeenCalledOnce()
    expect(thrownLate).toEqual([error])
  } finally {
    process.setUncaughtExceptionCaptureCallback(null)
  }
})
