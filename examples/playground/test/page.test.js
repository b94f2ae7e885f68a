// The playground in a real Chromium: each button leads to what its label says, counted at the server; the lanes come
// back; and everybody can use it.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium } from 'playwright'
import { afterAll, beforeAll, describe, expect, it as test, vi } from 'vitest'
import { enginesAreRequired, findEngines } from '../../../tooling/engines.mjs'
import { startPage } from '../page-server.js'

/** @typedef {import('playwright').Page} Page */
/** @typedef {'sent' | 'waiting' | 'underWay' | 'arrived' | 'lost'} Part */

const engine = findEngines().find(({ name }) => name === 'chromium')
if (engine?.missing && enginesAreRequired) throw new Error(`Chromium is required: ${engine.missing}`)
if (engine?.missing) console.log(`The page is not tested: ${engine.missing}`)

/** What a browser itself prints of a connection that ends or cannot be made; a page cannot keep it from doing so. */
const OF_THE_BROWSER =
  /^(WebSocket connection to .* failed|WebSocket is already in CLOSING|Failed to load resource: net::ERR_)/

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const hawserLanes = /** @type {const} */ (['Plain script', 'React', 'Vue'])
const allLanes = /** @type {const} */ ([...hawserLanes, 'reconnecting-websocket'])
/** How the server knows them. */
const prefixes = { 'Plain script': 'script', React: 'react', Vue: 'vue', 'reconnecting-websocket': 'other' }

/** Longer than the longest wait between two attempts, on a busy machine, too. */
const patient = { timeout: 60_000, interval: 100 }

/** Resolves once what is expected holds. @param {() => unknown} check */
const eventually = (check) => vi.waitFor(check, patient)

/** @type {import('playwright').Browser} */
let browser

/** Each test has a harbour of its own: a server, and windows that must neither complain nor ask anybody else. */
// biome-ignore lint/correctness/noEmptyPattern: vitest reads there which other fixtures this one needs
const it = test.extend('harbour', async ({}, { onCleanup }) => {
  const harbour = new Harbour(await startPage())
  onCleanup(async () => {
    await harbour.close()
    expect(harbour.faults).toEqual([])
  })
  return harbour
})

class Harbour {
  /** @type {string[]} */
  faults = []
  /** @type {import('playwright').BrowserContext[]} */
  #contexts = []

  /** @param {Awaited<ReturnType<typeof startPage>>} server */
  constructor(server) {
    this.server = server
  }

  /** A window on which all lanes are connected. @param {import('playwright').BrowserContextOptions} [options] */
  async enter(options) {
    const context = await browser.newContext(options)
    context.setDefaultTimeout(patient.timeout)
    this.#contexts.push(context)
    context.on('weberror', (error) => this.faults.push(String(error.error())))
    context.on('console', (message) => {
      const isFault = ['error', 'warning'].includes(message.type())
      if (isFault && !OF_THE_BROWSER.test(message.text())) this.faults.push(message.text())
    })
    context.on('request', (request) => {
      if (new URL(request.url()).hostname !== '127.0.0.1') this.faults.push(`a request to ${request.url()}`)
    })
    const page = await context.newPage()
    await page.goto(this.server.url)
    await connected(page, allLanes)
    return page
  }

  get broken() {
    return this.server.stats().faults
  }

  /** What the server counted of a lane, in the only window that has one. @param {(typeof allLanes)[number]} lane */
  count(lane) {
    const counts = Object.entries(this.server.stats().clients).filter(([client]) =>
      client.startsWith(`${prefixes[lane]}-`),
    )
    expect(counts.length, `clients of ${lane}`).toBeLessThanOrEqual(1)
    return counts[0]?.[1] ?? { arrived: 0, doubled: 0, reordered: 0, highest: 0, open: 0, connections: 0 }
  }

