// A real Chromium whose tabs lead the life of real ones: behind another tab, frozen, in the back/forward cache, offline,
// on a machine that sleeps.
//
// It is started without the switches by which test drivers keep a page awake and visible, and steered over a pipe: so it
// can also run where no port of it can be reached, as in another network namespace.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { type BrowserContext, type CDPSession, chromium, type Page } from 'playwright'
import { vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { enginesAreRequired, findEngines } from '../../../../tooling/engines.mjs'
import type { HeartbeatOptions, OfflineQueueOptions, SocketOptions } from '../../src/index'
import { type PageClient, setUpPage } from './page-client.ts'

const engine = findEngines().find(({ name }) => name === 'chromium')

/** Why there is no Chromium to be had, where that is so. */
export const missing = engine?.missing
if (missing && enginesAreRequired) throw new Error(`Chromium is required: ${missing}`)
if (missing) console.log(`The life of a page is not tested: ${missing}`)

/** What travels to the page as JSON: heartbeat and queue by their options, the delay as a number. */
export interface PageSocketOptions
  extends Pick<
    SocketOptions,
    'whenHidden' | 'whenOffline' | 'connectTimeout' | 'closeTimeout' | 'minUptime'
  > {
  readonly heartbeat?: Pick<HeartbeatOptions, 'interval' | 'timeout'>
  readonly queue?: Pick<OfflineQueueOptions, 'maxMessages' | 'maxBytes'>
  /** Milliseconds before each retry. @default 20 */
  readonly retryDelay?: number
}

/** Waits for a condition, with a deadline that no busy machine needs. */
export const eventually = <T>(look: () => T | Promise<T>, timeout = 30_000): Promise<T> =>
  vi.waitFor(look, { timeout, interval: 20 })

/** Where the page and the built script come from. @param host the address to listen at */
export async function servePage(host = '127.0.0.1'): Promise<{ url: string; close(): void }> {
  const script = await readFile(join(import.meta.dirname, '../../dist/hawser.global.js'))
  const server = createServer(({ url }, response) => {
    if (url === '/hawser.global.js') response.setHeader('content-type', 'text/javascript').end(script)
    else
      response
        .setHeader('content-type', 'text/html')
        .end('<!doctype html><title>page</title><script src="/hawser.global.js"></script>')
  })
  server.listen(0, host)
  await once(server, 'listening')
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

export class Chromium {
  readonly #process: ChildProcess
  readonly #bridge: WebSocketServer
  readonly #profile: string
  readonly #context: BrowserContext

  private constructor(
    process: ChildProcess,
    bridge: WebSocketServer,
    profile: string,
    context: BrowserContext,
  ) {
    this.#process = process
    this.#bridge = bridge
    this.#profile = profile
    this.#context = context
  }

  /** @param options.executablePath Chromium, or a wrapper that ends in `exec … chromium "$@"` */
  static async launch({ executablePath = engine?.path ?? '' } = {}): Promise<Chromium> {
    const profile = await mkdtemp(join(tmpdir(), 'hawser-page-'))
    const process = spawn(
      executablePath,
      [
        '--headless=new',
        '--remote-debugging-pipe',
        `--user-data-dir=${profile}`,
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--disable-quic',
        '--no-first-run',
        'about:blank',
      ],
      // A group of its own: what holds for the browser holds for all its processes.
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], detached: true },
    )
    const bridge = await bridgeTo(process)
    const { port } = bridge.address() as AddressInfo
    // Without the driver's defaults: one of them makes every page believe that it is in front and has the focus.
    const browser = await chromium.connectOverCDP(`ws://127.0.0.1:${port}`, { noDefaults: true })
    return new Chromium(process, bridge, profile, browser.contexts()[0] as BrowserContext)
  }

  /** A new tab in front of all others, with the script loaded. @param url where `servePage` serves */
  async open(url: string): Promise<Tab> {
    const page = await this.#context.newPage()
    await page.addInitScript(setUpPage)
    await page.goto(url)
    return new Tab(page, await this.#context.newCDPSession(page))
  }

  /**
   * From the first process to the last the browser stands still, as on a machine that sleeps, and goes on after a while.
   *
   * @param meanwhile what happens to the rest of the world
   */
  async sleep(ms: number, meanwhile = () => {}): Promise<void> {
    const group = -(this.#process.pid as number)
    process.kill(group, 'SIGSTOP')
    meanwhile()
    await new Promise((wake) => setTimeout(wake, ms))
    process.kill(group, 'SIGCONT')
  }

  async close(): Promise<void> {
    const ended = once(this.#process, 'close')
    process.kill(-(this.#process.pid as number), 'SIGKILL')
    await ended
    this.#bridge.close()
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Chromium speaks the protocol over a pipe, message by message with a zero byte between; the driver over a WebSocket. */
async function bridgeTo(process: ChildProcess): Promise<WebSocketServer> {
  const [toChromium, fromChromium] = process.stdio.slice(3) as [Duplex, Duplex]
  const bridge = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  bridge.on('connection', (driver) => {
    let rest = ''
    fromChromium.setEncoding('utf8').on('data', (text) => {
      const messages = (rest + text).split('\0')
      rest = messages.pop() ?? ''
      for (const message of messages) driver.send(message)
    })
    driver.on('message', (message) => toChromium.write(`${message}\0`))
  })
  for (const end of [toChromium, fromChromium]) end.on('error', () => {})
  await once(bridge, 'listening')
  return bridge
}

/** One tab, with one socket at a time. */
export class Tab {
  readonly #page: Page
  readonly #session: CDPSession
  /** What is in front of it. */
  readonly #others = new Set<Page>()

  constructor(page: Page, session: CDPSession) {
    this.#page = page
    this.#session = session
  }

  // -------------------------------------------------------------- its socket

  /** Makes the socket; it opens nothing yet. */
  async create(url: string, options: PageSocketOptions = {}): Promise<void> {
    await this.#page.evaluate(([url, options]) => window.client.create(url, options), [url, options] as const)
  }

  async connect(): Promise<void> {
    await this.#page.evaluate(() => window.client.socket.connect())
  }

  async close(): Promise<void> {
    await this.#page.evaluate(() => window.client.socket.close())
  }

  /** Hands these to `send()`, one after the other. */
  async send(...messages: string[]): Promise<void> {
    await this.#page.evaluate((messages) => window.client.send(messages), messages)
  }

  /** What the socket told since it was made, and what happened to the page. */
  async seen(): Promise<PageClient['seen']> {
    return this.#page.evaluate(() => window.client.seen)
  }

  async state() {
    return this.#page.evaluate(() => window.client.socket.state.get())
  }

  /** Resolves when the socket is in a state of this kind. */
  async reached(status: Awaited<ReturnType<Tab['state']>>['status']): Promise<void> {
    await eventually(async () => {
      const state = await this.state()
      if (state.status !== status) throw new Error(`Not ${status}: ${JSON.stringify(state)}`)
    })
  }

  /** Native listeners that are attached to the window, the document and the connection: `window online`, … */
  async listeners(): Promise<string[]> {
    return this.#page.evaluate(() => window.client.listeners())
  }

  /** Runs a function in the page, which knows nothing of what is around it here. */
  async run<T, A = undefined>(fn: (arg: A) => T | Promise<T>, ...arg: A[]): Promise<T> {
    return this.#page.evaluate(fn as (arg: unknown) => Promise<T>, arg[0])
  }

  // -------------------------------------------------------------- its life

  /** Another tab comes to the front. @returns brings this one back */
  async hide(): Promise<() => Promise<void>> {
    const other = await this.#page.context().newPage()
    this.#others.add(other)
    await other.bringToFront()
    await this.#happened('hidden')
    return async () => {
      await this.#page.bringToFront()
      await this.#happened('visible')
    }
  }

  /** Timers and tasks of a hidden tab stop, as Chromium does it to save power. @returns lets it go on */
  async freeze(): Promise<() => Promise<void>> {
    await this.#session.send('Page.setWebLifecycleState', { state: 'frozen' })
    await this.#happened('freeze')
    return async () => {
      await this.#session.send('Page.setWebLifecycleState', { state: 'active' })
      await this.#happened('resume')
    }
  }

  /** To another page of the same server: this one goes into the back/forward cache. @returns goes back to it */
  async leave(): Promise<() => Promise<void>> {
    await this.#page.goto(new URL('/other', this.#page.url()).href)
    return async () => {
      // A page out of the cache is there at once and never loads.
      await this.#page.goBack({ waitUntil: 'commit' })
      await this.#happened('pageshow of the cache')
    }
  }

  /** Emulated: `navigator.onLine`, its events, no new connection, and frames that are held back. */
  async setOffline(offline: boolean): Promise<void> {
    await this.#page.context().setOffline(offline)
    await this.#happened(offline ? 'offline' : 'online')
  }

  /** Why Chromium did not restore the page from the cache; null where it did. */
  async notRestored(): Promise<unknown> {
    return this.#page.evaluate(() => {
      const [navigation] = performance.getEntriesByType('navigation')
      return (navigation as { notRestoredReasons?: unknown } | undefined)?.notRestoredReasons
    })
  }

  async end(): Promise<void> {
    await this.#page.context().setOffline(false)
    for (const page of [...this.#others, this.#page]) await page.close()
  }

  /** Resolves when this was the last event of its kind that the page had. */
  async #happened(what: string): Promise<void> {
    const kinds = [
      ['hidden', 'visible'],
      ['freeze', 'resume'],
      ['offline', 'online'],
    ]
    const kind = kinds.find((events) => events.includes(what)) ?? [what]
    await eventually(async () => {
      const { events } = await this.seen()
      const last = events.filter(({ event }) => kind.includes(event)).at(-1)?.event
      if (last !== what) throw new Error(`No ${what} yet: ${JSON.stringify(events)}`)
    })
  }
}
