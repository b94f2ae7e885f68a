// The control server: each endpoint does what it says, works while the chat server is down, and is for this machine only.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startChatServer, startControlServer } from '../index.js'
import { open, refusal } from './client.js'

/** @type {import('../chat-server.js').ChatServer} */
let chat
/** @type {Awaited<ReturnType<typeof startControlServer>>} */
let control
/** @type {string} */
let folder

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hawser-'))
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>A page</title>')
  await writeFile(join(folder, 'page.js'), '// a script')
  chat = await startChatServer()
  control = await startControlServer({ chat, files: { '/': folder, '/alias.js': join(folder, 'page.js') } })
})

afterEach(async () => {
  await control.close()
  await chat.close()
  await rm(folder, { recursive: true })
})

/**
 * A request as it is, without the tidying that fetch does: any header, any path.
 *
 * @param {string} path
 * @param {{ method?: string, headers?: Record<string, string> }} [options]
 * @returns {Promise<{ status: number, type: string, body: string }>}
 */
function ask(path, { method = 'GET', headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port: control.port, path, method, headers }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (part) => {
        body += part
      })
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body })
      })
    })
    call.on('error', reject)
    call.end()
  })
}

/** @param {string} fault */
const make = (fault) => ask(`/control/${fault}`, { method: 'POST' })

/** @param {string} path */
const json = async (path) => JSON.parse((await ask(path)).body)

/** @param {string} name */
async function member(name) {
  const client = await open(chat.url)
  const { body } = await ask(`/token?${new URLSearchParams({ name })}`, { method: 'POST' })
  client.send({ type: 'auth', token: JSON.parse(body).token })
  await client.next('welcome')
  client.send({ type: 'join', room: 'harbour' })
  await client.next('joined')
  return client
}

describe('what a page needs', () => {
  it('says where the chat is', async () => {
    expect(await json('/config')).toEqual({ chat: chat.url })
  })

  it('gives out a token that the chat takes, and says how long it lasts', async () => {
    const { body } = await ask('/token?name=%20Ada%20', { method: 'POST' })
    const { token, expiresAt } = JSON.parse(body)
    expect(expiresAt).toBeGreaterThan(Date.now())
    const client = await open(chat.url)
    client.send({ type: 'auth', token })
    expect(await client.next('welcome')).toEqual({ type: 'welcome', name: 'Ada' })
  })

  it.each(['/token', '/token?name=%20', `/token?name=${'x'.repeat(41)}`])(
    'gives no token for %s',
    async (path) => {
      expect((await ask(path, { method: 'POST' })).status).toBe(400)
    },
  )

  it('gives no token to a GET, which any page can make a browser do', async () => {
    expect((await ask('/token?name=Ada')).status).toBe(404)
  })

  it('serves the page, the messages and zod', async () => {
    expect(await ask('/')).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' })
    expect(await ask('/page.js')).toMatchObject({
      status: 200,
      type: 'text/javascript; charset=utf-8',
      body: '// a script',
    })
    expect((await ask('/alias.js')).body).toBe('// a script')
    expect((await ask('/messages.js')).body).toContain('ClientMessage')
    expect((await ask('/zod/index.js')).status).toBe(200)
  })

  it.each([
    '/nothing.js',
    '/zod/',
    '/../package.json',
    '/zod/../package.json',
    '/zod/%2e%2e/package.json',
    '/zod/..%2fpackage.json',
    '/zod//etc/hosts',
    '//etc/hosts',
    '/zod/..\\package.json',
  ])('does not serve %s', async (path) => {
    expect((await ask(path)).status).toBe(404)
  })
})