  async close() {
    for (const context of this.#contexts) await context.close()
    await this.server.close()
  }
}

describe.skipIf(engine?.missing).concurrent('the playground', () => {
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

  it('has four lanes, each of one connection, that send the same notes', async ({ harbour }) => {
    const page = await harbour.enter()
    for (const lane of allLanes) {
      await eventually(() => expect(harbour.count(lane).arrived).toBeGreaterThan(10))
    }
    await setRate(page, 0)
    await settled(page, harbour, allLanes)
    const sent = await part(page, 'React', 'sent')
    for (const lane of allLanes) {
      expect(harbour.count(lane)).toEqual({
        arrived: sent,
        highest: sent,
        doubled: 0,
        reordered: 0,
        open: 1,
        connections: 1,
      })
      expect(await part(page, lane, 'sent')).toBe(sent)
      expect(await part(page, lane, 'arrived')).toBe(sent)
    }
    expect(harbour.server.stats().connections).toBe(4)
    // What the Hawser lanes measure, and the other one cannot.
    for (const lane of hawserLanes)
      await card(page, lane)
        .getByText(/^[\d.]+ ms$/)
        .waitFor()
    await card(page, 'reconnecting-websocket').getByText('no pings').waitFor()
  })

  it('loses nothing of what waited while the server was dead', async ({ harbour }) => {
    const page = await harbour.enter()
    await setRate(page, 50)
    for (const lane of allLanes) {
      await eventually(() => expect(harbour.count(lane).arrived).toBeGreaterThan(50))
    }
    await page.getByRole('button', { name: 'Kill the server' }).click()
    await page.getByRole('button', { name: 'Restart the server' }).waitFor()
    expect(harbour.broken.killed).toBe(true)
    expect(harbour.server.stats().connections).toBe(0)
    for (const lane of hawserLanes) await stateOf(page, lane, /^Retrying in \d+ s: connection lost/)
    // Its attempts fail, which the library reports as a close with 1000; and there is nothing to press in its lane.
    await stateOf(page, 'reconnecting-websocket', /^Retrying no connection; it does not say for how long$/)
    expect(await card(page, 'reconnecting-websocket').getByRole('button').count()).toBe(0)
    // What the network had taken at the kill; from then on everything waits.
    const onTheWire = await takenByNetwork(page, harbour)
    for (const lane of allLanes)
      await eventually(async () => expect(await part(page, lane, 'waiting')).toBeGreaterThan(100))
    expect(await takenByNetwork(page, harbour)).toEqual(onTheWire)

    await page.getByRole('button', { name: 'Restart the server' }).click()
    await page.getByRole('button', { name: 'Kill the server' }).waitFor()
    expect(harbour.broken.killed).toBe(false)
    await connected(page)
    await setRate(page, 0)
    await settled(page, harbour)
    for (const [i, lane] of hawserLanes.entries()) {
      const { sent, lost } = await parts(page, lane)
      const count = harbour.count(lane)
      expect(count, lane).toMatchObject({ doubled: 0, reordered: 0, highest: sent, connections: 2 })
      expect(sent - count.arrived, lane).toBe(onTheWire[i])
      expect(lost, lane).toBe(onTheWire[i])
    }
  })

  it('shows that only the Hawser lanes notice a stall, and what it costs not to', async ({ harbour }) => {
    const page = await harbour.enter()
    for (const lane of allLanes)
      await eventually(() => expect(harbour.count(lane).arrived).toBeGreaterThan(5))
    await page.getByRole('button', { name: 'Stall the network' }).click()
    const heal = page.getByRole('button', { name: 'Heal the network' })
    await heal.waitFor()
    expect(harbour.broken.stalled).toBe(true)
    for (const lane of hawserLanes)
      await eventually(async () => expect(await part(page, lane, 'waiting')).toBeGreaterThan(30))
    await stateOf(page, 'reconnecting-websocket', /^Connected/)
    await page.getByRole('heading', { name: 'Nothing passes any more' }).waitFor()
    expect(await part(page, 'reconnecting-websocket', 'waiting')).toBe(0)
    expect(await part(page, 'reconnecting-websocket', 'lost')).toBe(0)

    await page.getByRole('button', { name: 'Reset connections' }).click()
    await page.getByText('nothing new passes yet').waitFor()
    await heal.click()
    await page.getByRole('button', { name: 'Stall the network' }).waitFor()
    expect(harbour.broken.stalled).toBe(false)
    await hurry(page)
    await connected(page, allLanes)
    await setRate(page, 0)
    await settled(page, harbour, allLanes)
    const lost = await Promise.all(allLanes.map((lane) => part(page, lane, 'lost')))
    const other = lost.pop() ?? 0
    for (const [i, lane] of allLanes.entries()) {
      const { sent, arrived } = await parts(page, lane)
      expect(harbour.count(lane)).toMatchObject({ arrived, doubled: 0 })
      expect(sent - arrived).toBe([...lost, other][i])
    }
    // The Hawser lanes lose the notes of the seconds until they noticed, the other one those of the whole stall.
    for (const hawser of lost) expect(other - hawser).toBeGreaterThan(20)
  })

  it('delivers after a stall what the network held', async ({ harbour }) => {
    const page = await harbour.enter()
    await page.getByRole('button', { name: 'Stall the network' }).click()
    for (const lane of allLanes)
      await eventually(async () => expect(await part(page, lane, 'underWay')).toBeGreaterThan(5))
    await page.getByRole('button', { name: 'Heal the network' }).click()
    await setRate(page, 0)
    await connected(page, allLanes)
    await settled(page, harbour, allLanes)
    for (const lane of allLanes) {
      const { sent } = await parts(page, lane)
      expect(harbour.count(lane), lane).toMatchObject({ arrived: sent, doubled: 0 })
    }
  })

  it('resets all connections, and each lane makes one more', async ({ harbour }) => {
    const page = await harbour.enter()
    await page.getByRole('button', { name: 'Reset connections' }).click()
    await page.getByRole('heading', { name: 'All connections were reset' }).waitFor()
    for (const lane of allLanes)
      await eventually(() => expect(harbour.count(lane)).toMatchObject({ open: 1, connections: 2 }))
    await connected(page)
  })

  it('closes with the chosen code, and each lane does what the code asks for', async ({ harbour }) => {
    const page = await harbour.enter()
    await page.evaluate(recordStates)
    const closeWith = async (/** @type {string} */ code) => {
      await page.getByLabel('Close code').selectOption(code)
      await page.getByRole('button', { name: 'Close all' }).click()
      await page.getByRole('heading', { name: `Closed with ${code}` }).waitFor()
    }
    const connections = (/** @type {number} */ wanted) =>
      Promise.all(
        hawserLanes.map((lane) =>
          eventually(() => expect(harbour.count(lane)).toMatchObject({ open: 1, connections: wanted })),
        ),
      )
    await closeWith('1012')
    await connections(2)

    for (const [code, made] of /** @type {const} */ ([
      ['1000', 3],
      ['4400', 4],
    ])) {
      await connected(page, ['reconnecting-websocket'])
      await closeWith(code)
      await hasRead(page, 'reconnecting-websocket', `^Retrying it says “closed with ${code}”`)
      for (const lane of hawserLanes)
        await stateOf(page, lane, new RegExp(`^Closed closed with ${code}, which`))
      for (const lane of hawserLanes) expect(harbour.count(lane).open).toBe(0)
      for (const lane of hawserLanes)
        await card(page, lane).getByRole('button', { name: 'Connect', exact: true }).click()
      await connections(made)
    }

    await closeWith('1013')
    for (const lane of hawserLanes) await hasRead(page, lane, '^Retrying in ([5-9]|1[0-2]) s')
    await hurry(page)
    await connections(5)
  })

  it('expires all tokens, and each lane comes back with a fresh one', async ({ harbour }) => {
    const page = await harbour.enter()
    await page.getByRole('button', { name: 'Expire tokens' }).click()
    for (const lane of allLanes)
      await eventually(() => expect(harbour.count(lane)).toMatchObject({ open: 1, connections: 2 }))
    await connected(page)
  })

  it('refuses tokens: the Hawser lanes stop after a fresh one, the other one goes on trying', async ({
    harbour,
  }) => {
    const page = await harbour.enter()
    await page.getByRole('button', { name: 'Refuse tokens' }).click()
    const accept = page.getByRole('button', { name: 'Accept tokens' })
    await accept.waitFor()
    expect(harbour.broken.refusing).toBe(true)
    await page.getByRole('button', { name: 'Expire tokens' }).click()
    await page.getByText('fresh ones are refused as well').waitFor()
    for (const lane of hawserLanes) await stateOf(page, lane, /^Refused/)
    const tried = await Promise.all(hawserLanes.map((lane) => figure(page, lane, 'Attempts')))
    const other = () => figure(page, 'reconnecting-websocket', 'Attempts')
    const triedByOther = await other()
    await eventually(async () => expect(await other()).toBeGreaterThan(triedByOther))
    expect(await Promise.all(hawserLanes.map((lane) => figure(page, lane, 'Attempts')))).toEqual(tried)
    for (const lane of allLanes) expect(harbour.count(lane)).toMatchObject({ open: 0, connections: 1 })

    await accept.click()
    await page.getByRole('button', { name: 'Refuse tokens' }).waitFor()
    expect(harbour.broken.refusing).toBe(false)
    for (const lane of hawserLanes)
      await card(page, lane).getByRole('button', { name: 'Connect', exact: true }).click()
    await connected(page)
    await setRate(page, 0)
    await settled(page, harbour)
    for (const lane of hawserLanes) {
      const { sent, lost } = await parts(page, lane)
      expect(sent - harbour.count(lane).arrived).toBe(lost)
    }
  })

  it('slows the network down by its sliders, and shows it', async ({ harbour }) => {
    const page = await harbour.enter()
    // As slow as it goes: a round trip still takes less than a ping is waited for.
    await page.getByLabel('Latency').focus()
    await page.keyboard.press('End')
    await eventually(() => expect(harbour.broken.latency).toBe(600))
    for (const lane of hawserLanes)
      await eventually(async () =>
        expect(await figure(page, lane, 'Round trip')).toBeGreaterThanOrEqual(1_200),
      )
    await page.getByText('+600 ms').waitFor()

    await page.getByLabel('Bandwidth').focus()
    await page.keyboard.press('End')
    await eventually(() => expect(harbour.broken).toMatchObject({ rate: 1_024, latency: 600 }))
    await page.getByText('1 kB/s').waitFor()
    // Fifty notes a second are twice of what passes.
    await setRate(page, 50)
    for (const lane of allLanes)
      await eventually(async () => expect(await part(page, lane, 'underWay')).toBeGreaterThan(60))
    await setRate(page, 0)

    await page.getByLabel('Bandwidth').focus()
    await page.keyboard.press('Home')
    await page.getByLabel('Latency').fill('0')
    await eventually(() => expect(harbour.broken).toMatchObject({ rate: null, latency: 0 }))
    await settled(page, harbour)
    for (const lane of hawserLanes) {
      await eventually(async () => expect(await figure(page, lane, 'Round trip')).toBeLessThan(400))
      // What is slow is not dead.
      expect(harbour.count(lane)).toMatchObject({ doubled: 0, connections: 1 })
    }
  })

  it('freezes the tab for five seconds, and no connection ends by it', async ({ harbour }) => {
    const page = await harbour.enter()
    await page.evaluate(recordGaps)
    const arrived = harbour.count('React').arrived
    await page.getByRole('button', { name: 'Freeze for 5 s' }).click()
    await page.getByRole('heading', { name: 'The tab stood still for 5 s' }).waitFor()
    await eventually(async () => expect(await page.evaluate(() => window.longestGap)).toBeGreaterThan(4_900))
    await page.getByRole('button', { name: 'Freeze for 5 s' }).waitFor()
    // Long enough for the ping that judges.
    await eventually(() => expect(harbour.count('React').arrived).toBeGreaterThan(arrived + 50))
    await connected(page, allLanes)
    for (const lane of allLanes) expect(harbour.count(lane)).toMatchObject({ open: 1, connections: 1 })
  })

  it('opens a second window, and both show the same faults', async ({ harbour }) => {
    const page = await harbour.enter()
    const [second] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('link', { name: 'Open a second window' }).click(),
    ])
    await connected(second, allLanes)
    await eventually(() => expect(harbour.server.stats().connections).toBe(8))
    await page.getByText('4 clients of other windows').waitFor()
    await page.getByRole('button', { name: 'Kill the server' }).click()
    await second.getByRole('heading', { name: 'The server is gone' }).waitFor()
    await second.getByRole('button', { name: 'Restart the server' }).click()
    await page.getByRole('heading', { name: 'The server is back' }).waitFor()
    for (const window of [page, second]) await hurry(window)
    for (const window of [page, second]) await connected(window)
  })

