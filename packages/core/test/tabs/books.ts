// What became of messages that many tabs sent, by the count of their server.

import type { Server } from './server.ts'

/** What the tabs know. */
export interface Account {
  /** Messages that they sent. */
  readonly sent: number
  /** What happened to them, and how often. */
  readonly events: Readonly<Record<string, number>>
  /** What sockets and pages complained of: there is no reason to. */
  readonly complaints: readonly string[]
}

/** Messages are named `from:n`. */
export interface Books extends Account {
  /** Those that the server was told of as stored. */
  readonly stored: number
  readonly arrived: number
  /** Stored, and never arrived. */
  readonly lost: readonly string[]
  /** Came again, and were not dropped by their ids. */
  readonly doubled: readonly string[]
  /** Came for the first time after a newer one of the same sender. */
  readonly reordered: readonly string[]
  /** Arrivals that were dropped by their ids. */
  readonly again: number
  /** Messages that another tab than their own brought. */
  readonly ofOthers: number
  /** Times that another tab brought the next message than the one before, doubles too. */
  readonly turns: number
  /** Times that the tab that leads may have changed. */
  readonly departures: number
  /** Connections that the server broke. */
  readonly breaks: number
}

const departures = ['close', 'crash', 'reload', 'freeze', 'leave']

export function judge({ arrivals, stored, breaks }: Server, account: Account): Books {
  const came = new Set<string>()
  const newest = new Map<string, number>()
  const doubled: string[] = []
  const reordered: string[] = []
  const taken = arrivals.filter(({ isTaken }) => isTaken)
  for (const { from, n } of taken) {
    const name = `${from}:${n}`
    const before = newest.get(from) ?? -1
    if (came.has(name)) doubled.push(name)
    else if (n < before) reordered.push(name)
    came.add(name)
    newest.set(from, Math.max(before, n))
  }
  return {
    ...account,
    stored: stored.size,
    arrived: came.size,
    lost: [...stored].filter((name) => !came.has(name)),
    doubled,
    reordered,
    again: arrivals.length - taken.length,
    ofOthers: taken.filter(({ from, tab }) => from !== tab).length,
    turns: arrivals.filter(({ tab }, index) => index > 0 && tab !== arrivals[index - 1]?.tab).length,
    departures: departures.reduce((sum, event) => sum + (account.events[event] ?? 0), 0),
    breaks: breaks(),
  }
}

/** One line for each, as a table. */
export function table(all: readonly (readonly [title: string, books: Books])[]): string {
  const lines = all.flatMap(([title, { events, complaints, ...counts }]) => [
    [
      title,
      ...Object.values(counts).map((value) => String(typeof value === 'number' ? value : value.length)),
    ],
  ])
  const [[, { events: _, complaints: __, ...names }]] = all as [(typeof all)[number]]
  const rows = [['confirm', ...Object.keys(names)], ...lines]
  const widths = (rows[0] as string[]).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  const text = rows.map((row) => row.map((cell, at) => cell.padStart(widths[at] ?? 0)).join('  '))
  const happened = all.map(([title, { events }]) => {
    const each = Object.entries(events).map(([event, count]) => `${event} ${count}`)
    return `what happened (${title}): ${each.join(', ')}`
  })
  return [...text, ...happened].join('\n')
}
