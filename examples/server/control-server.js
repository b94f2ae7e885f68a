// The HTTP side, on a listener of its own so that it works while the chat server is down: it gives out tokens, breaks
// and mends the chat server on request, tells what was counted, and serves a page.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, extname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isLocal, listen } from './loopback.js'
import { Label } from './messages.js'

/** @typedef {import('./chat-server.js').ChatServer} ChatServer */

/** What every page may load: the messages, and what they are described with. */
const SHARED = {
  '/messages.js': fileURLToPath(new URL('./messages.js', import.meta.url)),
  '/zod/': dirname(createRequire(import.meta.url).resolve('zod')) + sep,
}

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

/**
 * @param {object} options
 * @param {ChatServer} options.chat
 * @param {number} [options.port] the port to listen on; a free one where it is taken, or 0
 * @param {Record<string, string>} [options.files] what to serve: from a path to a file, or from a path that ends in
 *   a slash to a folder
 */
export async function startControlServer({ chat, port: preferred = 0, files = {} }) {
  /** @type {Record<string, (query: URLSearchParams) => unknown>} */
  const faults = {
    kill: () => chat.kill(),
    restart: () => chat.restart(),
    reset: () => chat.reset(),
    stall: () => chat.stall(),
    resume: () => chat.resume(),
    refuse: () => chat.refuse(),
    accept: () => chat.accept(),
    close: (query) => chat.closeAll(Number(query.get('code') ?? 1012), query.get('reason') ?? ''),
  }
  // The longest path first: a file or a folder inside another folder's path goes before it.
  const served = Object.entries({ ...files, ...SHARED }).sort(([a], [b]) => b.length - a.length)

  const http = createServer(async (request, response) => {
    try {
      if (!isLocal(request)) return reply(response, 403, { error: 'For this machine only.' })
      await route(request, response)
    } catch (error) {
      reply(response, error instanceof RangeError ? 400 : 500, { error: String(error) })
    }
  })

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  async function route(request, response) {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const call = `${request.method} ${pathname}`

    if (call === 'GET /config') return reply(response, 200, { chat: chat.url })
    if (call === 'POST /token') {
      const name = Label.safeParse(searchParams.get('name'))
      return name.success
        ? reply(response, 200, chat.issueToken(name.data))
        : reply(response, 400, { error: 'A name has 1 to 40 characters.' })
    }
    if (call === 'GET /control/stats') return reply(response, 200, chat.stats())
    if (call === 'GET /control/events') return stream(response)

    const fault = pathname.startsWith('/control/') ? pathname.slice('/control/'.length) : ''
    if (Object.hasOwn(faults, fault)) {
      if (request.method !== 'POST') return reply(response, 405, { error: 'This takes a POST.' })
      await faults[fault]?.(searchParams)
      return reply(response, 200, summary())
    }

    const file = request.method === 'GET' ? find(pathname) : undefined
    const body = file && (await readFile(file).catch(() => undefined))
    if (!file || !body) return reply(response, 404, { error: 'There is nothing here.' })
    response.writeHead(200, {
      'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
      'Cache-Control': 'no-cache',
      'X-Content-Type-Options': 'nosniff',
      // No other page may show this one in a frame and have its buttons clicked.
      'Content-Security-Policy': "frame-ancestors 'none'",
    })
    response.end(body)
  }

  /** Everything but the messages, which would be a lot to send at each change. */
  function summary() {
    const { rooms, ...rest } = chat.stats()
    const counts = Object.entries(rooms).map(([name, { order: _, ...counted }]) => [name, counted])
    return { ...rest, rooms: Object.fromEntries(counts) }
  }

  /**
   * Server-sent events: the summary now and after each change.
   *
   * @param {import('node:http').ServerResponse} response
   */
  function stream(response) {
    let isDue = false
    const write = () => {
      isDue = false
      if (!response.destroyed) response.write(`data: ${JSON.stringify(summary())}\n\n`)
    }
    const off = chat.subscribe(() => {
      // Many changes of one turn make one event.
      if (!isDue) setImmediate(write)
      isDue = true
    })
    response.on('close', off)
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    write()
  }

  /**
   * @param {string} pathname
   * @returns {string | undefined} the file behind that path, where it is one that may be seen
   */
  function find(pathname) {
    for (const [path, target] of served) {
      if (pathname === path && !path.endsWith('/')) return target
      if (!path.endsWith('/') || !pathname.startsWith(path)) continue
      const file = resolve(join(target, pathname === path ? 'index.html' : pathname.slice(path.length)))
      if (file.startsWith(resolve(target) + sep)) return file
    }
    return undefined
  }

  const port = await listen(http, preferred)
  return {
    port,
    url: `http://127.0.0.1:${port}/`,
    async close() {
      const closed = new Promise((done) => http.close(done))
      http.closeAllConnections()
      await closed
    },
  }
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {unknown} body
 */
function reply(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
  response.end(`${JSON.stringify(body)}\n`)
}