  it('renders each lane no more than once per frame at fifty notes a second', async ({ harbour }) => {
    const page = await harbour.enter()
    await setRate(page, 50)
    await page.evaluate(recordRenders)
    await eventually(async () =>
      expect(await page.evaluate(() => window.renders?.frames)).toBeGreaterThan(60),
    )
    const { frames, lanes } = await page.evaluate(() => window.renders ?? { frames: 0, lanes: {} })
    expect(Object.keys(lanes).sort()).toEqual(['other', 'react', 'script', 'vue'])
    for (const [lane, count] of Object.entries(lanes)) {
      expect(count, lane).toBeGreaterThan(10)
      expect(count, lane).toBeLessThanOrEqual(frames + 1)
    }
  })

  it('tells the last minute as a table too', async ({ harbour }) => {
    const page = await harbour.enter()
    await page.getByRole('button', { name: 'Reset connections' }).click()
    for (const lane of hawserLanes) await eventually(() => expect(harbour.count(lane).connections).toBe(2))
    await page.getByText('The last minute as a table').click()
    await page.getByText('The measurements as a table').click()
    for (const lane of hawserLanes) {
      const row = page.locator('#timeline-text').getByRole('row', { name: lane })
      await row.filter({ hasText: /Connected for \d+ s, Retrying for \d+ s,.*Connected for \d+ s/ }).waitFor()
      await eventually(async () => expect(await row.getByRole('cell').nth(1).textContent()).toBe('2'))
      await page
        .locator('#charts-text')
        .getByRole('row', { name: lane })
        .filter({ hasText: /at most [\d.]+ ms/ })
        .waitFor()
    }
    // And it is drawn: at its right end, where now is, the bands of four lanes have the colour of Connected.
    await connected(page, allLanes)
    await eventually(async () => expect(await page.evaluate(connectedPixelsNow)).toBeGreaterThan(4 * 15))
  })

