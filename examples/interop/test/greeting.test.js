// The greeting server: open, message, a clean close, and no reconnect.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startGreeting } from '../servers/greeting.js'
import { open } from './support.js'

/** @type {Awaited<ReturnType<typeof startGreeting>>} */
let server
afterEach(() => server.close())

/** What happened, in order. @param {import('@hawser/core').SocketOptions} [options] */
function watch(options) {
  const { socket, reached } = open(server.url, options)
  /** @type {unknown[]} */
  const events = []
  socket.on('open', () => events.push('open'))
  socket.on('message', (message) => events.push(message))
  socket.on('close', ({ code, reason, wasClean, origin }) => events.push({ code, reason, wasClean, origin }))
  return { socket, reached, events }
}

const goodbye = { code: 1000, reason: 'goodbye', wasClean: true, origin: 'server' }

describe('the greeting server', () => {
  it('greets by name and closes cleanly after five seconds', async () => {
    server = await startGreeting()
    const { socket, reached, events } = watch()
    await socket.opened()
    const asked = performance.now()
    socket.send('Ada')
    await reached('closed')
    expect(events).toEqual(['open', 'Hello from server, Ada', goodbye])
    // Timers may come a millisecond early, and on a busy machine much later.
    expect(performance.now() - asked).toBeGreaterThan(4_990)
  })
})

describe('its close with 1000', () => {
  beforeEach(async () => {
    server = await startGreeting({ closeAfter: 20 })
  })

  it('B17 is the end: the socket does not come back, though a retry would be made at once', async () => {
    const { socket, reached, events } = watch({ retryDelay: () => 0 })
    socket.send('Ada') // waits until it is open
    await reached('closed')
    expect(events).toEqual(['open', 'Hello from server, Ada', goodbye])

    const other = watch()
    other.socket.send('Grace')
    await other.reached('closed')
    expect(other.events).toEqual(['open', 'Hello from server, Grace', goodbye])
    expect(server.visits()).toBe(2)
    expect(events).toHaveLength(3)
  })

  it('B17 is not the end where the app says so', async () => {
    const { socket } = watch({ shouldRetry: () => true })
    socket.send('Ada')
    await socket.once('close')
    await socket.once('open')
    expect(server.visits()).toBe(2)
  })

  it('is followed by a new connection where the app calls connect()', async () => {
    const { socket, reached, events } = watch()
    socket.send('Ada')
    await reached('closed')
    socket.send('Ada again') // waits for the next connection
    socket.connect()
    await socket.once('close')
    expect(events.slice(3)).toEqual(['open', 'Hello from server, Ada again', goodbye])
  })
})
