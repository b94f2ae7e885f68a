// The control endpoints and the page: what they answer, at which pace, and to whom.
import { describe, expect, it } from 'vitest'
import { startChaosProxy } from '../../server/chaos-proxy.js'
import { startControlServer } from '../../server/control-server.js'
import { startCountingServer } from '../../server/counting-server.js'
import { startPlayground } from '../../server/index.js'
import { enter, notes } from './client.js'
import { harbourForEach } from './harbour.js'

const harbour = harbourForEach()

const whole = { killed: false, stalled: false, rate: null, latency: 0, refusing: false }

describe('controls', () => {
  it('are answered with the summary as it is then', async () => {
    expect(JSON.parse((await harbour.ask('/control/stats')).body)).toEqual({
      clients: {},
      connections: 0,
      faults: whole,
    })
    for (const [control, faults] of /** @type {const} */ ([
      ['kill', { killed: true }],
      ['restart', {}],
      ['stall', { stalled: true }],
      ['heal', {}],
      ['slow?rate=2000&latency=30', { rate: 2000, latency: 30 }],
      ['slow?latency=40', { latency: 40 }],
      ['slow?rate=1000&latency=', { rate: 1000 }],
      ['slow', {}],
      ['refuse', { refusing: true }],
      ['accept', {}],
      ['expire', {}],
      ['reset', {}],
      ['close', {}],
    ])) {
      expect((await harbour.make(control)).faults, control).toEqual({ ...whole, ...faults })
    }
  })

  it.each([
    'slow?rate=0',
    'slow?rate=-1',
    'slow?rate=fast',
    'slow?rate=Infinity',
    'slow?latency=-1',
    'slow?latency=60001',
    'slow?latency=long',
    'close?code=1006',
    'close?code=1004',
    'close?code=2999',
    'close?code=5000',
    'close?code=soon',
    'close?code=4000.5',
    `close?reason=${'x'.repeat(124)}`,
  ])('answer 400 to %s, and change nothing', async (control) => {
    const client = await enter(harbour.socketUrl(), await harbour.token())
    const answer = await harbour.ask(`/control/${control}`, { method: 'POST' })
    expect(answer.status).toBe(400)
    const [, parameter] = control.match(/\?(\w+)/) ?? []
    expect(answer.body).toContain(parameter)
    expect(harbour.stats().faults).toEqual(whole)
    client.send({ type: 'ping' })
    await client.next('pong')
  })

  it('take no GET, which any page can make a browser do, and are those of the contract', async () => {
    expect((await harbour.ask('/control/kill')).status).toBe(405)
    for (const name of ['explode', 'toString', '']) {
      expect((await harbour.ask(`/control/${name}`, { method: 'POST' })).status).toBe(404)
    }
    expect(harbour.stats().faults).toEqual(whole)
  })

  it('say so when somebody else has taken the port, and nothing is lost by it', async () => {
    await harbour.make('kill')
    const port = Number(new URL(harbour.socketUrl()).port)
    const thief = await startPlayground({ files: {}, socketPort: port })
    expect(thief.socketUrl).toBe(harbour.socketUrl())
    const answer = await harbour.ask('/control/restart', { method: 'POST' })
    expect(answer).toMatchObject({ status: 500, body: expect.stringContaining('EADDRINUSE') })
    await thief.close()
    expect((await harbour.make('restart')).faults).toEqual(whole)
  })
})

describe('events', () => {
  it('come at once on connect, and then as something changes', async () => {
    const stream = harbour.events()
    expect((await stream.next()).value).toMatchObject({ connections: 0, faults: whole })
    await harbour.make('refuse')
    expect((await stream.next()).value).toMatchObject({ faults: { refusing: true } })
    await stream.return(undefined)
  })

  it('are at most 20 a second, and the last one is the newest', async () => {
    const client = await enter(harbour.socketUrl(), await harbour.token('ada'))
    const since = performance.now()
    const stream = harbour.events()
    await stream.next()
    let n = 0
    let isOver = false
    const talk = async () => {
      while (!isOver) {
        client.send(...notes('ada', ++n))
        await client.next('note')
      }
    }
    const talked = talk()
    const count = 8
    for (let event = 1; event <= count; event++) await stream.next()
    const took = performance.now() - since
    isOver = true
    await talked
    // A timer may be early by a millisecond.
    expect(took).toBeGreaterThan(count * 49)
    expect(n).toBeGreaterThan(count)
    client.send(...notes('ada', ++n))
    for await (const { clients } of stream) if (clients.ada?.highest === n) break
  })

  it('end with the page that listened', async () => {
    const server = await startCountingServer()
    const proxy = await startChaosProxy({ target: server.port })
    const stats = () => harbour.stats()
    /** @type {() => void} */
    let unsubscribe = () => {}
    const unsubscribed = new Promise((resolve) => {
      unsubscribe = () => resolve('unsubscribed')
    })
    const subscribe = () => unsubscribe
    const control = await startControlServer({ server, proxy, stats, subscribe, files: {} })
    const { body } = await fetch(`${control.url}control/events`)
    await body?.cancel()
    expect(await unsubscribed).toBe('unsubscribed')
    await Promise.all([control.close(), proxy.close(), server.close()])
  })
})

describe('the page', () => {
  it('is told where the WebSocket endpoint is', async () => {
    expect(JSON.parse((await harbour.ask('/config')).body)).toEqual({ url: harbour.socketUrl() })
  })

  it('is served with its files', async () => {
    expect(await harbour.ask('/')).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' })
    for (const path of ['/page.js', '/alias.js']) {
      expect(await harbour.ask(path)).toEqual({
        status: 200,
        type: 'text/javascript; charset=utf-8',
        body: '// a script',
      })
    }
  })

  it('may not be framed by another, nor guessed to be something else', async () => {
    const { headers } = await fetch(harbour.url())
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-cache',
      'content-security-policy': "frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
    })
  })

  it.each([
    '/nothing.js',
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/..\\secret.txt',
    '//etc/hosts',
    '/alias.js/',
  ])('is all that is served: not %s', async (path) => {
    expect((await harbour.ask(path)).status).toBe(404)
  })
})

describe('this machine only', () => {
  it.each([
    ['a page elsewhere', { Origin: 'https://example.com' }],
    ['a page in a sandbox', { Origin: 'null' }],
    ['a name that points here', { Host: 'rebound.example.com' }],
  ])('%s can neither break anything nor read anything', async (_, headers) => {
    for (const [method, path] of /** @type {const} */ ([
      ['POST', '/control/kill'],
      ['GET', '/control/stats'],
      ['GET', '/control/events'],
      ['GET', '/config'],
      ['POST', '/token'],
      ['GET', '/'],
    ])) {
      expect((await harbour.ask(path, { method, headers })).status, path).toBe(403)
    }
    expect(harbour.stats().faults).toEqual(whole)
  })

  it.each(['http://127.0.0.1:5173', 'http://localhost'])('a page of %s can', async (origin) => {
    const answer = await harbour.ask('/control/kill', { method: 'POST', headers: { Origin: origin } })
    expect(answer.status).toBe(200)
    expect(harbour.stats().faults.killed).toBe(true)
  })
})
