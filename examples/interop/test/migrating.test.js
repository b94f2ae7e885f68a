// What MIGRATING.md says of reconnecting-websocket, partysocket and Hawser, seen on the same server: each row of its tables
// of differences is a test of that name.
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { createServer as createTcpServer } from 'node:net'
import { exponentialBackoff, heartbeat, offlineQueue, wsPings } from '@hawser/core'
import { hawserWebSocket } from '@hawser/core/websocket'
import PartySocket from 'partysocket'
import PartyWebSocket from 'partysocket/ws'
import ReconnectingWebSocket from 'reconnecting-websocket'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { listen } from '../common/listen.js'
import { startProxy } from './clients/support/proxy.js'

/** @typedef {{ url: string, socket: WebSocket, tcp: import('node:net').Socket, messages: Buffer[], closed?: number }} Visit */

const guide = readFileSync(new URL('../../../MIGRATING.md', import.meta.url), 'utf8')
/** @param {string} title the section of the guide that begins with it */
const section = (title) => guide.split(/^## /m).find((text) => text.startsWith(title)) ?? ''

const { resolve } = createRequire(import.meta.url)
const sources = {
  'reconnecting-websocket': readFileSync(resolve('reconnecting-websocket'), 'utf8'),
  partysocket: readFileSync(resolve('partysocket/ws'), 'utf8'),
}

// ---------------------------------------------------------------- the server

/** @type {Visit[]} */
const visits = []
const http = createServer((_, response) => void response.writeHead(404).end())
const webSockets = new WebSocketServer({
  noServer: true,
  handleProtocols: (offered) => [...offered][0] ?? false,
})

/** The path says what becomes of a visitor; a query sets visitors apart. */
http.on('upgrade', (request, tcp, head) => {
  const url = request.url ?? ''
  const [, what, detail] = url.split(/[/?]/)
  tcp.on('error', () => {})
  if (what === 'refuse') return tcp.end('HTTP/1.1 401 Unauthorized\r\n\r\n')
  if (what === 'silent') return
  webSockets.handleUpgrade(request, tcp, head, (socket) => {
    const isFirst = !visits.some((visit) => visit.url === url)
    /** @type {Visit} */
    const visit = { url, socket, tcp: request.socket, messages: [] }
    visits.push(visit)
    socket.on('error', () => {})
    socket.on('message', (data) => visit.messages.push(/** @type {Buffer} */ (data)))
    socket.on('close', (code) => {
      visit.closed = code
    })
    if (what === 'close') socket.close(Number(detail), 'said the server')
    if (what === 'drop') socket.terminate()
    // A frame with reserved bits that nobody agreed upon.
    if (what === 'garbage') tcp.write(Buffer.from([0xff, 0x00]))
    if (what === 'deaf' && isFirst) socket.pause()
    if (what === 'twice') {
      tcp.cork()
      socket.send('first')
      socket.send('second')
      process.nextTick(() => tcp.uncork())
    }
  })
})

let port = 0
let base = ''
/** Nobody listens there. */
let refused = ''
/** @type {Awaited<ReturnType<typeof listen>>} */
let server

beforeAll(async () => {
  server = await listen(http)
  port = server.port
  base = `ws://127.0.0.1:${port}`
  const gone = await listen(createTcpServer())
  await gone.close()
  refused = `ws://127.0.0.1:${gone.port}`
})
afterAll(() => server.close())

/** @param {string} path */
const at = (path) => `${base}/${path}`
/** @param {string} path */
const visitsTo = (path) => visits.filter(({ url }) => url === `/${path}`)
/** @param {Visit | undefined} visit */
const heardBy = (visit) => visit?.messages.map(String) ?? []
/** @param {() => unknown} condition */
const until = (condition) => vi.waitUntil(condition, { timeout: 30_000, interval: 5 })

// ---------------------------------------------------------------- the three

/** @type {any[]} */
const sockets = []
afterEach(() => {
  for (const socket of sockets.splice(0)) {
    try {
      socket.close()
    } catch {
      // RWS throws where its native socket does.
    }
  }
  vi.restoreAllMocks()
})

const both = /** @type {[string, any][]} */ ([
  ['reconnecting-websocket', ReconnectingWebSocket],
  ['partysocket', PartyWebSocket],
])

/** Theirs wait for longer than any test. */
const patient = { minReconnectionDelay: 60_000, maxReconnectionDelay: 60_000 }

/** Theirs, which try again soon unless told otherwise. @param {any} Class @param {any} url @param {object} [options] */
function theirs(Class, url, options) {
  const delays = { minReconnectionDelay: 20, maxReconnectionDelay: 20 }
  return watch(new Class(url, undefined, { WebSocket, ...delays, ...options }))
}

/** @param {any} url @param {import('@hawser/core/websocket').WebSocketOptions} [options] @param {any} [protocols] */
function ours(url, options, protocols) {
  const environment = { WebSocket, ...options?.environment }
  const Class = hawserWebSocket({ retryDelay: () => 20, ...options, environment })
  return watch(new Class(url, protocols))
}

const three = /** @type {[string, (url: any, options?: any) => ReturnType<typeof watch<any>>][]} */ ([
  ...both.map(([name, Theirs]) => [
    name,
    (/** @type {any} */ url, /** @type {any} */ options) => theirs(Theirs, url, options),
  ]),
  ['hawser', ours],
])

/** @template T @param {T} given */
function watch(given) {
  const socket = /** @type {any} */ (given)
  sockets.push(socket)
  /** @type {any[]} */
  const events = []
  for (const type of ['open', 'message', 'error', 'close']) {
    socket.addEventListener(type, (/** @type {Event} */ event) => events.push(event))
  }
  const count = (/** @type {string} */ type) => events.filter((event) => event.type === type).length
  return {
    socket: /** @type {T & Record<string, any>} */ (socket),
    events,
    types: () => events.map(({ type }) => type),
    count,
    opened: () => until(() => count('open') > 0),
    closes: () =>
      events
        .filter(({ type }) => type === 'close')
        .map(({ code, reason, wasClean }) => ({ code, reason, wasClean })),
    /** The first close, once there is one. */
    async close() {
      await until(() => count('close') > 0)
      const { code, wasClean } = events.find(({ type }) => type === 'close')
      return { code, wasClean }
    },
  }
}

/** What theirs write to the console with `debug`, by its first word. */
function debugLog() {
  const spy = vi.spyOn(console, 'log').mockImplementation(() => {})
  return (/** @type {string} */ what) =>
    spy.mock.calls.filter(([mark, first]) => mark === 'RWS>' && first === what).map(([, , detail]) => detail)
}

/** Our waits, in milliseconds. */
function waits() {
  /** @type {number[]} */
  const told = []
  const inspect = (/** @type {import('@hawser/core').InspectEvent} */ event) => {
    if (event.type === 'state' && event.state.status === 'waiting') told.push(event.state.retryAt - event.at)
  }
  return { told, inspect }
}

/**
 * A process of its own, for what ends or alarms one.
 *
 * @param {string} script has `rws(url, options)`, `ps(url, options)`, `hawser(url, options)`, `at(path)` and `end(result)`
 * @returns {Promise<{ code: number, result: any, errors: string }>}
 */
function alone(script) {
  const code = `
    import { WebSocket } from 'ws'
    import ReconnectingWebSocket from 'reconnecting-websocket'
    import PartyWebSocket from 'partysocket/ws'
    import { hawserWebSocket } from '@hawser/core/websocket'
    const delays = { minReconnectionDelay: 20, maxReconnectionDelay: 20 }
    const rws = (url, options) => new ReconnectingWebSocket(url, [], { WebSocket, ...delays, ...options })
    const ps = (url, options) => new PartyWebSocket(url, [], { WebSocket, ...delays, ...options })
    const hawser = (url, options) =>
      new (hawserWebSocket({ retryDelay: () => 20, environment: { WebSocket }, ...options }))(url)
    const at = (path) => '${base}/' + path
    const end = (result) => process.stdout.write(JSON.stringify(result), () => process.exit())
    ${script}`
  const cwd = new URL('..', import.meta.url)
  return new Promise((done) => {
    execFile(process.execPath, ['--input-type=module', '-e', code], { cwd }, (error, stdout, stderr) =>
      done({ code: Number(error?.code ?? 0), result: stdout && JSON.parse(stdout), errors: stderr }),
    )
  })
}

// ---------------------------------------------------------------- the rows

/** @type {string[]} */
const rows = []
/** @param {string} sentence as in the guide @param {string} behaviours those that it proves, if any @param {() => Promise<void>} test */
function row(sentence, behaviours, test) {
  rows.push(sentence)
  it(`${behaviours} ${sentence}`.trim(), test)
}

describe('How a connection ends', () => {
  row('A refused connection closes with 1006, not clean', 'B16', async () => {
    /** RWS leaves nobody to hear of the `error` that `ws` tells when it is closed too early. */
    class Quiet extends WebSocket {
      constructor(/** @type {[string]} */ ...args) {
        super(...args)
        this.on('error', () => {})
      }
    }
    for (const url of [refused, at('refuse'), at('silent'), at('garbage')]) {
      for (const [, Theirs] of both) {
        const { close } = theirs(Theirs, url, { WebSocket: Quiet, connectionTimeout: 50 })
        expect(await close()).toEqual({ code: 1000, wasClean: true })
      }
      expect(await ours(url, { connectTimeout: 50 }).close()).toEqual({ code: 1006, wasClean: false })
    }
    // As partysocket is in a page, which it knows by the missing process.
    const inPage = sources.partysocket.replace(/^export \{[^}]*\}|^exports\.default = .*|^exports\..*/gm, '')
    const Page = new Function('process', 'exports', `${inPage}; return ReconnectingWebSocket`)(undefined, {})
    const { socket, close } = theirs(Page, at('silent'), { connectionTimeout: 50 })
    const handler = new Promise((done) => {
      socket.onclose = done
    })
    expect(await close()).toEqual({ code: 'close', wasClean: true })
    expect(await handler).toMatchObject({ code: 1000, reason: 'timeout' })
  })

  row('A dropped connection is never clean', 'B16', async () => {
    const [rws, ps] = both.map(([, Theirs]) => theirs(Theirs, at('drop')))
    const us = ours(at('drop'))
    expect(await rws?.close()).toEqual({ code: 1006, wasClean: false })
    expect(await ps?.close()).toEqual({ code: 1006, wasClean: true })
    expect(ps?.closes()[0]?.reason).toBe('unknown reason')
    expect(await us.close()).toEqual({ code: 1006, wasClean: false })
    expect(us.closes()[0]?.reason).toBe('')
  })

  row('A failure tells `error` first, then `close`', 'B114', async () => {
    for (const [, Theirs] of both) {
      const { types, count } = theirs(Theirs, refused)
      await until(() => count('error') > 0)
      expect(types().slice(0, 2)).toEqual(['close', 'error'])
    }
    const { types, close } = ours(refused)
    await close()
    expect(types().slice(0, 2)).toEqual(['error', 'close'])
    const dropped = ours(at('drop'))
    await dropped.close()
    expect(dropped.types().slice(0, 3)).toEqual(['open', 'error', 'close'])
  })

  row('A close with 1000 from the server is the end', 'B17', async () => {
    const us = ours(at('close/1000?ours'))
    await us.close()
    for (const [name, Theirs] of both) {
      theirs(Theirs, at(`close/1000?${name}`))
      await until(() => visitsTo(`close/1000?${name}`).length > 2)
    }
    expect(us.socket.hawser.state.get().status).toBe('closed')
    expect(us.socket.readyState).toBe(3)
    expect(visitsTo('close/1000?ours')).toHaveLength(1)
    ours(at('close/1000?on'), {
      shouldRetry: (close, verdict) => close.code === 1000 || verdict !== 'stop',
    })
    await until(() => visitsTo('close/1000?on').length > 2)
  })

  row('A code that would come again is the end', 'B17 B18', async () => {
    for (const [name, Theirs] of both) {
      theirs(Theirs, at(`close/4404?${name}`))
      await until(() => visitsTo(`close/4404?${name}`).length > 2)
    }
    for (const code of [1002, 1003, 1007, 1008, 1010, 3000, 3003, 4401, 4404]) {
      const { socket, close } = ours(at(`close/${code}?ours`))
      expect(await close()).toEqual({ code, wasClean: true })
      expect(socket.hawser.state.get().status).toBe('closed')
    }
    for (const code of [1001, 1012, 4000]) {
      ours(at(`close/${code}?ours`))
      await until(() => visitsTo(`close/${code}?ours`).length > 1)
    }
    // What partysocket can do about it.
    const told = vi.fn((/** @type {CloseEvent} */ { code }) => code !== 4404)
    const ps = theirs(PartyWebSocket, at('close/4404?told'), { shouldReconnectOnClose: told })
    await ps.close()
    expect(told).toHaveBeenCalledOnce()
    expect(ps.socket.shouldReconnect).toBe(false)
  })

  row('A server that says "try again later" is left alone for 6 s or more', 'B11', async () => {
    const log = debugLog()
    for (const [, Theirs] of both) {
      await theirs(Theirs, at('close/1013'), { debug: true }).close()
    }
    expect(log('next delay')).toEqual([0, 20, 0, 20])
    for (const code of [1013, 4408, 4429]) {
      const { told, inspect } = waits()
      await ours(at(`close/${code}`), { retryDelay: exponentialBackoff(), inspect }).close()
      await until(() => told.length)
      // What it is told a moment later is a moment less.
      expect(told[0]).toBeGreaterThan(5_000)
    }
  })

  row('`close()` without a code sends none', 'B114', async () => {
    for (const [name, make] of three) {
      const { socket, opened } = make(at(`bare?${name}`))
      await opened()
      socket.close()
      await until(() => visitsTo(`bare?${name}`)[0]?.closed)
      expect(visitsTo(`bare?${name}`)[0]?.closed).toBe(name === 'hawser' ? 1005 : 1000)
    }
  })

  row('`close()` throws for a code or a reason that no WebSocket takes', 'B20', async () => {
    const rws = theirs(ReconnectingWebSocket, at('bad?rws'))
    const ps = theirs(PartyWebSocket, at('bad?ps'))
    const us = ours(at('bad?ours'))
    for (const { opened } of [rws, ps, us]) await opened()
    // What the native class has to say, if there is one by then.
    expect(() => rws.socket.close(500)).toThrow(TypeError)
    expect(() => new ReconnectingWebSocket(at('bad'), [], { WebSocket }).close(500)).not.toThrow()
    // Nothing: and the connection lives on, unheard.
    expect(() => ps.socket.close(500)).not.toThrow()
    expect(ps.socket.readyState).toBe(3)
    const [visit] = visitsTo('bad?ps')
    const pong = new Promise((done) => visit?.socket.once('pong', done))
    visit?.socket.ping()
    await pong
    expect(ps.types()).toEqual(['open'])
    expect(visit?.closed).toBeUndefined()
    visit?.socket.terminate()

    for (const code of [500, 1001, 1006, 2999]) {
      expect(() => us.socket.close(code)).toThrow(expect.objectContaining({ name: 'InvalidAccessError' }))
    }
    expect(() => us.socket.close(1000, 'x'.repeat(124))).toThrow(
      expect.objectContaining({ name: 'SyntaxError' }),
    )
    expect(us.socket.readyState).toBe(1)
    us.socket.send('still here')
    await until(() => visitsTo('bad?ours')[0]?.messages.length)
  })

  row('The `close` event comes after `close()` has returned', 'B114', async () => {
    for (const [name, make] of three) {
      const { socket, opened, close } = make(at('order'))
      await opened()
      /** @type {string[]} */
      const order = []
      socket.addEventListener('close', () => order.push('close'))
      socket.close(1000)
      order.push('returned')
      expect(await close()).toEqual({ code: 1000, wasClean: true })
      expect(order).toEqual(name === 'partysocket' ? ['close', 'returned'] : ['returned', 'close'])
    }
    // Nor where nobody has to answer.
    const waiting = ours(refused, { retryDelay: () => 60_000 })
    await until(() => waiting.socket.hawser.state.get().status === 'waiting')
    const connecting = ours(at('silent'))
    for (const { socket, count } of [waiting, connecting]) {
      const before = count('close')
      socket.close()
      expect(count('close')).toBe(before)
      await until(() => count('close') > before)
    }
  })

  row('`close()` is always followed by a `close` event', 'B22 B9', async () => {
    const early = both.map(([, Theirs]) => theirs(Theirs, at('early?theirs')))
    const waiting = both.map(([, Theirs]) => theirs(Theirs, refused, patient))
    for (const { socket } of early) socket.close()
    for (const { close, socket } of waiting) {
      await close()
      socket.close()
    }
    const us = ours(at('early?ours'))
    us.socket.close()
    await us.close()
    const usWaiting = ours(refused, { retryDelay: () => 60_000 })
    await until(() => usWaiting.socket.hawser.state.get().status === 'waiting')
    usWaiting.socket.close()
    await until(() => usWaiting.count('close') === 2)
    for (const { count } of early) expect(count('close')).toBe(0)
    for (const { count } of waiting) expect(count('close')).toBe(1)
    for (const { socket } of [us, usWaiting]) expect(socket.readyState).toBe(3)
    expect(us.types()).toEqual(['error', 'close'])
    expect([...visitsTo('early?theirs'), ...visitsTo('early?ours')]).toEqual([])
  })

  row('`readyState` is CLOSED at the end and not before', 'B114', async () => {
    for (const [, Theirs] of both) {
      const { socket, close } = theirs(Theirs, refused, patient)
      await close()
      await until(() => socket.readyState === 3)
    }
    const us = ours(refused, { retryDelay: () => 60_000 })
    await us.close()
    expect(us.socket.readyState).toBe(0)

    const closing = /** @type {Record<string, number>} */ ({})
    for (const [name, make] of three) {
      const { socket, opened } = make(at('state'))
      await opened()
      socket.close()
      closing[name] = socket.readyState
      await until(() => socket.readyState === 3)
    }
    expect(closing).toEqual({ 'reconnecting-websocket': 2, partysocket: 3, hawser: 2 })

    const early = theirs(ReconnectingWebSocket, at('state'))
    const ourEarly = ours(at('state'))
    early.socket.close()
    ourEarly.socket.close()
    await until(() => ourEarly.socket.readyState === 3)
    expect(early.socket.readyState).toBe(0)
  })

  row('What comes in after `close()` is not told', 'B130', async () => {
    const messages = /** @type {Record<string, string[]>} */ ({})
    for (const [name, make] of three) {
      const { socket, events, count } = make(at(`twice?${name}`))
      socket.addEventListener('message', () => socket.close())
      await until(() => count('close') && visitsTo(`twice?${name}`)[0]?.closed)
      messages[name] = events.filter(({ type }) => type === 'message').map(({ data }) => data)
    }
    expect(messages).toEqual({
      'reconnecting-websocket': ['first', 'second'],
      partysocket: ['first'],
      hawser: ['first'],
    })
  })
})