  it('can be used with the keyboard alone, and says what came of it', async ({ harbour }) => {
    const page = await harbour.enter()
    const announced = (/** @type {RegExp} */ text) =>
      page.getByRole('status').filter({ hasText: text }).waitFor()
    await announced(/^A first experiment\. All lanes are connected\.$/)
    await page.keyboard.press('Tab')
    await page.locator('#rate:focus').waitFor()
    await page.keyboard.press('End')
    expect(await page.getByLabel('Notes a second').getAttribute('aria-valuetext')).toBe('50')
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Tab')
    await page.locator('button:focus', { hasText: 'Kill the server' }).waitFor()
    const ring = await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outline)
    expect(ring).toMatch(/solid 2px/)

    await page.keyboard.press('Enter')
    // The focus stays on the button that mends it.
    await page.locator('button:focus', { hasText: 'Restart the server' }).waitFor()
    expect(harbour.broken.killed).toBe(true)
    await announced(
      /^The server is gone\. Not connected: Plain script, React, Vue, reconnecting-websocket\.$/,
    )
    // What counts down each second is not read aloud each second.
    expect(
      await page
        .locator('[role=status], [aria-live]')
        .filter({ hasText: /in \d+ s/ })
        .count(),
    ).toBe(0)
    // The button of a lane goes when it was pressed, and does not take the focus with it.
    await card(page, 'React').getByRole('button', { name: 'Try now' }).focus()
    await page.keyboard.press('Enter')
    await page.locator('#react:focus').waitFor()
    await page.getByRole('button', { name: 'Restart the server' }).focus()
    await page.keyboard.press('Space')
    await page.locator('button:focus', { hasText: 'Kill the server' }).waitFor()
    await hurry(page)
    await announced(/^The server is back\. All lanes are connected\.$/)

    const reached = []
    for (let presses = 0; presses < 20; presses++) {
      reached.push(
        await page.evaluate(() => document.activeElement?.textContent || document.activeElement?.id),
      )
      await page.keyboard.press('Tab')
    }
    for (const name of [
      'Close all',
      'Stall the network',
      'Reset connections',
      'bandwidth',
      'latency',
      'Expire tokens',
      'Refuse tokens',
      'Freeze for 5 s',
      'Open a second window',
      'The last minute as a table',
    ]) {
      expect(reached).toContain(name)
    }
  })

  it.for(
    /** @type {const} */ ([
      [1366, 768],
      [1280, 900],
      [360, 740],
    ]),
  )('shows each button together with the guide, at %i by %i px', async ([width, height], { harbour }) => {
    const page = await harbour.enter({ viewport: { width, height } })
    const buttons = page.locator('.controls').locator('button, a')
    expect(await buttons.count()).toBe(8)
    // From the last one upwards: it needs the most scrolling.
    for (const button of (await buttons.all()).reverse()) {
      await button.focus()
      expect(await page.evaluate(hidden), (await button.textContent()) ?? '').toEqual([])
    }
    // And where something else was looked at.
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight))
    // Beside the lanes the controls go with them; above them they do not.
    if (width > 1024) {
      const { y = 0, height: tall = 0 } = (await page.locator('.controls').boundingBox()) ?? {}
      expect(y).toBeGreaterThan(0)
      expect(y + tall).toBeLessThanOrEqual(height)
    }
    await buttons.last().focus()
    expect(await page.evaluate(hidden)).toEqual([])
  })

  it.for(
    /** @type {const} */ ([
      ['light', 1280],
      ['dark', 1280],
      ['dark', 360],
    ]),
  )(
    'has no accessibility violation and overflows nowhere, %s at %i px',
    async ([colorScheme, width], { harbour }) => {
      const page = await harbour.enter({
        viewport: { width, height: 740 },
        colorScheme,
        reducedMotion: 'reduce',
      })
      const check = async () => {
        expect(await page.evaluate(violations)).toEqual([])
        expect(await page.evaluate(overflowing)).toEqual([])
      }
      await page.evaluate(AXE)
      const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      expect(Number(background.match(/\d+/)?.[0]) > 127).toBe(colorScheme === 'light')
      await check()

      await page.getByRole('button', { name: 'Kill the server' }).click()
      for (const lane of hawserLanes) await stateOf(page, lane, /^Retrying/)
      await page.getByText('The last minute as a table').click()
      await page.getByText('The measurements as a table').click()
      await check()
      await page.getByRole('button', { name: 'Restart the server' }).click()
      for (const lane of hawserLanes) await stateOf(page, lane, /^Connected/)

      await page.getByRole('button', { name: 'Refuse tokens' }).click()
      await page.getByRole('button', { name: 'Expire tokens' }).click()
      for (const lane of hawserLanes) await stateOf(page, lane, /^Refused/)
      await check()
    },
  )
})

