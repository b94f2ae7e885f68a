// A harbour for each test: a chat server, the server of the page, and browser windows that must not complain.

import { type Browser, type BrowserContext, chromium, type Page } from 'playwright'
import { expect, test } from 'vitest'
import { enginesAreRequired, findEngines } from '../../../tooling/engines.mjs'
import type { startPage } from '../page-server.js'

const engine = findEngines().find(({ name }) => name === 'chromium')
if (engine?.missing && enginesAreRequired) throw new Error(`Chromium is required: ${engine.missing}`)
if (engine?.missing) console.log(`The page is not tested: ${engine.missing}`)

export const hasNoBrowser = engine?.path === undefined

/** Starts the servers of a page. */
export type StartPage = () => ReturnType<typeof startPage>

/** The `it` of tests that each have a harbour of their own, in a browser that they share. */
export function inHarbour(start: StartPage) {
  return withBrowser.extend('harbour', async ({ browser }, { onCleanup }) => {
    const harbour = new Harbour(await start(), browser)
    onCleanup(() => harbour.close())
    return harbour
  })
}

// biome-ignore lint/correctness/noEmptyPattern: vitest reads there which other fixtures this one needs
const withBrowser = test.extend('browser', { scope: 'file' }, async ({}, { onCleanup }) => {
  const browser = await chromium.launch({
    executablePath: engine?.path ?? '',
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
      '--no-first-run',
    ],
  })
  onCleanup(() => browser.close())
  return browser
})

/** What a browser itself prints of a connection that it could not make; a page cannot keep it from doing so. */
const OF_THE_BROWSER = /^(WebSocket connection to .* failed|Failed to load resource: net::ERR_)/

const ROOM = 'harbour'

class Harbour {
  readonly #contexts: BrowserContext[] = []
  readonly #faults: string[] = []
  #connections = 0
  /** How many connections the server ever had. */
  connectionsMade = 0

  constructor(
    readonly server: Awaited<ReturnType<StartPage>>,
    readonly browser: Browser,
  ) {
    server.chat.subscribe(() => {
      const { connections } = server.chat.stats()
      this.connectionsMade += Math.max(0, connections - this.#connections)
      this.#connections = connections
    })
  }

  /** A browser of somebody's own: pages of one context cover each other, and what is covered is slow. */
  async open(): Promise<Page> {
    const context = await this.browser.newContext()
    // As long as no busy machine takes.
    context.setDefaultTimeout(60_000)
    this.#contexts.push(context)
    context.on('weberror', (error) => this.#faults.push(String(error.error())))
    context.on('console', (message) => {
      const isFault = ['error', 'warning'].includes(message.type())
      if (isFault && !OF_THE_BROWSER.test(message.text())) this.#faults.push(message.text())
    })
    context.on('request', (request) => {
      if (new URL(request.url()).hostname !== '127.0.0.1') this.#faults.push(`a request to ${request.url()}`)
    })
    return context.newPage()
  }

  /** Somebody in the room, connected; and how many sockets that page has made since. */
  async join(name: string): Promise<{ page: Page; sockets: () => number }> {
    const page = await this.open()
    let made = 0
    page.on('websocket', () => made++)
    await page.goto(`${this.server.url}?${new URLSearchParams({ name, room: ROOM })}`)
    await connected(page)
    return { page, sockets: () => made }
  }

  /** What the server counted in the room. */
  get counted() {
    const { order = [], received = 0, doubles = 0 } = this.server.chat.stats().rooms[ROOM] ?? {}
    return { texts: order.map(({ text }) => text), received, doubles }
  }

  async close() {
    await Promise.all(this.#contexts.map((context) => context.close()))
    await this.server.close()
    expect(this.#faults).toEqual([])
  }
}

export async function say(page: Page, text: string) {
  await page.getByLabel('Message', { exact: true }).fill(text)
  await page.getByRole('button', { name: 'Send' }).click()
}

/** Resolves when somebody sees this message. */
export function sees(page: Page, text: string) {
  return page.getByRole('log').getByText(text, { exact: true }).waitFor()
}

/** Resolves when a message of one's own has come so far. */
export function fate(page: Page, text: string, fate: string) {
  const own = page.locator('.own').filter({ has: page.getByText(text, { exact: true }) })
  return own.locator('.fate').getByText(fate, { exact: true }).waitFor()
}

/** The messages that somebody sees, in their order. */
export function texts(page: Page) {
  return page.locator('.message .text').allTextContents()
}

/** Resolves when the line about the connection reads so. */
export function status(page: Page, text: RegExp, options?: { timeout: number }) {
  return page.locator('.status p').filter({ hasText: text }).waitFor(options)
}

export function connected(page: Page, options?: { timeout: number }) {
  return status(page, /^Connected$/, options)
}

export function press(page: Page, name: string) {
  return page.getByRole('button', { name }).click()
}
