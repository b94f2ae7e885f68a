// Measures (in a simulation, B14) what 100 000 clients do to a server that cut them all off at once, is away for 10 s, and
// then accepts 5 000 a second.

import { type Limit, type Row, table } from '../report'
import type { Settings } from '../rounds'
import { seeded, spread } from '../stats'
import { clients, type MakeClient, type StormClient } from './storm-clients'

const count = 100_000
/** How long the server is away. */
const outage = 10_000
/** Connections that it accepts a second once it is back; the others are refused. */
const rate = 5_000
/** From an attempt to its outcome. */
const latency = 50
/** Attempts are counted in slices of time as long as this. */
const slice = 100

interface Outcome {
  /** Attempts per 100 ms at most: in all, and after the server is back. */
  readonly peak: number
  readonly peakBack: number
  readonly perClient: number
  /** Seconds after the server is back until 50, 99, 100 % are. */
  readonly half: number
  readonly most: number
  readonly all: number
}

/** One storm, millisecond by millisecond. */
function simulate(make: MakeClient, random: () => number): Outcome {
  const crowd = Array.from({ length: count }, () => make(random))
  /** Who tries in which millisecond. */
  const due: number[][] = []
  const schedule = (client: number, at: number) => {
    const list = due[Math.ceil(at)]
    if (list) list.push(client)
    else due[Math.ceil(at)] = [client]
  }
  for (const [index, client] of crowd.entries()) schedule(index, client.cut(0))

  const slices: number[] = []
  const backAfter: number[] = []
  let attempts = 0
  let capacity = 0
  for (let now = 0; backAfter.length < count; now++) {
    // What is not used up is kept, for a second at most.
    if (now >= outage) capacity = Math.min(rate, capacity + rate / 1_000)
    const trying = due[now] ?? []
    delete due[now]
    const at = Math.floor(now / slice)
    slices[at] = (slices[at] ?? 0) + trying.length
    attempts += trying.length
    for (const index of trying) {
      const client = crowd[index] as StormClient
      client.dial(now)
      if (capacity >= 1) {
        capacity--
        client.accepted(now + latency)
        backAfter.push(now + latency - outage)
      } else schedule(index, client.refused(now + latency))
    }
  }

  const secondsUntil = (share: number) => (backAfter[Math.ceil(count * share) - 1] ?? Number.NaN) / 1_000
  return {
    peak: Math.max(...slices),
    peakBack: Math.max(...slices.slice(outage / slice)),
    perClient: attempts / count,
    half: secondsUntil(0.5),
    most: secondsUntil(0.99),
    all: secondsUntil(1),
  }
}

export async function storm({ quick }: Settings): Promise<void> {
  const seeds = quick ? [1] : [1, 2, 3]
  const outcomes = Object.entries(clients).map(([name, make]) => ({
    name,
    runs: seeds.map((seed) => simulate(make, seeded(seed))),
  }))
  console.log(
    `\nstorm: 100 000 clients, the server away for 10 s, then 5 000 a second; seeds ${seeds.join(', ')}`,
  )

  const show = (title: string, pick: (outcome: Outcome) => number, digits: number, limit?: Limit) => {
    const rows = outcomes.map(({ name, runs }): Row => ({ name, value: spread(runs.map(pick)) }))
    table(`storm: ${title}`, rows, limit ? { digits, limit } : { digits })
  }
  const peers = outcomes
    .filter(({ name }) => name !== 'hawser')
    .flatMap(({ runs }) => runs.map((run) => run.peakBack))
  show('peak of attempts per 100 ms after the server is back', ({ peakBack }) => peakBack, 0, {
    most: Math.min(2_000, ...peers),
  })
  show('peak of attempts per 100 ms in all', ({ peak }) => peak, 0)
  show('attempts per client', ({ perClient }) => perClient, 2, { most: 4.3 })
  show('seconds after the server is back until 50 % are back', ({ half }) => half, 1)
  show('seconds after the server is back until 99 % are back', ({ most }) => most, 1, { most: 24 })
  show('seconds after the server is back until all are back', ({ all }) => all, 1)
}
