// B105 where code is edited while it runs: vite's dev server with react-refresh, and a real Chromium.

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { type Browser, chromium } from 'playwright'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createViteServer } from 'vitest/node'
import { findEngines } from '../../../../tooling/engines.mjs'
import { useRig } from '../../../core/test/support/harness'

const executablePath = findEngines().find(({ name }) => name === 'chromium')?.path
const home = join(import.meta.dirname, '../..')
const startRig = useRig()

/** How the app looks before and after an edit. */
interface Version {
  readonly greeting: string
  /** An expression: what the app connects to. */
  readonly url: string
  /** Another hook makes react-refresh mount the component anew. */
  readonly hook?: string
}

const app = ({ greeting, url, hook = '' }: Version) => `
  import { useMessages, useSocket } from '@hawser/react'
  import { StrictMode, useState } from 'react'

  function Room() {
    const { socket, status } = useSocket(${url}, { retryDelay: () => 50 })
    const messages = useMessages(socket)
    const [clicks, click] = useState(0)
    ${hook}
    const text = ['${greeting}', status, clicks, ...messages].join()
    return <button onClick={() => click((count) => count + 1)}>{text}</button>
  }
  export const App = () => <StrictMode><Room /></StrictMode>
`
const main = `
  import { createElement } from 'react'
  import { createRoot } from 'react-dom/client'
  import { App } from './app'
  createRoot(document.querySelector('main')).render(createElement(App))
`
const html = '<!doctype html><main></main><script type="module" src="/main.ts"></script>'

/** The aliases under which vite finds a version of React. */
const versions = {
  19: {},
  18: { react: join(home, 'node_modules/react-18'), 'react-dom': join(home, 'node_modules/react-dom-18') },
}

describe.skipIf(!executablePath)(`hot reload${executablePath ? '' : ' (there is no Chromium here)'}`, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath as string, args: ['--no-sandbox'] })
  })
  afterAll(() => browser?.close())

  /** The app in a page, with what edits it. */
  async function develop(reactVersion: keyof typeof versions, first: Version) {
    const root = mkdtempSync(join(tmpdir(), 'hawser-'))
    const file = join(root, 'app.tsx')
    writeFileSync(file, app(first))
    writeFileSync(join(root, 'main.ts'), main)
    writeFileSync(join(root, 'index.html'), html)
    symlinkSync(join(home, 'node_modules'), join(root, 'node_modules'))
    const server = await createViteServer({
      configFile: false,
      root,
      cacheDir: join(root, '.vite'),
      logLevel: 'error',
      plugins: [react()],
      resolve: { alias: { ...versions[reactVersion], '@hawser/react': join(home, 'src/index.ts') } },
      server: { host: '127.0.0.1', port: 0, fs: { strict: false } },
    })
    await server.listen()
    const page = await browser.newPage()
    onTestFinished(async () => {
      await page.close()
      await server.close()
      rmSync(root, { recursive: true })
    })
    await page.goto(server.resolvedUrls?.local[0] as string)
    const button = page.locator('button')
    return {
      page,
      save(version: Version) {
        writeFileSync(file, app(version))
        // The watcher overlooks an edit that follows another within 50 ms.
        server.watcher.emit('change', file)
      },
      click: () => button.click(),
      shows: (text: string) =>
        vi.waitFor(async () => expect(await button.textContent()).toBe(text), {
          timeout: 30_000,
          interval: 20,
        }),
    }
  }

  for (const version of [19, 18] as const) {
    it(`B105 keeps the socket, the state and the messages when a component is edited (React ${version})`, async () => {
      const rig = await startRig({ greeting: ['hello'] })
      const url = `'${rig.url}'`
      const { click, save, shows, page } = await develop(version, { greeting: 'one', url })
      await shows('one,open,0,hello')
      await click()
      for (const greeting of ['two', 'three', 'four']) {
        save({ greeting, url })
        await shows(`${greeting},open,1,hello`)
      }
      await rig.send('still here')
      await shows('four,open,1,hello,still here')
      expect(await rig.counts()).toMatchObject({ accepted: 1, handshakes: 1, open: 1 })
      await page.close()
      await rig.until('alive', 0)
    })
  }

  it('B105 keeps the socket when an edit makes React mount the component anew', async () => {
    const rig = await startRig()
    const url = `'${rig.url}'`
    const { click, save, shows } = await develop(19, { greeting: 'one', url })
    await shows('one,open,0')
    await click()
    save({ greeting: 'two', url, hook: 'useState(5)' })
    await shows('two,open,0')
    await rig.send('still here')
    await shows('two,open,0,still here')
    expect(await rig.counts()).toMatchObject({ accepted: 1, handshakes: 1, open: 1 })
  })

  it('B105 keeps the socket of a URL that is a function, and calls the edited one from then on', async () => {
    const rig = await startRig()
    const url = (path: string) => `() => '${rig.url}${path}'`
    const { click, save, shows } = await develop(19, { greeting: 'one', url: url('a') })
    await shows('one,open,0')
    await click()
    save({ greeting: 'two', url: url('b') })
    await shows('two,open,1')
    expect(await rig.counts()).toMatchObject({ accepted: 1, handshakes: 1, open: 1 })
    await rig.reset()
    await rig.until('connections', 2)
    await shows('two,open,1')
    expect((await rig.connections()).map((connection) => connection.url)).toEqual(['/a', '/b'])
  })

  it('moves to another socket when the URL is edited', async () => {
    const rig = await startRig()
    const { click, save, shows } = await develop(19, { greeting: 'one', url: `'${rig.url}a'` })
    await shows('one,open,0')
    await click()
    save({ greeting: 'two', url: `'${rig.url}b'` })
    await rig.until('closed', 1)
    await shows('two,open,1')
    expect(await rig.counts()).toMatchObject({ accepted: 2, handshakes: 2, open: 1 })
  })
})
