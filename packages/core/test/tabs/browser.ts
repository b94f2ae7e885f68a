// A real Chromium with a profile on disk, whose tabs are opened, reloaded, frozen, left, crashed and closed. It is started
// without the switches by which test drivers keep a page awake, visible and out of the back/forward cache.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { type BrowserContext, type CDPSession, chromium, type Browser as Driver, type Page } from 'playwright'
import { vi } from 'vitest'
import { enginesAreRequired, findEngines } from '../../../../tooling/engines.mjs'
import type { DeskOptions, Fate } from './page-client.ts'

const engine = findEngines().find(({ name }) => name === 'chromium')

/** Why there is no Chromium to be had, where that is so. */
export const missing = engine?.missing
if (missing && enginesAreRequired) throw new Error(`Chromium is required: ${missing}`)
if (missing) console.log(`Tabs are not tested: ${missing}`)

/** Waits for a condition, with a deadline that no busy machine needs. */
export const eventually = <T>(look: () => T | Promise<T>, timeout = 30_000): Promise<T> =>
  vi.waitFor(look, { timeout, interval: 20 })

export class Browser {
  readonly #profile: string
  #process: ChildProcess
  #driver: Driver

  private constructor(profile: string, process: ChildProcess, driver: Driver) {
    this.#profile = profile
    this.#process = process
    this.#driver = driver
  }

  static async launch(): Promise<Browser> {
    const profile = await mkdtemp(join(tmpdir(), 'hawser-tabs-'))
    return new Browser(profile, ...(await start(profile)))
  }

  /** A new tab in front of all others, with the script loaded. @param prepare runs in the page before it */
  async open(url: string, prepare?: () => void): Promise<Tab> {
    return this.#open(this.#driver.contexts()[0] as BrowserContext, url, prepare)
  }

  /** Opens tabs that leave nothing on disk. */
  async private(): Promise<(url: string) => Promise<Tab>> {
    const context = await this.#driver.newContext()
    return (url) => this.#open(context, url)
  }

  /** All of its processes end at once, and it is started again on what they left. */
  async restart(): Promise<void> {
    await this.#kill()
    ;[this.#process, this.#driver] = await start(this.#profile)
  }

  async close(): Promise<void> {
    await this.#kill()
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 })
  }

  async #open(context: BrowserContext, url: string, prepare?: () => void): Promise<Tab> {
    const page = await context.newPage()
    if (prepare) await page.addInitScript(prepare)
    await page.goto(url)
    return new Tab(page, await context.newCDPSession(page))
  }

  async #kill(): Promise<void> {
    const ended = once(this.#process, 'close')
    process.kill(-(this.#process.pid as number), 'SIGKILL')
    await ended
  }
}

async function start(profile: string): Promise<[ChildProcess, Driver]> {
  const process = spawn(
    engine?.path ?? '',
    [
      '--headless=new',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
      '--no-first-run',
      // Otherwise tabs of one site share a process, and crash together.
      '--disable-features=ProcessPerSiteUpToMainFrameThreshold',
      'about:blank',
    ],
    // A group of its own: all of its processes end together.
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  )
  const endpoint = await new Promise<string>((resolve, reject) => {
    createInterface(process.stderr as Readable).on('line', (line) => {
      const [, found] = /^DevTools listening on (.*)/.exec(line) ?? []
      if (found) resolve(found)
    })
    process.once('close', (code) => reject(new Error(`Chromium ended with ${code} before it listened`)))
  })
  // Without the driver's defaults: one of them makes every page believe that it is in front and has the focus.
  return [process, await chromium.connectOverCDP(endpoint, { noDefaults: true })]
}

/** One tab. After a crash nothing more can be asked of it. */
export class Tab {
  readonly #page: Page
  readonly #session: CDPSession
  #isCrashed = false

  constructor(page: Page, session: CDPSession) {
    this.#page = page
    this.#session = session
    page.on('crash', () => {
      this.#isCrashed = true
    })
  }

  // -------------------------------------------------------------- its socket

  async begin(options: DeskOptions): Promise<void> {
    await this.#page.evaluate((options) => window.desk.begin(options), options)
  }

  async send(...texts: string[]): Promise<void> {
    await this.#page.evaluate((texts) => window.desk.send(...texts), texts)
  }

  async fates(): Promise<Fate[]> {
    return this.#page.evaluate(() => window.desk.fates())
  }

  async seen() {
    return this.#page.evaluate(() => window.desk.seen)
  }

  /** Runs a function in the page, which knows nothing of what is around it here. */
  async run<T, A = undefined>(fn: (arg: A) => T | Promise<T>, ...arg: A[]): Promise<T> {
    return this.#page.evaluate(fn as (arg: unknown) => Promise<T>, arg[0])
  }

  /** Resolves when the socket is in a state of this kind. */
  async reaches(status: string): Promise<void> {
    await eventually(async () => {
      const now = await this.run(() => window.desk.status())
      if (now !== status) throw new Error(`Not ${status} but ${now}`)
    })
  }

  /** Resolves when each of its messages is on disk. */
  async hasStored(): Promise<void> {
    await eventually(async () => {
      const fates = await this.fates()
      if (!fates.every(({ isStored }) => isStored)) throw new Error(`Not stored: ${JSON.stringify(fates)}`)
    })
  }

  // -------------------------------------------------------------- its life

  async toFront(): Promise<void> {
    await this.#page.bringToFront()
  }

  async reload(): Promise<void> {
    await this.#page.reload()
  }

  /** Timers and tasks stop, as Chromium does it with hidden tabs to save power. @returns lets it go on */
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
      await this.#page.waitForFunction(() => window.desk)
    }
  }

  /** Whether it came out of the back/forward cache. */
  async isRestored(): Promise<boolean> {
    return (await this.seen()).events.at(-1) === 'return'
  }

  /** Its process ends without a word. */
  async crash(): Promise<void> {
    const crashed = this.#isCrashed || this.#page.waitForEvent('crash')
    this.#session.send('Page.crash').catch(() => {})
    await crashed
  }

  /** So many bytes at most may the pages of its origin store; without a number, as many as ever. */
  async setQuota(bytes?: number): Promise<void> {
    await this.#session.send('Storage.overrideQuotaForOrigin', {
      origin: new URL(this.#page.url()).origin,
      ...(bytes !== undefined && { quotaSize: bytes }),
    })
  }

  async close(): Promise<void> {
    await this.#page.close()
  }

  async #happened(what: string): Promise<void> {
    await eventually(async () => {
      const { events } = await this.seen()
      if (events.at(-1) !== what) throw new Error(`No ${what} yet: ${events}`)
    })
  }
}
