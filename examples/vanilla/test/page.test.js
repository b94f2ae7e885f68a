// The page in a real Chromium, with the CDN build and a real server: two people, a server that dies, and all that can
// go wrong on the way. What arrived is counted at the server.

import { chromium } from 'playwright'
import { afterAll, beforeAll, describe, expect, it as test } from 'vitest'
import { enginesAreRequired, findEngines } from '../../../tooling/engines.mjs'
import { startPage } from '../page-server.js'

/** @typedef {import('playwright').Page} Page */

const engine = findEngines().find(({ name }) => name === 'chromium')
if (engine?.missing && enginesAreRequired) throw new Error(`Chromium is required: ${engine.missing}`)
if (engine?.missing) console.log(`The page is not tested: ${engine.missing}`)

/** What a browser itself prints of a connection that it could not make; a page cannot keep it from doing so. */
const OF_THE_BROWSER = /^(WebSocket connection to .* failed|Failed to load resource: net::ERR_)/

/** @type {import('playwright').Browser} */
let browser

/** Each test has a harbour of its own: a server, and windows that must neither complain nor ask anybody else. */
// biome-ignore lint/correctness/noEmptyPattern: vitest reads there which other fixtures this one needs
const it = test.extend('harbour', async ({}, { onCleanup }) => {
  const harbour = new Harbour(await startPage(), await browser.newContext())
  // As long as no busy machine takes.
  harbour.context.setDefaultTimeout(60_000)
  onCleanup(async () => {
    await harbour.context.close()
    await harbour.server.close()
    expect(harbour.faults).toEqual([])
  })
  return harbour
})

class Harbour {
  /** @type {string[]} */
  faults = []

  /**
   * @param {Awaited<ReturnType<typeof startPage>>} server
   * @param {import('playwright').BrowserContext} context
   */
  constructor(server, context) {
    this.server = server
    this.context = context
    context.on('weberror', (error) => this.faults.push(String(error.error())))
    context.on('console', (message) => {
      const isFault = ['error', 'warning'].includes(message.type())
      if (isFault && !OF_THE_BROWSER.test(message.text())) this.faults.push(message.text())
    })
    context.on('request', (request) => {
      if (new URL(request.url()).hostname !== '127.0.0.1') this.faults.push(`a request to ${request.url()}`)
    })
  }

  /** A window of somebody in the room `harbour`. @param {string} name */
  async join(name) {
    const page = await this.context.newPage()
    await page.goto(`${this.server.url}?name=${name}&room=harbour`)
    await connected(page)
    return page
  }

  /** What the server took, in its order. @param {string} [room] */
  order(room = 'harbour') {
    return this.server.chat.stats().rooms[room]?.order.map(({ text }) => text)
  }
}

