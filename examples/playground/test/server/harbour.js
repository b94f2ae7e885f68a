// A playground of its own for each test, on free ports, with what is asked of it and waited for.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { startPlayground } from '../../server/index.js'

/** @typedef {import('../../protocol').Summary} Summary */

export function harbourForEach() {
  /** @type {Awaited<ReturnType<typeof startPlayground>>} */
  let playground
  /** @type {string} */
  let folder

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hawser-'))
    const page = join(folder, 'page')
    await mkdir(page)
    await writeFile(join(page, 'index.html'), '<!doctype html><title>A page</title>')
    await writeFile(join(page, 'page.js'), '// a script')
    await writeFile(join(folder, 'secret.txt'), 'beside the page')
    playground = await startPlayground({ files: { '/': page, '/alias.js': join(page, 'page.js') } })
  })

  afterEach(async () => {
    await playground.close()
    await rm(folder, { recursive: true })
  })

  /**
   * A request as it is, without the tidying that fetch does: any header, any path.
   *
   * @param {string} path
   * @param {{ method?: string, headers?: Record<string, string> }} [options]
   */
  async function ask(path, { method = 'GET', headers = {} } = {}) {
    const { port } = new URL(playground.url)
    const call = request({ host: '127.0.0.1', port, path, method, headers }).end()
    /** @type {import('node:http').IncomingMessage} */
    const response = await new Promise((resolve, reject) => call.on('response', resolve).on('error', reject))
    let body = ''
    for await (const part of response.setEncoding('utf8')) body += part
    return { status: response.statusCode, type: response.headers['content-type'], body }
  }

  /** The summaries of a stream of server-sent events, as they come. */
  async function* events() {
    const { body } = await fetch(`${playground.url}control/events`)
    let text = ''
    for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += part
      const whole = text.split('\n\n')
      text = whole.pop() ?? ''
      for (const event of whole) yield/** @type {Summary} */ (JSON.parse(event.replace(/^data: /, '')))
    }
  }

  return {
    ask,
    events,
    stats: () => playground.stats(),
    url: () => playground.url,
    socketUrl: () => playground.socketUrl,

    /**
     * Makes or mends a fault.
     *
     * @param {string} control with its parameters
     * @returns {Promise<Summary>}
     */
    async make(control) {
      const { status, body } = await ask(`/control/${control}`, { method: 'POST' })
      if (status !== 200) throw new Error(`${control}: ${status} ${body}`)
      return JSON.parse(body)
    },

    /** @param {string} [client] @returns {Promise<{ token: string, expiresAt: number }>} */
    async token(client) {
      const query = client === undefined ? '' : `?${new URLSearchParams({ client })}`
      return JSON.parse((await ask(`/token${query}`, { method: 'POST' })).body)
    },

    /**
     * Resolves with the first summary that `is` right, as a page would see it. Rejects with the last one after 30 s.
     *
     * @param {(summary: Summary) => boolean | undefined} is
     */
    async until(is) {
      const stream = events()
      /** @type {Summary | undefined} */
      let last
      const patience = new AbortController()
      const tired = new Promise((_, reject) => {
        const timer = setTimeout(() => reject(new Error(`Still ${JSON.stringify(last)}`)), 30_000)
        patience.signal.addEventListener('abort', () => clearTimeout(timer))
      })
      try {
        for (;;) {
          const { value } = await Promise.race([stream.next(), tired])
          last = value
          if (last && is(last)) return last
        }
      } finally {
        patience.abort()
        void stream.return(undefined)
      }
    },

    /**
     * Comes back when everything that was under way on this machine before has arrived: each request and answer takes
     * a turn of the network, and server, proxy and clients live in one process.
     */
    async settle() {
      for (let turn = 0; turn < 3; turn++) await ask('/config')
    },
  }
}