describe('faults', () => {
  it('kill and restart', async () => {
    const ada = await member('Ada')
    expect(JSON.parse((await make('kill')).body)).toMatchObject({ listening: false, connections: 0 })
    expect((await ada.closed).code).toBe(1006)
    expect(await json('/control/stats')).toMatchObject({ listening: false })
    expect(JSON.parse((await make('restart')).body)).toMatchObject({ listening: true })
    await member('Ada')
  })

  it('reset', async () => {
    const ada = await member('Ada')
    await make('reset')
    expect((await ada.closed).code).toBe(1006)
  })

  it('stall and resume', async () => {
    const ada = await member('Ada')
    expect(JSON.parse((await make('stall')).body)).toMatchObject({ stalled: true })
    ada.send({ type: 'ping' })
    await json('/control/stats')
    expect(ada.heard.map(({ type }) => type)).not.toContain('pong')
    expect(JSON.parse((await make('resume')).body)).toMatchObject({ stalled: false })
    await ada.next('pong')
  })

  it('refuse and accept', async () => {
    await make('refuse')
    expect(await refusal(chat.url)).toBe(503)
    await make('accept')
    await member('Ada')
  })

  it('close, with 1012 or the code that is asked for', async () => {
    const first = await member('Ada')
    await make('close')
    expect(await first.closed).toEqual({ code: 1012, reason: '' })
    const second = await member('Ada')
    await make('close?code=4321&reason=bye')
    expect(await second.closed).toEqual({ code: 4321, reason: 'bye' })
    expect((await make('close?code=1006')).status).toBe(400)
    expect((await make('close?code=soon')).status).toBe(400)
  })

  it('takes no GET for a fault, and knows no others', async () => {
    expect((await ask('/control/kill')).status).toBe(405)
    expect((await make('explode')).status).toBe(404)
    expect((await make('toString')).status).toBe(404)
    expect(chat.stats().listening).toBe(true)
  })

  it('says so when the restart did not work', async () => {
    await make('kill')
    const thief = await startChatServer({ port: chat.port })
    expect(thief.port).toBe(chat.port)
    const answer = await make('restart')
    expect(answer.status).toBe(500)
    expect(answer.body).toContain('EADDRINUSE')
    await thief.close()
  })
})

describe('counters', () => {
  it('tell what each room got, in its order, and what came twice', async () => {
    const ada = await member('Ada')
    for (const id of ['1', '2', '1']) {
      ada.send({ type: 'chat', id, text: `message ${id}` })
      await ada.next('ack')
    }
    expect((await json('/control/stats')).rooms.harbour).toEqual({
      people: ['Ada'],
      received: 2,
      doubles: 1,
      order: [
        { id: '1', from: 'Ada', text: 'message 1' },
        { id: '2', from: 'Ada', text: 'message 2' },
      ],
    })
  })

  it('are told as they change', async () => {
    const response = await fetch(`${control.url}control/events`)
    const events = summaries(response)
    expect(await next(events)).toMatchObject({ listening: true, connections: 0 })
    await make('kill')
    expect(await next(events)).toMatchObject({ listening: false })
    await make('restart')
    expect(await next(events)).toMatchObject({ listening: true })

    const ada = await member('Ada')
    ada.send({ type: 'chat', id: '1', text: 'Ahoy' })
    for await (const { rooms } of events) {
      if (rooms.harbour?.received !== 1) continue
      expect(rooms.harbour).toEqual({ people: ['Ada'], received: 1, doubles: 0 })
      break
    }
  })
})

describe('this machine only', () => {
  it.each([
    ['a page elsewhere', { Origin: 'https://example.com' }],
    ['a page in a sandbox', { Origin: 'null' }],
    ['a name that points here', { Host: 'rebound.example.com' }],
  ])('%s can neither kill the server nor read anything', async (_, headers) => {
    for (const [method, path] of /** @type {const} */ ([
      ['POST', '/control/kill'],
      ['GET', '/control/stats'],
      ['POST', '/token?name=Eve'],
      ['GET', '/'],
    ])) {
      expect((await ask(path, { method, headers })).status).toBe(403)
    }
    expect(chat.stats().listening).toBe(true)
  })

  it.each(['http://127.0.0.1:5173', 'http://localhost'])('a page of %s can', async (origin) => {
    expect((await ask('/control/kill', { method: 'POST', headers: { Origin: origin } })).status).toBe(200)
    expect(chat.stats().listening).toBe(false)
  })

  it('takes a free port when its own is taken', async () => {
    const second = await startControlServer({ chat, port: control.port })
    expect(second.port).not.toBe(control.port)
    expect((await fetch(`${second.url}config`)).status).toBe(200)
    await second.close()
  })
})

/**
 * The summaries in a stream of server-sent events.
 *
 * @param {Response} response
 */
async function* summaries({ body }) {
  let text = ''
  for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part
    const events = text.split('\n\n')
    text = events.pop() ?? ''
    for (const event of events) yield JSON.parse(event.replace(/^data: /, ''))
  }
}

/** @param {ReturnType<typeof summaries>} events */
const next = async (events) => (await events.next()).value