describe('Trying again', () => {
  row('Each wait is drawn by chance', 'B1 B2', async () => {
    const spread = (/** @type {number[]} */ delays) => new Set(delays).size
    const log = debugLog()
    const firstWaits = async (/** @type {any} */ Theirs) => {
      const before = log('next delay').length
      const five = Array.from({ length: 5 }, () =>
        watch(new Theirs(refused, undefined, { WebSocket, debug: true })),
      )
      for (const { close } of five) await close()
      return log('next delay')
        .slice(before)
        .filter((delay) => delay > 0)
        .slice(0, 5)
    }
    const rws = await firstWaits(ReconnectingWebSocket)
    expect(rws).toHaveLength(5)
    expect(spread(rws)).toBe(1)
    expect(await firstWaits(PartyWebSocket)).toEqual([3_000, 3_000, 3_000, 3_000, 3_000])

    const { told, inspect } = waits()
    const many = Array.from({ length: 20 }, () =>
      ours(refused, { retryDelay: exponentialBackoff(), inspect }),
    )
    for (const { close } of many) await close()
    expect(spread(told.slice(0, 20))).toBeGreaterThan(10)

    // At the longest, too.
    for (const [, Theirs] of both) {
      const before = log('next delay').length
      const shortest = { minReconnectionDelay: 2, maxReconnectionDelay: 4, debug: true }
      const { socket } = theirs(Theirs, refused, shortest)
      await until(() => log('next delay').length > before + 6)
      expect(log('next delay').slice(before + 4, before + 7)).toEqual([4, 4, 4])
      socket.close()
    }
    const delay = exponentialBackoff()
    const capped = Array.from({ length: 100 }, () =>
      delay({ attempt: 50, random: Math.random, cause: /** @type {any} */ (undefined) }),
    )
    expect(spread(capped)).toBeGreaterThan(50)
    expect(Math.min(...capped)).toBeGreaterThanOrEqual(6_000)
    expect(Math.max(...capped)).toBeLessThanOrEqual(12_000)
  })

  row('The first retry comes within a second', 'B4 B15', async () => {
    const log = debugLog()
    for (const [name, Theirs] of both) {
      const before = log('next delay').length
      await watch(new Theirs(refused, undefined, { WebSocket, debug: true })).close()
      const delay = log('next delay').slice(before)[1]
      expect(delay).toBeGreaterThanOrEqual(name === 'partysocket' ? 3_000 : 1_000)
      expect(delay).toBeLessThanOrEqual(name === 'partysocket' ? 3_000 : 5_000)
    }
    const { told, inspect } = waits()
    await ours(refused, { retryDelay: exponentialBackoff(), inspect }).close()
    expect(told[0]).toBeLessThanOrEqual(1_000)
  })

  row('`reconnect()` cuts a wait short', 'B8', async () => {
    const log = debugLog()
    for (const [, Theirs] of both) {
      const before = log('connect').length
      const { socket, close } = theirs(Theirs, refused, { ...patient, debug: true })
      await close()
      const made = log('connect').length
      expect(made).toBeGreaterThan(before)
      socket.reconnect()
      expect(log('connect')).toHaveLength(made)
    }
    for (const member of /** @type {const} */ (['reconnect', 'connect'])) {
      let url = refused
      const us = ours(() => url, { retryDelay: () => 60_000 })
      await until(() => us.socket.hawser.state.get().status === 'waiting')
      url = at('again')
      us.socket.hawser[member]()
      await us.opened()
    }
  })

  row('What was closed in a wait can be opened again', 'B9', async () => {
    const log = debugLog()
    for (const [name, Theirs] of both) {
      let calls = 0
      const provider = () => {
        calls += 1
        return calls > 1 ? at('afresh') : refused
      }
      const { socket, close, count } = theirs(Theirs, provider, { debug: true })
      await close()
      socket.close()
      // The wait goes on all the same, and asks for the URL at its end.
      await until(() => calls === 2)
      const before = log('connect').length
      socket.reconnect()
      if (name === 'reconnecting-websocket') expect(log('connect')).toHaveLength(before)
      else await until(() => count('open'))
    }
    let url = refused
    const us = ours(() => url, { retryDelay: () => 60_000 })
    await until(() => us.socket.hawser.state.get().status === 'waiting')
    us.socket.close()
    url = at('afresh')
    us.socket.hawser.connect()
    await us.opened()
  })

  row('Retries that are used up are an end', 'B7', async () => {
    const log = debugLog()
    for (const [name, Theirs] of both) {
      const { socket, count } = theirs(Theirs, refused, { maxRetries: 2, debug: true })
      await until(() => log('max retries reached').length)
      expect(count('close')).toBe(3)
      await until(() => socket.readyState === 3)
      const before = log('connect').length
      socket.reconnect()
      expect(log('connect').length - before).toBe(name === 'partysocket' ? 1 : 0)
      vi.mocked(console.log).mockClear()
    }
    const us = ours(refused, { retries: 2 })
    await until(() => us.socket.hawser.state.get().status === 'closed')
    await until(() => us.count('close') === 3)
    expect(us.socket.readyState).toBe(3)
    us.socket.hawser.connect()
    await until(() => us.count('close') === 6)
  })

  row('A URL or a protocol that no WebSocket takes throws at once', 'B114', async () => {
    const { result } = await alone(`
      const told = { rws: [], ps: [] }
      process.on('unhandledRejection', ({ message }) => told.rws.push(message))
      for (const [name, make] of Object.entries({ rws, ps })) {
        const socket = make('not a URL')
        socket.addEventListener('error', () => told[name].push('error') === 3 && end(told))
        socket.addEventListener('close', () => told[name].push('close'))
      }`)
    expect(result).toEqual({
      rws: [expect.stringContaining('Invalid URL')],
      ps: ['error', 'error', 'error'],
    })
    const syntaxError = expect.objectContaining({ name: 'SyntaxError' })
    for (const url of ['not a URL', 'ftp://example.com', at('#fragment')]) {
      expect(() => ours(url)).toThrow(syntaxError)
    }
    for (const protocols of [[''], ['a b'], ['twice', 'twice']]) {
      expect(() => ours(at('protocols'), {}, protocols)).toThrow(syntaxError)
    }
  })

  row('A URL function that rejects is asked again', 'B36', async () => {
    const { result } = await alone(`
      const calls = { rws: 0, ps: 0 }
      let unhandled = 0
      process.on('unhandledRejection', () => unhandled++)
      for (const [name, make] of Object.entries({ rws, ps })) {
        const socket = make(async () => {
          if (++calls[name] < 3) throw new Error('not yet')
          return at('rejects')
        })
        socket.addEventListener('open', () => end({ ...calls, unhandled }))
      }`)
    expect(result).toEqual({ rws: 1, ps: 3, unhandled: 1 })
    let calls = 0
    const us = ours(async () => {
      calls += 1
      if (calls < 3) throw new Error('not yet')
      return at('rejects')
    })
    /** @type {string[]} */
    const errors = []
    us.socket.hawser.on('error', ({ code }) => errors.push(code))
    await us.opened()
    expect(errors).toEqual(['PROVIDER', 'PROVIDER'])
    expect(us.types()).toEqual(['error', 'close', 'error', 'close', 'open'])
  })

  row('A URL function that never answers is given up', 'B35', async () => {
    const hangs = () => vi.fn((/** @type {any} */ _context) => new Promise(() => {}))
    const pairs = both.map(([, Theirs]) => {
      const provider = hangs()
      return { provider, ...theirs(Theirs, provider, { connectionTimeout: 20 }) }
    })
    for (const { provider } of pairs) await until(() => provider.mock.calls.length)
    const provider = hangs()
    const us = ours(provider, { connectTimeout: 20 })
    await until(() => provider.mock.calls.length > 2)
    expect(us.closes()[0]).toMatchObject({ code: 1006, wasClean: false })
    expect(provider.mock.calls[0]?.[0].signal.aborted).toBe(true)
    for (const { provider, events } of pairs) {
      expect(provider).toHaveBeenCalledOnce()
      expect(events).toEqual([])
    }
  })

  row('An option that nobody knows throws', '', async () => {
    for (const [, Theirs] of both) expect(() => theirs(Theirs, refused, { maxRetry: 3 })).not.toThrow()
    // When the class is made.
    for (const options of [/** @type {any} */ ({ maxRetries: 3 }), { connectTimeout: -1 }]) {
      expect(() => hawserWebSocket(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    }
  })

  row('A connect timeout in Node harms nobody', 'B22', async () => {
    const rws = await alone("rws(at('silent'), { connectionTimeout: 20 })")
    expect(rws.code).toBe(1)
    expect(rws.errors).toContain('closed before the connection was established')
    const others = await alone(`
      const closes = { ps: 0, hawser: 0 }
      const made = { ps: ps(at('silent'), { connectionTimeout: 20 }), hawser: hawser(at('silent'), { connectTimeout: 20 }) }
      for (const [name, socket] of Object.entries(made)) {
        socket.addEventListener('close', () => {
          closes[name] += 1
          if (closes.ps > 1 && closes.hawser > 1) end('alive')
        })
      }`)
    expect(others).toMatchObject({ code: 0, result: 'alive' })
  })

  row('A network that comes back ends a wait', 'B55 B57', async () => {
    for (const source of Object.values(sources)) {
      expect(source).not.toMatch(/['"](online|visibilitychange|pageshow|focus)['"]/)
    }
    /** @type {(signal: 'online') => void} */
    let tell = () => {}
    const network = {
      isOnline: () => true,
      subscribe: (/** @type {typeof tell} */ listener) => {
        tell = listener
        return () => {}
      },
    }
    let url = refused
    const us = ours(() => url, { retryDelay: () => 60_000, environment: { network, random: () => 0 } })
    await until(() => us.socket.hawser.state.get().status === 'waiting')
    url = at('online')
    tell('online')
    await us.opened()
  })

  row('A connection that went dead without a word is replaced', 'B67', async () => {
    const network = await startProxy(port)
    try {
      const url = `ws://127.0.0.1:${network.port}/dead`
      const others = both.map(([, Theirs]) => theirs(Theirs, url))
      const us = ours(url, {
        heartbeat: heartbeat({ interval: 50, timeout: 50 }),
        environment: { protocolPings: wsPings },
      })
      for (const { opened } of [...others, us]) await opened()
      const opens = us.count('open')
      network.stall()
      await until(() => us.count('open') > opens)
      for (const { socket, types } of others) {
        expect(types()).toEqual(['open'])
        expect(socket.readyState).toBe(1)
      }
    } finally {
      await network.close()
    }
  })
})

describe('Messages', () => {
  const chunk = 64 * 1024
  const numbered = (/** @type {number} */ i) => `${i}:`.padEnd(chunk, 'x')
  const numbers = (/** @type {Visit | undefined} */ visit) => heardBy(visit).map((text) => text.split(':')[0])

  row('What was still in the buffer when the connection broke goes out again', 'B75', async () => {
    // More than the kernel takes from one process for another that does not read.
    const count = 240
    for (const [name, Theirs] of both) {
      const { socket, opened, count: counted } = theirs(Theirs, at(`deaf?${name}`))
      await opened()
      await until(() => visitsTo(`deaf?${name}`).length)
      for (let i = 0; i < count; i++) {
        const said = socket.send(numbered(i))
        expect(said).toBe(name === 'partysocket' ? true : undefined)
      }
      expect(socket.bufferedAmount).toBeGreaterThan(chunk)
      visitsTo(`deaf?${name}`)[0]?.tcp.resetAndDestroy()
      await until(() => counted('open') === 2)
      socket.send('after')
      const again = () => visitsTo(`deaf?${name}`)[1]
      await until(() => again()?.messages.length)
      expect(numbers(again())).toEqual(['after'])
    }

    const us = ours(at('deaf?ours'), {
      queue: offlineQueue({ maxBytes: Infinity }),
      highWaterMark: Infinity,
    })
    let uncertain = 0
    us.socket.hawser.on('close', (close) => {
      uncertain += close.uncertain.messages
    })
    await us.opened()
    await until(() => visitsTo('deaf?ours').length)
    await new Promise((done) => {
      for (let i = 0; i < count; i++) us.socket.send(numbered(i), i === count - 1 ? done : undefined)
    })
    expect(us.socket.hawser.queue.get().messages).toBe(0)
    visitsTo('deaf?ours')[0]?.tcp.resetAndDestroy()
    await until(() => us.count('open') === 2)
    us.socket.send('after')
    const again = () => visitsTo('deaf?ours')[1]
    await until(() => numbers(again()).includes('after'))
    // The end of it, in order, and what is missing is counted.
    const arrived = numbers(again())
    const expected = Array.from({ length: arrived.length - 1 }, (_, i) => `${count - arrived.length + 1 + i}`)
    expect(arrived).toEqual([...expected, 'after'])
    expect(arrived.length).toBeGreaterThan(1)
    expect(arrived.length - 1 + uncertain).toBe(count)
  })

  row('The queue goes out at the pace of the network', 'B73', async () => {
    const count = 240
    const peaks = /** @type {Record<string, number>} */ ({})
    for (const [name, make] of three) {
      let peak = 0
      class Watched extends WebSocket {
        /** @override @param {any} data */
        send(data) {
          super.send(data)
          peak = Math.max(peak, this.bufferedAmount)
        }
      }
      const isOurs = name === 'hawser'
      const options = isOurs ? { environment: { WebSocket: Watched } } : { WebSocket: Watched }
      const { socket, opened } = make(at(`deaf?pace-${name}`), options)
      for (let i = 0; i < count; i++) socket.send(numbered(i))
      await opened()
      if (isOurs) await until(() => socket.hawser.transport.bufferedAmount >= chunk)
      // So many chances to hand over more.
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
      const visit = () => visitsTo(`deaf?pace-${name}`)[0]
      await until(visit)
      visit()?.socket.resume()
      await until(() => visit()?.messages.length === count)
      expect(numbers(visit())).toEqual(Array.from({ length: count }, (_, i) => `${i}`))
      peaks[name] = peak
    }
    // The kernel takes a few MiB at once.
    expect(peaks['reconnecting-websocket']).toBeGreaterThan(16 * chunk)
    expect(peaks.partysocket).toBeGreaterThan(16 * chunk)
    expect(peaks.hawser).toBeLessThan(3 * chunk)
  })

  row('The queue is bounded, and tells what it drops', 'B71 B72', async () => {
    for (const [name, Theirs] of both) {
      const said = name === 'partysocket' ? false : undefined
      const { socket } = theirs(Theirs, refused)
      for (let i = 0; i < 5_000; i++) socket.send('x')
      expect(socket.bufferedAmount).toBe(5_000)
      const few = theirs(Theirs, refused, { maxEnqueuedMessages: 2 })
      expect([1, 2, 3].map(() => few.socket.send('x'))).toEqual([said, said, said])
      expect(few.socket.bufferedAmount).toBe(2)
    }
    const { socket } = ours(refused)
    /** @type {unknown[]} */
    const dropped = []
    socket.hawser.on('drop', ({ data, error }) => dropped.push([data, error.code]))
    for (let i = 0; i < 100_000; i++) socket.send('x')
    const error = await new Promise((done) => socket.send('one too many', done))
    expect(error).toMatchObject({ code: 'QUEUE_FULL' })
    expect(dropped).toEqual([['one too many', 'QUEUE_FULL']])
    expect(socket.bufferedAmount).toBe(100_000)
  })

  row('`bufferedAmount` counts bytes', 'B72', async () => {
    for (const [name, make] of three) {
      const { socket } = make(refused)
      socket.send('€')
      expect(socket.bufferedAmount).toBe(name === 'hawser' ? 3 : 1)
    }
  })

  row('A buffer goes out as it was when it was sent', 'B83', async () => {
    for (const [name, make] of three) {
      const { socket } = make(at(`bytes?${name}`))
      const bytes = new Uint8Array([1])
      socket.send(bytes)
      bytes[0] = 2
      await until(() => visitsTo(`bytes?${name}`)[0]?.messages.length)
      expect([...(visitsTo(`bytes?${name}`)[0]?.messages[0] ?? [])]).toEqual([name === 'hawser' ? 1 : 2])
    }
  })

  row('`send()` after `close()` keeps nothing', 'B114', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    for (const [name, Theirs] of both) {
      const { socket, opened, close } = theirs(Theirs, at(`late?${name}`))
      await opened()
      socket.close()
      await close()
      socket.send('late')
      socket.send('later')
      socket.reconnect()
      await until(() => visitsTo(`late?${name}`)[1]?.messages.length === 2)
      expect(heardBy(visitsTo(`late?${name}`)[1])).toEqual(['late', 'later'])
      expect(warn).toHaveBeenCalledTimes(name === 'partysocket' ? 1 : 0)
    }
    const us = ours(at('late?ours'))
    await us.opened()
    us.socket.close()
    await us.close()
    const error = await new Promise((done) => us.socket.send('late', done))
    expect(error).toMatchObject({ code: 'CLOSED' })
    expect(us.socket.bufferedAmount).toBe(4)
    us.socket.hawser.connect()
    us.socket.send('new')
    await until(() => visitsTo('late?ours')[1]?.messages.length)
    expect(us.socket.bufferedAmount).toBe(0)
    expect(heardBy(visitsTo('late?ours')[1])).toEqual(['new'])
  })

  row('A join message can go out ahead of what waits', 'B129', async () => {
    for (const [name, make] of three) {
      const join = `join?${name}`
      const { socket } = make(
        at(join),
        name === 'hawser' ? { onHandshake: (/** @type {any} */ { send }) => send('join') } : {},
      )
      socket.addEventListener('open', () => socket.send('in open'))
      socket.send('waits')
      const isOurs = name === 'hawser'
      await until(() => visitsTo(join)[0]?.messages.length === (isOurs ? 3 : 2))
      expect(heardBy(visitsTo(join)[0])).toEqual([...(isOurs ? ['join'] : []), 'waits', 'in open'])
    }
  })
})

describe('Events', () => {
  row("Events are the runtime's own, and their target is the socket", 'B115', async () => {
    /** @type {Record<string, any>} */
    const seen = {}
    for (const [name, make] of three) {
      const { socket, count } = make(at('twice'))
      const look = (/** @type {any} */ event) => [event instanceof MessageEvent, event.target === socket]
      const byHandler = new Promise((done) => {
        socket.onmessage = (/** @type {any} */ event) => done(look(event))
      })
      const byListener = new Promise((done) =>
        socket.addEventListener('message', (/** @type {any} */ event) => done(look(event))),
      )
      await until(() => count('message'))
      seen[name] = { handler: await byHandler, listener: await byListener }
    }
    expect(seen).toEqual({
      'reconnecting-websocket': { handler: [false, false], listener: [false, false] },
      partysocket: { handler: [false, false], listener: [true, true] },
      hawser: { handler: [true, true], listener: [true, true] },
    })
    // What they make up themselves.
    const rws = theirs(ReconnectingWebSocket, refused)
    await rws.close()
    expect(rws.events[0]).not.toBeInstanceOf(Event)
    const us = ours(refused)
    await us.close()
    for (const event of us.events) expect(event).toBeInstanceOf(Event)
  })

  row('Handlers and listeners are called in the order in which they were set', 'B114', async () => {
    for (const [name, make] of three) {
      const { socket, opened } = make(at('order'))
      /** @type {string[]} */
      const order = []
      socket.addEventListener('open', () => order.push('listener'))
      socket.onopen = () => order.push('handler')
      await opened()
      expect(order).toEqual(name === 'hawser' ? ['listener', 'handler'] : ['handler', 'listener'])
    }
  })

  row('`addEventListener()` takes `once` and `signal`, and a listener once', 'B30', async () => {
    for (const [name, make] of three) {
      const { socket, count } = make(at('twice'))
      const once = vi.fn()
      const doubled = vi.fn()
      const aborted = vi.fn()
      socket.addEventListener('message', once, { once: true })
      socket.addEventListener('message', doubled)
      socket.addEventListener('message', doubled)
      socket.addEventListener('message', aborted, { signal: AbortSignal.abort() })
      await until(() => count('message') === 2)
      const calls = [once, doubled, aborted].map(({ mock }) => mock.calls.length)
      expect(calls).toEqual(name === 'reconnecting-websocket' ? [2, 4, 2] : [1, 2, 0])
    }
  })

  row('A listener that throws stops no other', 'B31', async () => {
    const { result } = await alone(`
      const heard = {}
      let thrown = 0
      process.on('uncaughtException', () => thrown++)
      const sockets = Object.entries({ rws, ps, hawser }).flatMap(([name, make]) =>
        ['handler', 'first'].map((thrower) => {
          const key = name + ' ' + thrower
          heard[key] = []
          const socket = make(at('throws'))
          const hear = (who) => () => {
            heard[key].push(who)
            if (who === thrower) throw new Error(who)
          }
          socket.onopen = hear('handler')
          socket.addEventListener('open', hear('first'))
          socket.addEventListener('open', hear('second'))
          return socket
        }),
      )
      const look = () => {
        if (sockets.some(({ readyState }) => readyState !== 1)) return setTimeout(look, 5)
        setImmediate(() => end({ ...heard, thrown }))
      }
      look()`)
    const all = ['handler', 'first', 'second']
    expect(result).toEqual({
      'rws handler': ['handler'],
      'rws first': ['handler', 'first'],
      'ps handler': ['handler'],
      'ps first': all,
      'hawser handler': all,
      'hawser first': all,
      thrown: 6,
    })
  })

  row('After `close()` no timer is left', 'B34', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      for (const [, Theirs] of both) {
        const { socket, close } = theirs(Theirs, refused, patient)
        await close()
        socket.close()
        expect(vi.getTimerCount()).toBe(1)
        vi.clearAllTimers()
      }
      const us = ours(refused, { retryDelay: () => 60_000 })
      await until(() => us.socket.hawser.state.get().status === 'waiting')
      expect(vi.getTimerCount()).toBe(1)
      us.socket.close()
      await until(() => us.count('close') === 2)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})

// ---------------------------------------------------------------- options and members

describe('Options', () => {
  const types = [
    ...['partysocket', 'reconnecting-websocket/dist'].map(
      (folder) => new URL(`../node_modules/${folder}/`, import.meta.url),
    ),
  ].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.d.ts'))
      .map((name) => readFileSync(new URL(name, folder), 'utf8')),
  )
  const optionNames = types.flatMap((text) =>
    [...text.matchAll(/type (?:\w*Options) = [^;]*?\{([\s\S]*?)\n\}/g)].flatMap(([, body = '']) =>
      [...body.matchAll(/^ +(?:\/\*\*.*\*\/ )?(\w+)\??:/gm)].map(([, name = '']) => name),
    ),
  )

  it('of theirs are all in the guide', () => {
    const ofHooks = ['enabled', 'transferEnqueuedMessages', 'onOpen', 'onMessage', 'onClose', 'onError']
    expect(optionNames).toEqual(expect.arrayContaining(['startClosed', 'debugLogger', 'prefix', ...ofHooks]))
    for (const name of new Set(optionNames)) {
      const where = ofHooks.includes(name) ? section('React') : section('Options')
      expect(where, name).toMatch(new RegExp(`\`${name}\\b`))
    }
  })

  it('of theirs have the defaults that the guide says', () => {
    const [rws, ps] = Object.values(sources).map((source) => {
      const [, body = ''] = /DEFAULT = \{([^}]*)\}/.exec(source) ?? []
      return Object.fromEntries(
        [...body.matchAll(/(\w+): ([^\n,]+)/g)].map(([, name, value]) => [name, value]),
      )
    })
    const same = {
      reconnectionDelayGrowFactor: '1.3',
      minUptime: expect.stringMatching(/^(5000|5e3)$/),
      connectionTimeout: expect.stringMatching(/^(4000|4e3)$/),
      maxReconnectionDelay: expect.stringMatching(/^(10000|1e4)$/),
      maxRetries: expect.stringContaining('INFINITY'),
      maxEnqueuedMessages: expect.stringContaining('INFINITY'),
      startClosed: 'false',
      debug: 'false',
    }
    expect(ps).toEqual({ ...same, minReconnectionDelay: '3e3' })
    const infinity = { maxRetries: 'Infinity', maxEnqueuedMessages: 'Infinity' }
    expect(rws).toEqual({ ...same, ...infinity, minReconnectionDelay: '1000 + Math.random() * 4000' })
  })

  it('for the URL come to the same address as partysocket makes of its pieces', async () => {
    const id = randomUUID()
    const query = async () => ({ lang: 'en', empty: null })
    const pieces = {
      host: `127.0.0.1:${port}`,
      party: 'chat',
      room: 'lobby',
      path: 'side',
      id,
      query,
      WebSocket,
    }
    const party = watch(new PartySocket(pieces))
    await party.opened()
    const us = ours(async () => {
      const url = new URL('parties/chat/lobby/side', base)
      url.search = String(new URLSearchParams({ _pk: id, lang: 'en' }))
      return url
    })
    await us.opened()
    expect(visits.filter(({ url }) => url === `/parties/chat/lobby/side?_pk=${id}&lang=en`)).toHaveLength(2)
    expect(us.socket.url).toBe(party.socket.url)
    expect(party.socket.roomUrl).toBe(at('parties/chat/lobby/side'))
  })

  it('`startClosed` is a socket that is made later, or createSocket()', async () => {
    for (const [, Theirs] of both) {
      const { socket, opened } = theirs(Theirs, at('later'), { startClosed: true })
      expect(socket.readyState).toBe(3)
      socket.reconnect()
      await opened()
    }
  })

  it('`protocols` may be a function for partysocket and for Hawser', async () => {
    const party = watch(new PartyWebSocket(at('protocols'), async () => ['chat'], { WebSocket }))
    const us = ours(at('protocols'), {}, async () => ['chat'])
    for (const { opened, socket } of [party, us]) {
      await opened()
      expect(socket.protocol).toBe('chat')
    }
    // No protocol, for partysocket.
    const none = watch(new PartyWebSocket(at('protocols'), null, { WebSocket }))
    const named = ours(at('protocols'), {}, null)
    for (const { opened } of [none, named]) await opened()
    expect([none.socket.protocol, named.socket.protocol]).toEqual(['', 'null'])
  })
})

describe('Members', () => {
  it('of theirs are all in the guide', () => {
    const names = both.flatMap(([, Theirs]) => Object.getOwnPropertyNames(Theirs.prototype))
    const ofParty = [...Object.getOwnPropertyNames(PartySocket.prototype), 'fetch']
    const handlers = ['onopen', 'onmessage', 'onerror', 'onclose']
    const all = [...names, ...ofParty, ...handlers].filter(
      (name) => !/^_|^constructor$|^setWSProperties$/.test(name),
    )
    expect(all).toEqual(
      expect.arrayContaining(['retryCount', 'drainQueuedMessages', 'updateProperties', 'roomUrl']),
    )
    for (const name of new Set(all))
      expect(section('Members'), name).toMatch(new RegExp(`\`[^\`]*\\b${name}\\b`))
  })

  it('tell the number of retries', async () => {
    for (const [, Theirs] of both) {
      const { socket, count } = theirs(Theirs, refused, { maxRetries: 2 })
      await until(() => count('close') === 3)
      expect(socket.retryCount).toBe(2)
    }
    let attempt = 0
    const us = ours(refused, { retries: 2 })
    us.socket.hawser.state.subscribe(() => {
      const state = us.socket.hawser.state.get()
      if (state.status === 'connecting') attempt = state.attempt
    })
    await until(() => us.socket.readyState === 3)
    expect(attempt).toBe(2)
  })

  it('tell the URL at once', async () => {
    for (const [name, make] of three) {
      const { socket, opened } = make(at('url'))
      expect(socket.url).toBe(name === 'hawser' ? at('url') : '')
      await opened()
      expect(socket.url).toBe(at('url'))
    }
    const { socket } = ours(`http://127.0.0.1:${port}/url`)
    expect(socket.url).toBe(at('url'))
  })

  it('replace an open connection, with a close in between', async () => {
    for (const [name, make] of three) {
      const { socket, opened, closes, count } = make(at(`anew?${name}`))
      await opened()
      const isOurs = name === 'hawser'
      if (isOurs) socket.hawser.reconnect()
      else socket.reconnect(4000, 'again')
      expect(closes()).toMatchObject([
        isOurs ? { code: 1006, wasClean: false } : { code: 4000, wasClean: true },
      ])
      await until(() => count('open') === 2 && visitsTo(`anew?${name}`)[0]?.closed)
      expect(visitsTo(`anew?${name}`)[0]?.closed).toBe(isOurs ? 1000 : 4000)
    }
    // With a code of one's own.
    const { socket, opened, count } = ours(at('anew?code'))
    await opened()
    socket.close(4000, 'again')
    socket.hawser.connect()
    await until(() => count('open') === 2 && visitsTo('anew?code')[0]?.closed)
    expect(visitsTo('anew?code')[0]?.closed).toBe(4000)
  })

  it('take back what waits', () => {
    const ps = theirs(PartyWebSocket, refused)
    const us = ours(refused)
    /** @type {unknown[]} */
    const taken = []
    for (const { socket } of [ps, us]) for (const text of ['a', 'b']) socket.send(text)
    expect(ps.socket.drainQueuedMessages()).toEqual(['a', 'b'])
    us.socket.hawser.on('drop', ({ data }) => taken.push(data))
    us.socket.hawser.queue.clear()
    expect(taken).toEqual(['a', 'b'])
    for (const { socket } of [ps, us]) expect(socket.bufferedAmount).toBe(0)
  })

  it('say why an attempt failed', async () => {
    const ps = theirs(PartyWebSocket, at('silent'), { connectionTimeout: 20 })
    const theirReason = new Promise((done) => {
      ps.socket.onerror = (/** @type {any} */ { message }) => done(message)
    })
    expect(await theirReason).toBe('TIMEOUT')
    const us = ours(at('silent'), { connectTimeout: 20 })
    expect(await us.socket.hawser.once('error')).toMatchObject({ code: 'CONNECT_TIMEOUT' })
    expect(await us.socket.hawser.once('close')).toMatchObject({ code: 1006, origin: 'timeout' })
  })
})

describe('The guide', () => {
  it('has a test for each row of what behaves differently', () => {
    const cells = [...section('What behaves differently').matchAll(/^\| (.+?) \|/gm)].map(([, cell]) => cell)
    expect(rows).toEqual(cells.filter((cell) => cell !== 'With Hawser'))
  })

  const pieces = [...guide.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, code = '']) => code)
  it.each(pieces.map((code, i) => [i + 1, code]))('has code that connects: piece %i', async (_, code) => {
    vi.stubGlobal('WebSocket', WebSocket)
    try {
      const script = code
        .replaceAll('api.example.com', `127.0.0.1:${port}`)
        .replaceAll('wss://', 'ws://')
        .replace(/import (\w+) from (.+)/g, 'const { default: $1 } = await load($2)')
        .replace(/import (\{.+\}) from (.+)/g, 'const $1 = await load($2)')
        .replaceAll("await load('ws')", 'ws')
      const before = visits.length
      const run = new Function('load', 'ws', 'show', `return (async () => { ${script}; return socket })()`)
      const socket = await run(
        (/** @type {string} */ name) => load[name]?.(),
        { WebSocket },
        () => {},
      )
      sockets.push(socket)
      await until(() => visits.length > before)
    } finally {
      vi.unstubAllGlobals()
    }
  })
})

/** What the pieces import. @type {Record<string, () => Promise<object>>} */
const load = {
  'reconnecting-websocket': () => import('reconnecting-websocket'),
  partysocket: () => import('partysocket'),
  'partysocket/ws': () => import('partysocket/ws'),
  '@hawser/core': () => import('@hawser/core'),
  '@hawser/core/websocket': () => import('@hawser/core/websocket'),
}