/**
 * A lane.
 *
 * @param {Page} page
 * @param {string} lane
 */
function card(page, lane) {
  return page.getByRole('article', { name: lane })
}

/**
 * Resolves when the state of a lane reads so.
 *
 * @param {Page} page
 * @param {string} lane
 * @param {RegExp} text
 */
function stateOf(page, lane, text) {
  return card(page, lane).locator('.state').filter({ hasText: text }).waitFor({ timeout: patient.timeout })
}

/**
 * Resolves once the state of a lane has read so, however briefly, since `recordStates`.
 *
 * @param {Page} page
 * @param {string} lane
 * @param {string} pattern
 */
async function hasRead(page, lane, pattern) {
  const id = await card(page, lane).getAttribute('id')
  await page.waitForFunction(
    ([id = '', pattern = '']) => window.states?.[id]?.some((text) => new RegExp(pattern).test(text)),
    [id ?? '', pattern],
  )
}

/** @param {Page} page @param {readonly string[]} [lanes] */
async function connected(page, lanes = hawserLanes) {
  await Promise.all(lanes.map((lane) => stateOf(page, lane, /^Connected/)))
}

/** Presses "Try now" wherever somebody waits: how long that would take is not the question. @param {Page} page */
async function hurry(page) {
  await page.evaluate(() => {
    for (const button of document.querySelectorAll('button'))
      if (button.textContent === 'Try now') button.click()
  })
}

