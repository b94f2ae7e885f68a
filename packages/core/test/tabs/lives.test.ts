// Two to five tabs live at random while messages are sent from all of them: they are opened, reloaded, closed, hidden,
// frozen, crashed and left, and their connections break. The books are those of a real server, and balance at the end.
// HAWSER_TABS=10000 sends that many and shows the whole table; HAWSER_SEED repeats the chances of a run.

import { afterAll, expect } from 'vitest'
import { seeded, spreadOver } from '../support/random.ts'
import { type Books, judge, table } from './books.ts'
import type { Browser } from './browser.ts'
import { it, tabs } from './fixture.ts'
import { live } from './lives.ts'
import { type ServerOptions, startServer } from './server.ts'

const { HAWSER_TABS, HAWSER_SEED } = process.env
const messages = Number(HAWSER_TABS ?? 1_000)
const seed = Number(HAWSER_SEED ?? Math.floor(Math.random() * 1e6))
const timeout = 120_000 + 30 * messages

const all: [string, Books][] = []

/** @param isGentle no tab crashes or freezes, and no connection breaks */
async function booksOf(browser: Browser, confirm: 'acks' | 'none', isGentle = false): Promise<Books> {
  const random = seeded(seed)
  // At a moment that has nothing to do with what the tabs do.
  const breakAfter: ServerOptions['breakAfter'] = () => spreadOver(random, 10, 200)
  const server = await startServer(isGentle ? {} : { breakAfter })
  try {
    const account = await live(browser, server, { confirm, messages, seed: seed + 1, isGentle })
    const books = judge(server, account)
    all.push([isGentle ? `${confirm}, gently` : confirm, books])
    return books
  } finally {
    server.stop()
  }
}

afterAll(() => {
  console.log(`seed ${seed}\n${all.length ? table(all) : 'no books'}`)
})

tabs('tabs that live at random', () => {
  it(
    'B88 with acks, and doubles dropped by id, all that was stored arrives exactly once, in the order of its sender',
    async ({ browser }) => {
      const { lost, doubled, reordered, complaints, ...books } = await booksOf(browser, 'acks')
      const { again, ofOthers, breaks, turns, departures } = books
      expect({ lost, doubled, reordered, complaints }, `seed ${seed}`).toEqual({
        lost: [],
        doubled: [],
        reordered: [],
        complaints: [],
      })
      // What the tab that led before had sent may still come when the next one has begun.
      expect(turns, `seed ${seed}`).toBeLessThanOrEqual(2 * departures)
      // Otherwise nothing was sent twice, no tab sent for another one, and no connection broke.
      expect(Math.min(again, ofOthers, breaks), `seed ${seed}`).toBeGreaterThan(0)
    },
    timeout,
  )

  it(
    'B88 without acks what is lost and doubled is measured, and nothing complains',
    async ({ browser }) => {
      const { arrived, complaints } = await booksOf(browser, 'none')
      expect(complaints, `seed ${seed}`).toEqual([])
      expect(arrived, `seed ${seed}`).toBeGreaterThan(0)
    },
    timeout,
  )

  it(
    'B88 without acks nothing that was stored is lost while no tab crashes or freezes and no connection breaks',
    async ({ browser }) => {
      const { lost, reordered, complaints } = await booksOf(browser, 'none', true)
      expect({ lost, reordered, complaints }, `seed ${seed}`).toEqual({
        lost: [],
        reordered: [],
        complaints: [],
      })
    },
    timeout,
  )
})
