// A few lives on mock-socket 9.3.1, which behaves like a server in the page, within its limits (see stack.md).
import { WebSocket as MockWebSocket, Server } from 'mock-socket'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSocket, heartbeat, json, type SocketOptions, type WebSocketConstructor } from '../../src'

const url = 'ws://mock.test/'
let server: Server

/** A socket on mock-socket's class: injected, never as the global one. */
const connect = (options: SocketOptions = {}) => {
  const socket = createSocket(url, {
    retryDelay: () => 50,
    ...options,
    environment: { WebSocket: MockWebSocket as unknown as WebSocketConstructor },
  })
  socket.connect()
  return socket
}

describe('on mock-socket', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    server = new Server(url, { mock: false })
  })
  afterEach(() => {
    server.stop()
    vi.useRealTimers()
  })

  it('opens, sends what waited and hears what comes', async () => {
    const got: unknown[] = []
    server.on('connection', (client) => {
      client.on('message', (data) => {
        got.push(data)
        client.send(`echo ${data}`)
      })
    })
    const socket = connect()
    const heard: unknown[] = []
    socket.on('message', (message) => heard.push(message))
    const receipts = ['a', 'b'].map((message) => socket.send(message))
    await vi.advanceTimersByTimeAsync(50)
    socket.send('c')
    await vi.advanceTimersByTimeAsync(50)
    expect(got).toEqual(['a', 'b', 'c'])
    expect(heard).toEqual(['echo a', 'echo b', 'echo c'])
    expect(receipts.map(({ status }) => status)).toEqual(['sent', 'sent'])
    void socket.close()
    await vi.advanceTimersByTimeAsync(50)
    expect(socket.state.get().status).toBe('closed')
  })

  it('B74 reads a missing bufferedAmount as 0: the flush ends and leaves no timer', async () => {
    const got: unknown[] = []
    server.on('connection', (client) => client.on('message', (data) => got.push(data)))
    const socket = connect({ highWaterMark: 20 })
    for (let n = 0; n < 50; n++) socket.send(`message ${n}`)
    await vi.advanceTimersByTimeAsync(500)
    expect(got).toEqual(Array.from({ length: 50 }, (_, n) => `message ${n}`))
    expect(socket.queue.get()).toEqual({ messages: 0, bytes: 0, unconfirmed: 0, dropped: 0 })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('comes back after the server closed with a code that retries, and resends nothing', async () => {
    const got: unknown[] = []
    let connections = 0
    server.on('connection', (client) => {
      connections++
      client.on('message', (data) => {
        got.push(data)
        if (data === 'drop me') client.close({ code: 1012, reason: 'restart', wasClean: true })
      })
    })
    const socket = connect()
    const closes: unknown[] = []
    socket.on('close', ({ code, reason, origin }) => closes.push([code, reason, origin]))
    await vi.advanceTimersByTimeAsync(20)
    socket.send('drop me')
    await vi.advanceTimersByTimeAsync(20)
    expect(closes).toEqual([[1012, 'restart', 'server']])
    socket.send('while away')
    await vi.advanceTimersByTimeAsync(100)
    expect(connections).toBe(2)
    expect(got).toEqual(['drop me', 'while away'])
  })

  it('B40 json, a handshake and the queue go out in order', async () => {
    const got: unknown[] = []
    server.on('connection', (client) => {
      client.on('message', (data) => {
        got.push(JSON.parse(String(data)))
        if (String(data).includes('join')) client.send('{"joined":true}')
      })
    })
    const socket = connect({
      codec: json(),
      onHandshake: async ({ send, receive }) => {
        send({ join: 'room' })
        await receive()
      },
    })
    socket.send({ n: 1 })
    await vi.advanceTimersByTimeAsync(100)
    expect(got).toEqual([{ join: 'room' }, { n: 1 }])
  })

  it('B67 a silent server is left within interval plus timeout', async () => {
    let connections = 0
    server.on('connection', () => connections++)
    const socket = connect({ heartbeat: heartbeat({ interval: 1_000, timeout: 500 }) })
    const origins: string[] = []
    socket.on('close', ({ origin }) => origins.push(origin))
    await vi.advanceTimersByTimeAsync(1_700)
    expect(origins).toEqual(['heartbeat'])
    expect(connections).toBe(2)
  })

  it('B22 close() while connecting: no open, no reconnect, no timer', async () => {
    const socket = connect()
    const told: string[] = []
    socket.on('open', () => told.push('open'))
    socket.on('close', () => told.push('close'))
    void socket.close()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(told).toEqual(['close'])
    expect(socket.state.get().status).toBe('closed')
    expect(vi.getTimerCount()).toBe(0)
  })
})