/**
 * A number in the card of a lane.
 *
 * @param {Page} page
 * @param {string} lane
 * @param {string} name
 */
async function figure(page, lane, name) {
  const shown = card(page, lane).locator('.figures > div').filter({ hasText: name }).locator('dd')
  return Number((await shown.textContent())?.replaceAll(/[^\d.]/g, ''))
}

/**
 * What the table shows of a lane, of one moment.
 *
 * @param {Page} page
 * @param {string} lane
 * @returns {Promise<Record<Part, number>>}
 */
async function parts(page, lane) {
  const row = page.locator('#totals').getByRole('row', { name: lane })
  const words = /(\d+) arrived, (\d+) under way, (\d+) waiting, (\d+) lost/.exec(
    (await row.textContent()) ?? '',
  )
  const [arrived = 0, underWay = 0, waiting = 0, lost = 0] = words?.slice(1).map(Number) ?? []
  return { arrived, underWay, waiting, lost, sent: arrived + underWay + waiting + lost }
}

/**
 * @param {Page} page
 * @param {string} lane
 * @param {Part} name
 */
async function part(page, lane, name) {
  return (await parts(page, lane))[name]
}

/**
 * How many notes of each Hawser lane neither wait nor have arrived.
 *
 * @param {Page} page
 * @param {Harbour} harbour
 */
