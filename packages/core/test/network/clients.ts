// The two kinds of clients, each with tests of its own: a process of Node, and a page in a Chromium of that machine.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium as playwright } from 'playwright'
import { findEngines } from '../../../../tooling/engines.mjs'
import type { ClientFact } from './client.mjs'
import { type Machine, missing } from './network.ts'
import { Client, inNetwork } from './parties.ts'

const engine = findEngines().find(({ name }) => name === 'chromium')

/** The `it` of tests that each have a network with a server and a client in it; and why they cannot run, if so. */
export const node = {
  name: 'Node',
  reason: missing,
  it: inNetwork.extend('client', ({ network }, { onCleanup }) => {
    const client = clientInNode(network.client)
    onCleanup(() => client.stop())
    return client
  }),
}
export const chromium: typeof node = {
  name: 'Chromium',
  reason: missing ?? engine?.missing,
  it: inNetwork.extend('client', async ({ network }, { onCleanup }) => {
    const client = await clientInChromium(network.client)
    onCleanup(() => client.stop())
    return client
  }),
}

if (node.reason) console.log(`Real networks are not tested: ${node.reason}`)
else if (chromium.reason) console.log(`Pages are not tested on real networks: ${chromium.reason}`)

/** The title of tests, with the reason why they are skipped. */
export const titled = (title: string, reason: string | undefined) =>
  reason ? `${title} (skipped: ${reason})` : title

function clientInNode(machine: Machine): Client {
  const client = new Client({
    start: (url, options) => order('start', { url, ...options }),
    connect: () => order('connect'),
    send: (count) => order('send', count),
    stop: async () => void child.kill(),
  })
  const child = machine.start(new URL('./node-client.mjs', import.meta.url))
  child.on('message', (fact: ClientFact) => client.facts.push(fact))
  const order = (...command: unknown[]) =>
    new Promise<void>((resolve, reject) =>
      child.send(command, (error) => (error ? reject(error) : resolve())),
    )
  return client
}

async function clientInChromium(machine: Machine): Promise<Client> {
  const browser = await launch(machine)
  const page = await browser.newPage()
  const client = new Client({
    async start(url, options) {
      await page.goto(url.replace('ws:', 'http:'))
      await page.evaluate((options) => (globalThis as any).start(options), { url, ...options })
    },
    connect: () => page.evaluate(() => (globalThis as any).client.connect()),
    send: (count) => page.evaluate((count) => (globalThis as any).client.send(count), count),
    stop: () => browser.close(),
  })
  await page.exposeFunction('tell', (fact: ClientFact) => client.facts.push(fact))
  return client
}

/** On its machine, by a script that goes there first. */
async function launch(machine: Machine): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), 'hawser-'))
  const executablePath = join(folder, 'chromium')
  writeFileSync(executablePath, `#!/bin/sh\nexec ${machine.entrance.join(' ')} ${engine?.path} "$@"\n`, {
    mode: 0o700,
  })
  try {
    return await playwright.launch({
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--disable-quic',
        '--no-first-run',
      ],
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
