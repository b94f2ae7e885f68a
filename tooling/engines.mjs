// The browser engines of this machine: which are here, which are not and why, and how vitest drives each.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { playwright } from '@vitest/browser-playwright'
import { webdriverio } from '@vitest/browser-webdriverio'

/** @typedef {'chromium' | 'firefox' | 'webkit'} EngineName */
/** @typedef {{ name: EngineName, path?: string, missing?: string }} Engine `missing` says why it can't run. */

/** With CI=true or HAWSER_REQUIRE_ENGINES=1 a missing engine is a failure. */
export const enginesAreRequired = [process.env.CI, process.env.HAWSER_REQUIRE_ENGINES].some(
  (value) => value === 'true' || value === '1',
)

/** @returns {Engine[]} */
export function findEngines() {
  return [findChromium(), findFirefox(), findWebKit()]
}

/** @returns {Engine} */
function findChromium() {
  const path = which('chromium') ?? which('google-chrome')
  return path
    ? { name: 'chromium', path }
    : { name: 'chromium', missing: 'no chromium on PATH (Debian: apt-get install chromium)' }
}

/** @returns {Engine} */
function findFirefox() {
  const path = which('firefox-esr') ?? which('firefox')
  return path
    ? { name: 'firefox', path }
    : { name: 'firefox', missing: 'no firefox-esr on PATH (Debian: apt-get install firefox-esr)' }
}

/** @returns {Engine} */
function findWebKit() {
  const path = findMiniBrowser()
  const absent = [
    !which('WebKitWebDriver') && 'WebKitWebDriver',
    !path && 'MiniBrowser',
    !which('Xvfb') && 'Xvfb',
  ].filter(Boolean)
  return path && absent.length === 0
    ? { name: 'webkit', path }
    : { name: 'webkit', missing: `no ${absent.join(', ')} (Debian: apt-get install webkit2gtk-driver xvfb)` }
}

/**
 * What the engine says of itself, such as "Chromium 156.0.7977.37".
 *
 * @param {Engine} engine
 */
export function engineVersion({ name, path }) {
  // MiniBrowser tells only on a screen, Debian's package tells always.
  const [program = '', ...args] =
    name === 'webkit' ? ['dpkg-query', '-W', 'webkit2gtk-driver'] : [path, '--version']
  const { stdout } = spawnSync(program, args, { encoding: 'utf8' })
  return (
    stdout?.split(' built on ')[0]?.trim().replace('webkit2gtk-driver\t', 'WebKitGTK ') || 'version unknown'
  )
}

/**
 * The `browser` part of a vitest project for this engine.
 *
 * @param {Engine} engine
 * @returns {Promise<import('vitest/node').BrowserConfigOptions>}
 */
export async function browserOptions({ name, path }) {
  const { browser, provider } = await drivers[name](path ?? '')
  return {
    enabled: true,
    // The webkit driver knows no headless mode: its window is on Xvfb's screen.
    headless: name !== 'webkit',
    screenshotFailures: false,
    provider,
    instances: [{ browser, name }],
  }
}

/**
 * @typedef {Required<Pick<import('vitest/node').BrowserInstanceOption, 'browser' | 'provider'>>} Driver
 * @type {Record<EngineName, (path: string) => Driver | Promise<Driver>>}
 */
const drivers = {
  chromium: (executablePath) => ({
    browser: 'chromium',
    provider: playwright({
      launchOptions: {
        executablePath,
        args: [
          '--no-sandbox',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
          '--disable-quic',
          '--no-first-run',
        ],
      },
    }),
  }),
  firefox: (executablePath) => ({
    browser: 'firefox',
    provider: playwright({
      launchOptions: {
        channel: 'moz-firefox',
        executablePath,
        firefoxUserPrefs: { 'network.websocket.delay-failed-reconnects': false },
      },
    }),
  }),
  webkit: async (binary) => ({
    browser: 'safari',
    provider: webdriverio({
      hostname: '127.0.0.1',
      port: await freePort(),
      path: '/',
      capabilities: {
        // @ts-expect-error webdriverio's types have no WebKitGTK
        alwaysMatch: { 'webkitgtk:browserOptions': { binary, args: ['--automation'] } },
        firstMatch: [{}],
      },
    }),
  }),
}

/**
 * Starts a screen and a WebKitWebDriver on it. Both end with this process: vitest still talks to the driver
 * after its global teardown.
 *
 * @param {number} port
 */
export async function startWebKit(port) {
  const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const display = await new Promise((resolve, reject) => {
    screen.stdio[3]?.once('data', (number) => resolve(`:${String(number).trim()}`))
    screen.once('exit', (code) => reject(new Error(`Xvfb ended with ${code} before it had a display`)))
  })
  const driver = spawn('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], {
    stdio: 'ignore',
    env: { ...process.env, DISPLAY: display },
  })
  for (const child of [driver, screen]) {
    child.unref()
    process.once('exit', () => child.kill())
  }
  await new Promise((resolve, reject) => {
    driver.once('error', reject)
    driver.once('exit', (code) => reject(new Error(`WebKitWebDriver ended with ${code} before it listened`)))
    whenListening(port, resolve)
  })
}

/**
 * @param {number} port
 * @param {(value?: unknown) => void} listening
 */
function whenListening(port, listening) {
  const probe = connect(port, '127.0.0.1', () => listening(probe.destroy()))
  probe.once('error', () => setTimeout(whenListening, 20, port, listening))
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** @param {string} program */
function which(program) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path))
}

/** Debian keeps it at /usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser. */
function findMiniBrowser() {
  const lib = '/usr/lib'
  if (!existsSync(lib)) return undefined
  return readdirSync(lib)
    .flatMap((triplet) => ['4.1', '4.0'].map((abi) => join(lib, triplet, `webkit2gtk-${abi}`, 'MiniBrowser')))
    .find((path) => existsSync(path))
}
