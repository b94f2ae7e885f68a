// Tests about tabs, each with tabs, a server and a store of its own in a Chromium that those of a file share.

import { describe, expect, test } from 'vitest'
import { Browser, eventually, missing, type Tab } from './browser.ts'
import type { DeskOptions } from './page-client.ts'
import { type Server, type ServerOptions, startServer } from './server.ts'

/** `describe` for them, with the reason why they are skipped. */
export const tabs = (title: string, tests: () => void) =>
  describe.skipIf(missing)(missing ? `${title} (skipped: ${missing})` : title, tests)

/** Its store: each server is another origin, which has rows of its own. */
export const name = 'chat'

export type TabOptions = Pick<DeskOptions, 'identity' | 'confirm'> & {
  /** Runs in the page before its script. */
  readonly prepare?: () => void
  /** Instead of the browser. */
  readonly open?: (url: string) => Promise<Tab>
}

export const it = test
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads there which other fixtures this one needs
  .extend('browser', { scope: 'file' }, async ({}, { onCleanup }) => {
    const browser = await Browser.launch()
    onCleanup(() => browser.close())
    return browser
  })
  // biome-ignore lint/correctness/noEmptyPattern: as above
  .extend('start', async ({}, { onCleanup }) => {
    const servers: Server[] = []
    onCleanup(() => {
      for (const server of servers) server.stop()
    })
    return async (options?: ServerOptions) => {
      const server = await startServer(options)
      servers.push(server)
      return server
    }
  })
  .extend('server', ({ start }) => start())
  .extend('open', async ({ browser, server }, { onCleanup }) => {
    const opened: Tab[] = []
    onCleanup(async () => {
      for (const tab of opened) await tab.close()
    })
    /** A tab whose socket connects. Its messages are those of `from`, and it is known to the server by that name. */
    return async (from: string, { prepare, open, ...options }: TabOptions = {}) => {
      const tab = await (open ? open(server.pageUrl) : browser.open(server.pageUrl, prepare))
      opened.push(tab)
      await begin(server, tab, from, options)
      return tab
    }
  })

export function begin(
  server: Server,
  tab: Tab,
  from: string,
  options: Pick<DeskOptions, 'identity' | 'confirm'> = {},
): Promise<void> {
  return tab.begin({ url: server.socketUrl(from, options.identity), name, from, ...options })
}

/** Resolves when just these were taken, in this order. */
export const arrive = (server: Server, ...texts: string[]) =>
  eventually(() => expect(server.texts()).toEqual(texts))

/** Which tab brought each message first. */
export const bringers = (server: Server) =>
  server.arrivals.filter(({ isTaken }) => isTaken).map(({ tab, text }) => `${tab}: ${text}`)

/** Resolves when nothing of a queue is on disk any more: also of what its writer told nobody of, which takes a while. */
export const areGone = (tab: Tab, identity?: string) =>
  eventually(async () => {
    const rows = await tab.run(([name, identity]) => window.desk.rows(name, identity), [
      name,
      identity,
    ] as const)
    expect(rows).toEqual([])
  }, 50_000)

/** Resolves when each of its messages has been confirmed. */
export const isConfirmed = (tab: Tab) =>
  eventually(async () => {
    for (const { status } of await tab.fates()) expect(status).toBe('confirmed')
  })

/** What its page told, where nothing went wrong. */
export const calm = { errors: [], drops: [], failures: [] }
