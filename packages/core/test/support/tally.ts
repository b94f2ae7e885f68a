// What became of messages that were sent over connections that broke: counted, added up and shown.

import type { BreakKind } from './breaking-proxy.ts'
import type { Arrival } from './counting-server.ts'
import type { Account, Mode } from './traffic.ts'

/** What became of all messages, by the server's own count. */
export interface Tally {
  readonly breaks: number
  readonly sent: number
  /** Different messages that came at all. */
  readonly arrived: number
  /** Neither arrived nor dropped and reported. */
  readonly lost: number
  /** Lost beyond what the close of their connection called uncertain. */
  readonly uncovered: number
  /** Messages that closes called uncertain. */
  readonly uncertain: number
  readonly dropped: number
  /** What the socket told of them, by the code. */
  readonly drops: Readonly<Record<string, number>>
  /** Messages that came again, and that the server did not drop by their ids. */
  readonly doubled: number
  /** Messages that came for the first time after a newer one. */
  readonly reordered: number
  /** Those of them that did not come late, over a connection that had been given up. */
  readonly reorderedInTime: number
  /** Messages that came again at all; and those that did on one and the same connection. */
  readonly repeated: number
  readonly repeatedOnOne: number
  /** Messages that came after a newer one on one and the same connection. */
  readonly reorderedOnOne: number
  /** Messages that came again, by what became of the connection that they came over first. */
  readonly repeatedAfter: Readonly<Record<string, number>>
  readonly unsettled: number
  /** Breaks at which there were bytes in the client's buffer. */
  readonly full: number
  readonly heard: number
  readonly errors: readonly string[]
  /** The first few of the messages that were lost: their numbers. */
  readonly missing: readonly number[]
  readonly kinds: Readonly<Record<BreakKind, number>>
}

/** Those of several clients together. */
export function total(tallies: readonly Tally[]): Tally {
  const all = { ...(tallies[0] as Tally) }
  const names = Object.keys(all) as (keyof Tally)[]
  for (const name of names)
    if (typeof all[name] === 'number') Object.assign(all, { [name]: sumOf(tallies, name) })
  return {
    ...all,
    drops: summed(tallies.map(({ drops }) => drops)),
    kinds: summed(tallies.map(({ kinds }) => kinds)),
    repeatedAfter: summed(tallies.map(({ repeatedAfter }) => repeatedAfter)),
    errors: tallies.flatMap(({ errors }) => errors),
    missing: tallies.flatMap(({ missing }) => missing),
  }
}

function summed<Name extends string>(all: readonly Readonly<Record<Name, number>>[]): Record<Name, number> {
  const sums = {} as Record<Name, number>
  for (const each of all) {
    for (const name of Object.keys(each) as Name[]) sums[name] = (sums[name] ?? 0) + each[name]
  }
  return sums
}

/** One line for each, as a table. */
export function table(title: string, tallies: readonly (readonly [name: string, tally: Tally])[]): string {
  const rows = [
    [title, ...columns.map(([title]) => title)],
    ...tallies.map(([name, tally]) => [name, ...columns.map(([, key]) => String(tally[key]))]),
  ]
  const widths = (rows[0] as string[]).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  const lines = rows.map(([name = '', ...cells]) =>
    [name.padEnd(widths[0] ?? 0), ...cells.map((cell, at) => cell.padStart(widths[at + 1] ?? 0))].join('  '),
  )
  const kinds = Object.entries(total(tallies.map(([, tally]) => tally)).kinds)
  return `${lines.join('\n')}\nbreaks by kind: ${kinds.map(([kind, count]) => `${kind} ${count}`).join(', ')}`
}

const columns = [
  ['breaks', 'breaks'],
  ['buffer full', 'full'],
  ['sent', 'sent'],
  ['arrived', 'arrived'],
  ['lost', 'lost'],
  ['doubled', 'doubled'],
  ['reordered', 'reordered'],
  ['dropped', 'dropped'],
  ['came again', 'repeated'],
  ['uncertain', 'uncertain'],
] as const

