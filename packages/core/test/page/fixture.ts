// Tests about the life of a page, each with a tab and servers of its own in a Chromium that those of a file share.

import { describe, expect, test } from 'vitest'
import type { SocketState } from '../../src/index'
import { type Rig, startRig } from '../support/rig.ts'
import { Chromium, eventually, missing, type PageSocketOptions, servePage } from './chromium-page.ts'

/** `describe` for them, with the reason why they are skipped. */
export const life = (title: string, tests: () => void) =>
  describe.skipIf(missing)(missing ? `${title} (skipped: ${missing})` : title, tests)

export const it = test
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads there which other fixtures this one needs
  .extend('chromium', { scope: 'file' }, async ({}, { onCleanup }) => {
    const chromium = await Chromium.launch()
    onCleanup(() => chromium.close())
    return chromium
  })
  // biome-ignore lint/correctness/noEmptyPattern: as above
  .extend('server', { scope: 'file' }, async ({}, { onCleanup }) => {
    const server = await servePage()
    onCleanup(() => server.close())
    return server
  })
  // biome-ignore lint/correctness/noEmptyPattern: as above
  .extend('start', async ({}, { onCleanup }) => {
    const rigs: Rig[] = []
    onCleanup(() => {
      for (const rig of rigs) rig.stop()
    })
    return async () => {
      const rig = await startRig()
      rigs.push(rig)
      return rig
    }
  })
  .extend('tab', async ({ chromium, server }, { onCleanup }) => {
    const tab = await chromium.open(server.url)
    onCleanup(() => tab.end())
    return tab
  })
  .extend('connected', ({ start, tab }) => {
    /** A tab whose socket is open. */
    return async (options?: PageSocketOptions) => {
      const rig = await start()
      await tab.create(rig.url, options)
      await tab.connect()
      await tab.reached('open')
      return rig
    }
  })

/** Longer than any test: whoever reconnects nevertheless was not woken by this delay. */
export const never = 60_000

/** Milliseconds that a busy machine may add to anything. */
export const slack = 3_000

/** What an app would have, only faster: silence is known after 3 s, and a probe takes 2 s where the latency is known. */
export const heartbeat = { interval: 1_000, timeout: 2_000 }

/** The messages in all connections, in the order of their connections. */
export const arrived = (rig: Rig) =>
  rig.connections().flatMap(({ frames }) => frames.filter((frame) => frame !== 'ping'))

/** Messages that begin with their numbers, of so many characters. */
export const numbered = (count: number, size = 0) =>
  Array.from({ length: count }, (_, i) => `${i}:`.padEnd(size, 'x'))

/** Resolves when just these have arrived. */
export const arrive = (rig: Rig, ...messages: string[]) =>
  eventually(() => expect(arrived(rig)).toEqual(messages))

/** Each status once where it stays the same. */
export function statuses(states: readonly SocketState[]) {
  return states.map(({ status }) => status).filter((status, i, all) => status !== all[i - 1])
}

/** Runs in the page. */
export const waiting = () => window.client.socket.queue.get().messages
