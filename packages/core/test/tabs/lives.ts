// Tabs that live at random: a seed decides which of them sends, and what happens to which.

import { seeded, spreadOver } from '../support/random.ts'
import type { Account } from './books.ts'
import type { Browser, Tab } from './browser.ts'
import { areGone, begin } from './fixture.ts'
import type { Server } from './server.ts'

export interface LivesOptions {
  readonly confirm: 'acks' | 'none'
  readonly messages: number
  readonly seed: number
  /** No tab crashes or freezes. @default false */
  readonly isGentle?: boolean
}

/** What happens, and how often each of it comes, where it can. */
const weights = { open: 8, close: 3, reload: 3, crash: 3, freeze: 4, thaw: 5, leave: 3, back: 4, show: 4 }
type Event = keyof typeof weights

/** So many messages come between two events. */
const pause = 40
const mostTabs = 5

/** A tab that is away cannot be used before it is back. */
interface Life {
  readonly tab: Tab
  away?: { readonly how: 'frozen' | 'left'; readonly back: () => Promise<void> } | undefined
}

/** Resolves when so many messages were sent, and one tab that remained has sent all that was stored. */
export async function live(
  browser: Browser,
  server: Server,
  { confirm, messages, seed, isGentle = false }: LivesOptions,
): Promise<Account> {
  const random = seeded(seed)
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T
  const lives = new Set<Life>()
  const events: Record<string, number> = {}
  const complaints: string[] = []
  let senders = 0
  let sent = 0

  const count = (event: string) => {
    events[event] = (events[event] ?? 0) + 1
  }
  const those = (how: 'frozen' | 'left' | 'here') =>
    [...lives].filter(({ away }) => (away?.how ?? 'here') === how)
  const start = (tab: Tab) => begin(server, tab, `s${senders++}`, { confirm })
  const hear = async ({ tab }: Life) => {
    const { errors, drops, failures } = await tab.seen()
    complaints.push(...errors, ...drops, ...failures)
  }
  const open = async () => {
    const tab = await browser.open(server.pageUrl)
    lives.add({ tab })
    await start(tab)
  }

  const can: Record<Event, () => unknown> = {
    open: () => lives.size < mostTabs,
    close: () => lives.size > 2,
    crash: () => !isGentle && lives.size > 2 && those('here').length > 0,
    reload: () => those('here').length,
    freeze: () => !isGentle && those('here').length > 1,
    thaw: () => those('frozen').length,
    leave: () => those('here').length > 1,
    back: () => those('left').length,
    show: () => those('here').length,
  }
  const happen: Record<Event, () => Promise<unknown>> = {
    open,
    async close() {
      const life = pick([...lives])
      lives.delete(life)
      await life.tab.close()
    },
    async crash() {
      const life = pick(those('here'))
      lives.delete(life)
      await life.tab.crash()
      await life.tab.close()
    },
    async reload() {
      const life = pick(those('here'))
      await hear(life)
      await life.tab.reload()
      await start(life.tab)
    },
    async freeze() {
      const life = pick(those('here'))
      life.away = { how: 'frozen', back: await life.tab.freeze() }
    },
    async leave() {
      const life = pick(those('here'))
      await hear(life)
      life.away = { how: 'left', back: await life.tab.leave() }
    },
    thaw: () => back(pick(those('frozen'))),
    back: () => back(pick(those('left'))),
    show: () => pick(those('here')).tab.toFront(),
  }
  const back = async (life: Life) => {
    await life.away?.back()
    life.away = undefined
    // The cache may have let it go: then it is a new page.
    if (!(await life.tab.run(() => window.desk.from))) {
      await start(life.tab)
      count('forgotten by the cache')
    }
  }
  const next = async () => {
    const possible = (Object.keys(weights) as Event[]).filter((event) => can[event]())
    const event = pick(possible.flatMap((event) => Array<Event>(weights[event]).fill(event)))
    await happen[event]()
    count(event)
  }

  await open()
  await open()
  let due = pause
  while (sent < messages) {
    for (; sent >= due; due += pause) await next()
    if (those('here').length === 0) await open()
    const texts = Array.from({ length: Math.min(messages - sent, spreadOver(random, 1, 60)) }, () =>
      'x'.repeat(spreadOver(random, 1, 5_000)),
    )
    await pick(those('here')).tab.send(...texts)
    sent += texts.length
  }

  // One remains, and it need not have led before.
  const last = pick(those('here'))
  for (const life of lives) {
    if (life === last) continue
    if (!life.away) await hear(life)
    await life.tab.close()
    count('close')
  }
  await areGone(last.tab)
  await hear(last)
  const settled = confirm === 'acks' ? 'confirmed' : 'sent'
  for (const { id, status } of await last.tab.fates()) {
    if (status !== settled) complaints.push(`${id} is ${status} in the tab that remained`)
  }
  await last.tab.close()
  return { sent, events, complaints }
}