async function takenByNetwork(page, harbour) {
  const taken = []
  for (const lane of hawserLanes) {
    const { sent, waiting } = await parts(page, lane)
    taken.push(sent - waiting - harbour.count(lane).arrived)
  }
  return taken
}

/** @param {Page} page @param {number} rate */
async function setRate(page, rate) {
  await page.getByLabel('Notes a second').fill(String(rate))
}

/**
 * Resolves when, with nothing sent any more, nothing waits or is under way, and the page and the server have come to rest
 * over the same counts.
 *
 * @param {Page} page
 * @param {Harbour} harbour
 * @param {readonly (typeof allLanes)[number][]} [lanes]
 */
async function settled(page, harbour, lanes = hawserLanes) {
  let before = ''
  const isAtRest = async () => {
    const shown = await Promise.all(lanes.map((lane) => parts(page, lane)))
    const isDone = shown.every(
      ({ waiting, underWay, arrived }, i) =>
        waiting + underWay === 0 && arrived === harbour.count(lanes[i] ?? 'React').arrived,
    )
    const now = JSON.stringify(shown)
    const isSame = now === before
    before = now
    return isDone && isSame
  }
  await vi.waitFor(async () => expect(await isAtRest()).toBe(true), { ...patient, interval: 300 })
}

/** Runs in the page: keeps the longest time between two turns of its main thread. */
function recordGaps() {
  let before = performance.now()
  window.longestGap = 0
  setInterval(() => {
    const now = performance.now()
    window.longestGap = Math.max(window.longestGap ?? 0, now - before)
    before = now
  }, 10)
}

