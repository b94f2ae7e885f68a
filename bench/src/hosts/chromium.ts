// Chromium as a host: one page per contender, each in a browser context and so in a renderer process of its own, served
// from loopback.

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import type { Host } from './host'

const flags = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
]

/** Undefined where there is no Chromium on the PATH. */
export async function chromiumHost(): Promise<Host | undefined> {
  const executablePath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => ['chromium', 'google-chrome'].map((program) => join(folder, program)))
    .find((path) => existsSync(path))
  if (!executablePath) return undefined
  const pages = await servePages()
  const browser = await chromium.launch({ executablePath, args: flags })
  return {
    name: 'Chromium',
    version: browser.version(),
    async start(name, { countTimers = false, development = false } = {}) {
      const context = await browser.newContext()
      const page = await context.newPage()
      page.on('pageerror', (error) => console.error(`  ${name}, in its page: ${error.message}`))
      const devtools = await context.newCDPSession(page)
      await page.exposeFunction('readHeap', async () => {
        await devtools.send('HeapProfiler.collectGarbage')
        return (await devtools.send('Runtime.getHeapUsage')).usedSize
      })
      await devtools.send('Performance.enable')
      await page.exposeFunction('readTaskTime', async () => {
        const { metrics } = await devtools.send('Performance.getMetrics')
        return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1_000
      })
      await page.goto(development ? `${pages.url}development/` : pages.url)
      await page.evaluate(([name, timers]) => globalThis.startBench(name, timers), [
        name,
        countTimers,
      ] as const)
      return {
        name,
        async run(section, work, args) {
          const asked = [String(section), String(work), args] as const
          const result = await page.evaluate(
            ([section, work, args]) => globalThis.runBench(section, work, args),
            asked,
          )
          return result as never
        },
        stop: () => context.close(),
      }
    },
    async stop() {
      await browser.close()
      pages.stop()
    },
  }
}

async function servePages() {
  const root = fileURLToPath(new URL('../page/', import.meta.url))
  const server = createServer(async (request, response) => {
    // Isolated, for then performance.now() counts in steps of 5 µs and not of 100.
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    const name = request.url?.slice(1) ?? ''
    if (/^(development\/)?$/.test(name)) {
      response.setHeader('Content-Type', 'text/html')
      return response.end(
        '<!doctype html><link rel="icon" href="data:,"><script type="module" src="page.js"></script>',
      )
    }
    response.setHeader('Content-Type', 'text/javascript')
    try {
      response.end(/^(development\/)?[\w.-]+\.js$/.test(name) ? await readFile(join(root, name)) : '')
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}
