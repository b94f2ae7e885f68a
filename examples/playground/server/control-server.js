// The HTTP side of the playground, on a listener of its own so that it works whatever is broken: makes and mends the
// faults, tells what was counted, gives out tokens, and serves the page.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, resolve, sep } from 'node:path'
import { isLocal, listen } from '@hawser/example-server'

/** @typedef {import('../protocol').Control} Control */
/** @typedef {import('../protocol').Summary} Summary */
/** @typedef {import('node:http').IncomingMessage} IncomingMessage */
/** @typedef {import('node:http').ServerResponse} ServerResponse */

/** Milliseconds from one event to the next. */
const EVENT_INTERVAL = 50

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/**
 * @param {object} options
 * @param {import('./counting-server.js').CountingServer} options.server
 * @param {import('./chaos-proxy.js').ChaosProxy} options.proxy
 * @param {() => Summary} options.stats
 * @param {(listener: () => void) => () => void} options.subscribe calls the listener after each change of `stats()`
 * @param {Record<string, string>} options.files what to serve: from a path to a file, or from a path that ends in a
 *   slash to a folder
 * @param {number} [options.port] the port to listen on; a free one where it is taken, or 0
 */
export async function startControlServer({ server, proxy, stats, subscribe, files, port: preferred = 0 }) {
  /** @type {Record<Control, (query: URLSearchParams) => void | Promise<void>>} */
  const controls = {
    kill: proxy.kill,
    restart: proxy.restart,
    reset: proxy.reset,
    stall: proxy.stall,
    heal: proxy.heal,
    slow: (query) => {
      const [rate, latency] = [query.get('rate'), query.get('latency')]
      proxy.slow({ ...(rate && { rate: Number(rate) }), ...(latency && { latency: Number(latency) }) })
    },
    close: (query) => server.closeAll(Number(query.get('code') || 1012), query.get('reason') ?? ''),
    refuse: server.refuse,
    accept: server.accept,
    expire: server.expire,
  }
  // The longest path first, so that a file inside another folder's path goes before it.
  const served = Object.entries(files).sort(([a], [b]) => b.length - a.length)

  const http = createServer(async (request, response) => {
    try {
      if (isLocal(request)) await route(request, response)
      else reply(response, 403, { error: 'For this machine only.' })
    } catch (error) {
      reply(response, error instanceof RangeError ? 400 : 500, { error: String(error) })
    }
  })

  /**
   * @param {IncomingMessage} request
   * @param {ServerResponse} response
   */
  async function route({ method, url = '/' }, response) {
    const { pathname, searchParams } = new URL(url, 'http://localhost')
    switch (`${method} ${pathname}`) {
      case 'GET /config':
        return reply(response, 200, { url: proxy.url })
      case 'POST /token':
        return reply(response, 200, server.issueToken(searchParams.get('client') ?? ''))
      case 'GET /control/stats':
        return reply(response, 200, stats())
      case 'GET /control/events':
        return stream(response)
    }
    const [, name = ''] = pathname.match(/^\/control\/(.*)$/) ?? []
    if (Object.hasOwn(controls, name)) {
      if (method !== 'POST') return reply(response, 405, { error: 'This takes a POST.' })
      await controls[/** @type {Control} */ (name)](searchParams)
      return reply(response, 200, stats())
    }
    const file = method === 'GET' ? fileAt(pathname) : undefined
    const content = file && (await readFile(file).catch(() => undefined))
    if (!file || !content) return reply(response, 404, { error: 'There is nothing here.' })
    response.writeHead(200, {
      'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
      'Cache-Control': 'no-cache',
      'X-Content-Type-Options': 'nosniff',
      // No other page may show this one in a frame and have its buttons clicked.
      'Content-Security-Policy': "frame-ancestors 'none'",
    })
    response.end(content)
  }

  /**
   * Server-sent events: the summary at once, and as it changes.
   *
   * @param {ServerResponse} response
   */
  function stream(response) {
    /** @type {NodeJS.Timeout | undefined} */
    let timer
    const write = () => {
      timer = undefined
      // Whoever does not read gets the newest later, and not all of them.
      if (response.writableNeedDrain) response.once('drain', changed)
      else response.write(`data: ${JSON.stringify(stats())}\n\n`)
    }
    const changed = () => {
      timer ??= setTimeout(write, EVENT_INTERVAL)
    }
    const unsubscribe = subscribe(changed)
    response.on('close', () => {
      unsubscribe()
      clearTimeout(timer)
    })
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    write()
  }

  /**
   * @param {string} pathname
   * @returns {string | undefined} the file behind that path, where it is one that may be seen
   */
  function fileAt(pathname) {
    const [path, target] =
      served.find(([path]) => pathname === path || (path.endsWith('/') && pathname.startsWith(path))) ?? []
    if (path === undefined || target === undefined) return undefined
    if (!path.endsWith('/')) return resolve(target)
    const file = resolve(target, `./${pathname.slice(path.length) || 'index.html'}`)
    return file.startsWith(resolve(target) + sep) ? file : undefined
  }

  const port = await listen(http, preferred)
  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      const closed = new Promise((done) => http.close(done))
      http.closeAllConnections()
      await closed
    },
  }
}

/**
 * @param {ServerResponse} response
 * @param {number} status
 * @param {unknown} body
 */
function reply(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
  response.end(`${JSON.stringify(body)}\n`)
}