/** What holds however connections break. */
const always = {
  // Whatever is done across connections, each one keeps the order and repeats nothing.
  repeatedOnOne: 0,
  reorderedOnOne: 0,
  reorderedInTime: 0,
  unsettled: 0,
  uncovered: 0,
  heard: 0,
  errors: [],
} satisfies Partial<Tally>

/** What Hawser promises of a tally. Without confirmation, what is lost was called uncertain; the rest is as it is. */
export function promised(mode: Mode): Partial<Tally> {
  return mode === 'none' ? always : { ...always, lost: 0, doubled: 0, reordered: 0 }
}

/** What the server counted, against what the client says. */
export function judge(arrivals: readonly Arrival[], account: Account): Omit<Tally, 'breaks' | 'kinds'> {
  const { sent, closes, drops, unsettled, full, heard, errors } = account
  const taken = arrivals.filter(({ isTaken }) => isTaken)
  const came = new Set(arrivals.map(({ n }) => n))
  const dropped = new Set(account.dropped)
  const isLost = (n: number) => !came.has(n) && !dropped.has(n)
  const lostIn = (from: number, to: number) => {
    let lost = 0
    for (let n = from; n < to; n++) if (isLost(n)) lost++
    return lost
  }
  const last = closes.at(-1)?.handed ?? 0
  const uncovered = closes.map(({ handed, uncertain }, index) =>
    Math.max(0, lostIn(closes[index - 1]?.handed ?? 0, handed) - uncertain),
  )
  const byConnection = new Map<unknown, Arrival[]>()
  for (const arrival of arrivals) {
    const { connection } = arrival
    const those = byConnection.get(connection)
    if (those) those.push(arrival)
    else byConnection.set(connection, [arrival])
  }
  const perConnection = [...byConnection.values()]
  return {
    sent,
    arrived: came.size,
    lost: lostIn(0, sent),
    uncovered: sum(uncovered) + lostIn(last, sent),
    uncertain: sum(closes.map(({ uncertain }) => uncertain)),
    dropped: dropped.size,
    drops,
    doubled: repeats(taken),
    reordered: reordered(taken).length,
    reorderedInTime: reordered(taken).filter(({ connection }) => !givenUp.has(connection.fate)).length,
    repeated: repeats(arrivals),
    repeatedAfter: repeatedAfter(arrivals),
    repeatedOnOne: sum(perConnection.map(repeats)),
    reorderedOnOne: sum(perConnection.map((those) => reordered(those).length)),
    unsettled,
    full,
    heard,
    errors,
    missing: Array.from({ length: sent }, (_, n) => n)
      .filter(isLost)
      .slice(0, 5),
  }
}

/** Fates of connections that the client gives up though they are still there: what they hold may come late. */
const givenUp = new Set<string | undefined>(['dead', 'late', 'up', 'down', 'given up'])

const sumOf = (tallies: readonly Tally[], name: keyof Tally) =>
  sum(tallies.map((tally) => tally[name] as number))

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0)

const repeats = (arrivals: readonly Arrival[]) => arrivals.length - new Set(arrivals.map(({ n }) => n)).size

function repeatedAfter(arrivals: readonly Arrival[]): Record<string, number> {
  const first = new Map<number, Arrival>()
  const fates: Record<string, number> = {}
  for (const arrival of arrivals) {
    const { connection } = first.get(arrival.n) ?? {}
    if (connection) fates[connection.fate ?? 'none'] = (fates[connection.fate ?? 'none'] ?? 0) + 1
    else first.set(arrival.n, arrival)
  }
  return fates
}

function reordered(arrivals: readonly Arrival[]): Arrival[] {
  const before = new Set<number>()
  let newest = -1
  return arrivals.filter(({ n }) => {
    const isLate = n < newest && !before.has(n)
    newest = Math.max(newest, n)
    before.add(n)
    return isLate
  })
}
