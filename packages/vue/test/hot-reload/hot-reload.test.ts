// B105 where single-file components are edited while they run: vite's dev server with Vue's plugin, and a real Chromium.

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { type Browser, chromium } from 'playwright'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createViteServer } from 'vitest/node'
import * as newestCompiler from 'vue/compiler-sfc'
import * as oldestCompiler from 'vue-3.4/compiler-sfc'
import { findEngines } from '../../../../tooling/engines.mjs'
import { useRig } from '../../../core/test/support/harness'

const executablePath = findEngines().find(({ name }) => name === 'chromium')?.path
const home = join(import.meta.dirname, '../..')
const startRig = useRig()

/** How the component looks before and after an edit. */
interface Version {
  /** Stands in the template: to change it renders anew. */
  readonly greeting: string
  /** An expression: what the component connects to. */
  readonly url: string
  /** Stands in the script: to change it mounts the component anew. */
  readonly count?: number
}

const room = ({ greeting, url, count = 0 }: Version) => `
  <script setup>
  import { useMessages, useSocket } from '@hawser/vue'
  import { ref } from 'vue'

  const { socket, status } = useSocket(${url}, { retryDelay: () => 50 })
  const messages = useMessages(socket)
  const clicks = ref(${count})
  </script>

  <template>
    <button @click="clicks += 1">{{ ['${greeting}', status, clicks, ...messages].join() }}</button>
  </template>
`
const app = `
  <script setup>
  import Room from './room.vue'
  </script>
  <template><Room /></template>
`
const main = `
  import { createApp, version } from 'vue'
  import App from './app.vue'
  document.title = version
  createApp(App).mount('main')
`
const html =
  '<!doctype html><link rel="icon" href="data:,"><main></main><script type="module" src="/main.ts"></script>'

/** The compiler of each Vue, and what vite takes for Vue. */
const versions = {
  '3.5.45': { compiler: newestCompiler, alias: {} },
  '3.4.0': { compiler: oldestCompiler, alias: { vue: 'vue-3.4' } },
} as const

describe.skipIf(!executablePath)(`hot reload${executablePath ? '' : ' (there is no Chromium here)'}`, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath as string, args: ['--no-sandbox'] })
  })
  afterAll(() => browser?.close())

  /** The app in a page, with what edits the component. Nothing may be said on its console. */
  async function develop(version: keyof typeof versions, first: Version) {
    const { compiler, alias } = versions[version]
    const root = mkdtempSync(join(tmpdir(), 'hawser-'))
    const file = join(root, 'room.vue')
    writeFileSync(file, room(first))
    writeFileSync(join(root, 'app.vue'), app)
    writeFileSync(join(root, 'main.ts'), main)
    writeFileSync(join(root, 'index.html'), html)
    symlinkSync(join(home, 'node_modules'), join(root, 'node_modules'))
    const server = await createViteServer({
      configFile: false,
      root,
      cacheDir: join(root, '.vite'),
      logLevel: 'error',
      plugins: [vue({ compiler: compiler as typeof newestCompiler })],
      resolve: { alias: { ...alias, '@hawser/vue': join(home, 'src/index.ts') } },
      // Edits are told below, once each: a second word of the same one would mount the component once more.
      server: { host: '127.0.0.1', port: 0, fs: { strict: false }, watch: { ignored: () => true } },
    })
    await server.listen()
    const page = await browser.newPage()
    const said: string[] = []
    page.on('console', (message) => {
      if (['warning', 'error'].includes(message.type())) said.push(message.text())
    })
    page.on('pageerror', (error) => said.push(String(error)))
    let loads = 0
    page.on('load', () => {
      loads += 1
    })
    onTestFinished(async () => {
      await page.close()
      await server.close()
      rmSync(root, { recursive: true })
      // Not even a reload of the page.
      expect([said, loads]).toEqual([[], 1])
    })
    await page.goto(server.resolvedUrls?.local[0] as string)
    const button = page.locator('button')
    const shows = (text: string) =>
      vi.waitFor(async () => expect(await button.textContent()).toBe(text), { timeout: 30_000, interval: 20 })
    await button.waitFor()
    expect(await page.title()).toBe(version)
    return {
      page,
      shows,
      save(edited: Version) {
        writeFileSync(file, room(edited))
        server.watcher.emit('change', file)
      },
      click: () => button.click(),
    }
  }

  for (const version of ['3.5.45', '3.4.0'] as const) {
    it(`B105 keeps the socket, the state and the messages when a template is edited (Vue ${version})`, async () => {
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

    it(`B105 keeps the socket when a script is edited, and the component mounted anew (Vue ${version})`, async () => {
      const rig = await startRig()
      const url = `'${rig.url}'`
      const { click, save, shows } = await develop(version, { greeting: 'one', url })
      await shows('one,open,0')
      await click()
      for (const count of [5, 6, 7]) {
        save({ greeting: 'one', url, count })
        await shows(`one,open,${count}`)
      }
      await rig.send('still here')
      await shows('one,open,7,still here')
      expect(await rig.counts()).toMatchObject({ accepted: 1, handshakes: 1, open: 1 })
    })
  }

  it('moves to another socket when the URL is edited', async () => {
    const rig = await startRig()
    const { click, save, shows } = await develop('3.5.45', { greeting: 'one', url: `'${rig.url}a'` })
    await shows('one,open,0')
    await click()
    save({ greeting: 'two', url: `'${rig.url}b'` })
    await rig.until('closed', 1)
    await shows('two,open,0')
    expect(await rig.counts()).toMatchObject({ accepted: 2, handshakes: 2, open: 1 })
  })
})