describe.skipIf(engine?.missing).concurrent('the page', () => {
  beforeAll(async () => {
    browser = await chromium.launch({
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
  })

  afterAll(() => browser?.close())

  it('keeps what is typed while the server is dead, and delivers it once and in order', async ({
    harbour,
  }) => {
    const ada = await harbour.context.newPage()
    await ada.goto(harbour.server.url)
    await ada.getByLabel('Your name').fill('Ada')
    await ada.getByRole('textbox', { name: 'Room' }).fill('lighthouse')
    await ada.getByRole('button', { name: 'Join' }).click()
    await connected(ada)
    const [grace] = await Promise.all([
      harbour.context.waitForEvent('page'),
      ada.getByRole('link', { name: 'Open a second window' }).click(),
    ])
    await connected(grace)

    await say(ada, 'Ahoy')
    await own(ada, 'Ahoy').getByText('delivered').waitFor()
    await said(grace, 'Ahoy').waitFor()

    await ada.getByRole('button', { name: 'Kill server' }).click()
    await status(ada, /retrying in \d+ s/)
    const meanwhile = ['first', '<b>second</b> & <img src="x">', 'third']
    for (const text of meanwhile) await say(ada, text)
    await status(ada, /retrying in \d+ s, 3 messages waiting/)
    for (const text of meanwhile) await own(ada, text).getByText('waiting').waitFor()
    // It is live: some second of a wait is followed by the one before.
    await ada.waitForFunction(countsDown)
    expect(harbour.order('lighthouse')).toEqual(['Ahoy'])

    await grace.getByRole('button', { name: 'Restart server' }).click()
    for (const text of meanwhile) await own(ada, text).getByText('delivered').waitFor()
    await said(grace, 'third').waitFor()
    await status(ada, /^Connected$/)

    const all = ['Ahoy', ...meanwhile]
    expect(await texts(grace)).toEqual(all)
    expect(await texts(ada)).toEqual(all)
    expect(harbour.order('lighthouse')).toEqual(all)
    expect(harbour.server.chat.stats().rooms.lighthouse).toMatchObject({ received: 4, doubles: 0 })
    await ada.getByText('Counted at the server: 4 messages').waitFor()
  })

  it('keeps both in order when both write while the server is dead', async ({ harbour }) => {
    const [ada, grace] = [await harbour.join('Ada'), await harbour.join('Grace')]
    await harbour.server.chat.kill()
    for (const page of [ada, grace]) await status(page, /retrying in/)
    for (let round = 1; round <= 5; round++) {
      await say(ada, `Ada ${round}`)
      await say(grace, `Grace ${round}`)
    }
    await harbour.server.chat.restart()
    for (const page of [ada, grace]) {
      await said(page, 'Ada 5').waitFor()
      await said(page, 'Grace 5').waitFor()
      await page.waitForFunction(() => !document.querySelector('.pending'))
    }
    const taken = harbour.order()
    expect(taken?.filter((text) => text.startsWith('Ada'))).toEqual([1, 2, 3, 4, 5].map((n) => `Ada ${n}`))
    expect(taken?.filter((text) => text.startsWith('Grace'))).toEqual(
      [1, 2, 3, 4, 5].map((n) => `Grace ${n}`),
    )
    // Both see the room as the server has it, whoever was back first.
    for (const page of [ada, grace]) expect(await texts(page)).toEqual(taken)
    expect(harbour.server.chat.stats().rooms.harbour).toMatchObject({ received: 10 })
  })

  it('sends again what got lost on its way', async ({ harbour }) => {
    const ada = await harbour.join('Ada')
    await ada.getByLabel('Message', { exact: true }).fill('Into the void')
    // Both in one go: the heartbeat would notice a stall before a busy machine has sent anything.
    harbour.server.chat.stall()
    await ada.getByRole('button', { name: 'Send' }).click()
    await own(ada, 'Into the void').getByText('sent', { exact: true }).waitFor()
    // The server never reads it: killed, it forgets what it had not read.
    await ada.getByRole('button', { name: 'Kill server' }).click()
    await ada.getByRole('button', { name: 'Restart server' }).click()
    await own(ada, 'Into the void').getByText('delivered').waitFor()
    expect(harbour.order()).toEqual(['Into the void'])
  })

  it('notices by its heartbeat that the server hangs, and brings nothing twice when it goes on', async ({
    harbour,
  }) => {
    const [ada, grace] = [await harbour.join('Ada'), await harbour.join('Grace')]
    await ada.getByRole('button', { name: 'Stall' }).click()
    await ada.getByRole('button', { name: 'Resume' }).waitFor()
    await say(ada, 'Is anybody there?')
    await status(ada, /No connection/)
    await say(ada, 'Hello?')
    await ada.getByRole('button', { name: 'Resume' }).click()
    for (const text of ['Is anybody there?', 'Hello?']) await own(ada, text).getByText('delivered').waitFor()
    await said(grace, 'Hello?').waitFor()
    expect(harbour.order()).toEqual(['Is anybody there?', 'Hello?'])
    expect(await texts(grace)).toEqual(['Is anybody there?', 'Hello?'])
  })

  it('comes back after a reset by itself', async ({ harbour }) => {
    const ada = await harbour.join('Ada')
    await ada.evaluate(recordStatus)
    await ada.getByRole('button', { name: 'Reset' }).click()
    await ada.waitForFunction(() => window.statuses?.some((text) => text.startsWith('No connection')))
    await connected(ada)
    await say(ada, 'Back')
    await own(ada, 'Back').getByText('delivered').waitFor()
  })

  it('survives that everything was started anew: its old token is refused, and it gets a fresh one', async ({
    harbour,
  }) => {
    const ada = await harbour.join('Ada')
    const { port } = new URL(harbour.server.url)
    await harbour.server.close()
    await say(ada, 'Across the restart')
    await status(ada, /1 message waiting/)
    harbour.server = await startPage({ chatPort: harbour.server.chat.port, pagePort: Number(port) })
    await own(ada, 'Across the restart').getByText('delivered').waitFor()
    expect(harbour.order()).toEqual(['Across the restart'])
  })

  it('tries at once when somebody asks for it', async ({ harbour }) => {
    const ada = await harbour.join('Ada')
    await ada.getByRole('button', { name: 'Kill server' }).click()
    // So long a wait that nothing but the button explains a quick return.
    await status(ada, /retrying in ([7-9]|1\d) s/)
    await harbour.server.chat.restart()
    await ada.getByRole('button', { name: 'Try now' }).click()
    await connected(ada, { timeout: 5_000 })
    await ada.locator('#text:focus').waitFor()
  })

  it('shows who is there, and after a reload what was said', async ({ harbour }) => {
    const ada = await harbour.join('Ada')
    const grace = await harbour.join('Grace')
    await ada.getByText('Ada (you), Grace').waitFor()
    await say(grace, 'Hello Ada')
    await said(ada, 'Hello Ada').waitFor()
    await ada.reload()
    await said(ada, 'Hello Ada').waitFor()
    await grace.close()
    await ada.getByText('Ada (you)', { exact: true }).waitFor()
  })

  it('can be used with the keyboard and read aloud', async ({ harbour }) => {
    const ada = await harbour.context.newPage()
    await ada.goto(harbour.server.url)
    await ada.keyboard.type('Ada')
    await ada.keyboard.press('Enter')
    await connected(ada)
    await ada.keyboard.type('By hand')
    await ada.keyboard.press('Enter')
    await own(ada, 'By hand').getByText('delivered').waitFor()
    await ada
      .getByRole('status')
      .filter({ hasText: /^Connected\.$/ })
      .waitFor()

    await ada.keyboard.press('Tab')
    await ada.keyboard.press('Tab')
    await ada.locator('button:focus', { hasText: 'Kill server' }).waitFor()
    await ada.keyboard.press('Enter')
    await ada.getByRole('status').filter({ hasText: 'No connection. What you write waits' }).waitFor()
    // What counts down each second is not read aloud each second.
    expect(await ada.locator('[role=status], [role=log]').filter({ hasText: 'retrying in' }).count()).toBe(0)
    await ada.locator('button:focus', { hasText: 'Restart server' }).waitFor()
  })

  it.for(/** @type {const} */ (['light', 'dark']))('fits a phone, %s', async (colorScheme, { harbour }) => {
    const phone = await browser.newContext({
      viewport: { width: 320, height: 568 },
      colorScheme,
    })
    const page = await phone.newPage()
    await page.goto(`${harbour.server.url}?name=${'W'.repeat(40)}&room=${'M'.repeat(40)}`)
    await connected(page)
    await harbour.server.chat.kill()
    await say(page, 'x'.repeat(200))
    await status(page, /1 message waiting/)
    const { width, height, background } = await page.evaluate(() => ({
      width: document.documentElement.scrollWidth,
      height: document.documentElement.scrollHeight,
      background: getComputedStyle(document.body).backgroundColor,
    }))
    expect(width).toBeLessThanOrEqual(320)
    expect(height).toBeLessThanOrEqual(568)
    const [red = 0] = background.match(/\d+/g)?.map(Number) ?? []
    expect(red > 127).toBe(colorScheme === 'light')
    await page.getByText('x'.repeat(200)).waitFor()
    await phone.close()
  })
})

/**
 * @param {Page} page
 * @param {string} text
 */
async function say(page, text) {
  await page.getByLabel('Message', { exact: true }).fill(text)
  await page.getByRole('button', { name: 'Send' }).click()
}

/**
 * A message that somebody sees.
 *
 * @param {Page} page
 * @param {string} text
 */
function said(page, text) {
  return page.getByRole('log').getByText(text, { exact: true })
}

/**
 * A message of one's own, with its fate.
 *
 * @param {Page} page
 * @param {string} text
 */
function own(page, text) {
  return page.locator('.own').filter({ has: page.getByText(text, { exact: true }) })
}

/**
 * The messages that somebody sees, in their order.
 *
 * @param {Page} page
 */
function texts(page) {
  return page.locator('.message .text').allTextContents()
}

/**
 * Resolves when the line about the connection reads so.
 *
 * @param {Page} page
 * @param {RegExp} text
 * @param {{ timeout?: number }} [options]
 */
function status(page, text, options) {
  return page.locator('#status-text').filter({ hasText: text }).waitFor(options)
}

/**
 * @param {Page} page
 * @param {{ timeout?: number }} [options]
 */
function connected(page, options) {
  return status(page, /^Connected$/, options)
}

/** Runs in the page, again and again, until it was seen that the countdown goes from one second to the one below. */
function countsDown() {
  const seconds = Number(
    /retrying in (\d+) s/.exec(document.getElementById('status-text')?.textContent ?? '')?.[1],
  )
  const before = window.countdown
  window.countdown = seconds
  return before === seconds + 1
}

/** Runs in the page: keeps each text of the line about the connection. */
function recordStatus() {
  const line = document.getElementById('status-text')
  const statuses = [line?.textContent ?? '']
  window.statuses = statuses
  if (line) new MutationObserver(() => statuses.push(line.textContent)).observe(line, { childList: true })
}
