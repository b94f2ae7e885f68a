// An echo over TLS, with a certificate that nobody knows: in Node by `ca`, and in a Chromium that trusts its key.
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { enginesAreRequired, findEngines } from '../../../tooling/engines.mjs'
import { publicKeyHash, startSecure, trusting } from '../servers/secure.js'
import { open } from './support.js'

/** @type {Awaited<ReturnType<typeof startSecure>>} */
let server

beforeAll(async () => {
  server = await startSecure()
})
afterAll(() => server.close())

describe('Node', () => {
  it('takes the server by a subclass with ca, and again after a reconnect', async () => {
    const { socket, heard } = open(server.url, { environment: { WebSocket: trusting(server.cert) } })
    socket.send('for your eyes only')
    await heard(1)
    const reopened = socket.once('open')
    socket.reconnect()
    await reopened
    socket.send(Uint8Array.of(1, 2, 3))
    const [text, binary] = await heard(2)
    expect(text).toBe('for your eyes only')
    expect(new Uint8Array(/** @type {ArrayBuffer} */ (binary))).toEqual(Uint8Array.of(1, 2, 3))
  })

  it.each([
    ['without ca', () => WebSocket],
    ['with the certificate of another', async () => trusting((await another()).cert)],
  ])('B16 refuses it %s: 1006, not clean, and a retry', async (_, classOf) => {
    const { socket, closes, opens } = open(server.url, { environment: { WebSocket: await classOf() } })
    socket.send('for nobody')
    while (closes.length < 2) await socket.once('close')
    expect(closes[0]).toMatchObject({ code: 1006, reason: '', wasClean: false, origin: 'network' })
    expect(opens()).toBe(0)
    expect(socket.queue.get().messages).toBe(1)
  })
})

async function another() {
  const other = await startSecure()
  await other.close()
  return other
}

const engine = findEngines().find(({ name }) => name === 'chromium')
const missing = engine?.missing
if (missing) console.log(`Chromium is not tested: ${missing}`)
if (missing && enginesAreRequired) throw new Error(`Chromium is required: ${missing}`)

describe.skipIf(missing)('Chromium', () => {
  /** What a page at the server's own address says of a socket. @param {string[]} args of the browser */
  async function inChromium(...args) {
    const browser = await chromium.launch({
      executablePath: engine?.path ?? '',
      args: ['--no-sandbox', '--disable-background-networking', '--no-first-run', ...args],
    })
    try {
      const page = await browser.newPage()
      await page.addScriptTag({
        path: fileURLToPath(new URL('../../../packages/core/dist/hawser.global.js', import.meta.url)),
      })
      return await page.evaluate(talk, server.url)
    } finally {
      await browser.close()
    }
  }

  it('takes the server where it trusts its key', async () => {
    expect(await inChromium(`--ignore-certificate-errors-spki-list=${publicKeyHash(server.cert)}`)).toEqual({
      opened: true,
      echo: 'for your eyes only',
    })
  })

  it('B16 refuses it otherwise: 1006, not clean, and a retry', async () => {
    expect(await inChromium()).toEqual({
      opened: false,
      close: { code: 1006, reason: '', wasClean: false, origin: 'network' },
      status: 'waiting',
    })
  })
})

/**
 * Runs in the page, which knows nothing of what is around it here.
 *
 * @param {string} url
 */
async function talk(url) {
  const { Hawser } = /** @type {{ Hawser: typeof import('@hawser/core') }} */ (
    /** @type {unknown} */ (globalThis)
  )
  const socket = Hawser.createSocket(url)
  const echo = socket.once('message').then((message) => ({ opened: true, echo: message }))
  const end = socket.once('close').then(({ code, reason, wasClean, origin }) => ({
    opened: false,
    close: { code, reason, wasClean, origin },
    status: socket.state.get().status,
  }))
  socket.send('for your eyes only')
  socket.connect()
  const seen = await Promise.race([echo, end])
  await socket.close()
  return seen
}