/** Runs in the page: keeps all that the state of each lane ever reads. */
function recordStates() {
  /** @type {NonNullable<typeof window.states>} */
  const states = {}
  window.states = states
  for (const lane of document.querySelectorAll('.lane')) {
    /** @type {string[]} */
    const texts = []
    states[lane.id] = texts
    const note = () =>
      texts.push(lane.querySelector('.state')?.textContent?.trim().replaceAll(/\s+/g, ' ') ?? '')
    new MutationObserver(note).observe(lane, { subtree: true, childList: true, characterData: true })
  }
}

/** Runs in the page: counts its frames, and how often the notes of each lane were rendered. */
function recordRenders() {
  /** @type {NonNullable<typeof window.renders>} */
  const renders = { frames: 0, lanes: {} }
  window.renders = renders
  for (const lane of document.querySelectorAll('.lane')) {
    const strip = lane.querySelector('.strip')
    const count = () => {
      renders.lanes[lane.id] = (renders.lanes[lane.id] ?? 0) + 1
    }
    if (strip) new MutationObserver(count).observe(strip, { subtree: true, attributes: true })
  }
  const frame = () => {
    renders.frames++
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
}

/** Runs in the page: how many pixels at the right end of the timeline have the colour of a lane that is connected. */
function connectedPixelsNow() {
  const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('timeline'))
  const line = document.querySelector('.lane[data-tone=up] .line') ?? document.body
  const colour = getComputedStyle(line).backgroundColor.match(/\d+/g)?.join()
  // A copy that is there to be read: Chromium warns of a canvas that is read again and again.
  const { width, height } = canvas
  const copy = new OffscreenCanvas(1, height).getContext('2d', { willReadFrequently: true })
  copy?.drawImage(canvas, 3 - width, 0)
  const pixels = copy?.getImageData(0, 0, 1, height).data ?? []
  let count = 0
  for (let i = 0; i < pixels.length; i += 4) if (pixels.slice(i, i + 3).join() === colour) count++
  return count
}

/** Runs in the page: what axe finds. */
async function violations() {
  const { violations } = await window.axe.run(document)
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(' ')}`)
}

/** Runs in the page: which of the guide and what has the focus cannot be seen, or is covered by something else. */
function hidden() {
  return [document.querySelector('.guide'), document.activeElement]
    .filter((element) => {
      const { left, right, top, bottom } = element?.getBoundingClientRect() ?? new DOMRect()
      const middle = (left + right) / 2
      return ![top + 4, bottom - 4].every((y) => element?.contains(document.elementFromPoint(middle, y)))
    })
    .map((element) => element?.textContent)
}

/** Runs in the page: what is wider than the window. */
function overflowing() {
  const { clientWidth, scrollWidth } = document.documentElement
  const wide = [...document.querySelectorAll('body *')].filter((element) => {
    const { left, right, width } = element.getBoundingClientRect()
    return width > 1 && (left < 0 || right > clientWidth)
  })
  return [
    ...(scrollWidth > clientWidth ? [`the page by ${scrollWidth - clientWidth} px`] : []),
    ...wide.map((element) => `${element.tagName} ${element.className}`),
  ]
}
