// Interleaving: in every round each contender has its turn, in an order drawn anew, and is compared with the bare socket
// of the same round.

import { names } from './contenders'
import type { Host, Runner, StartOptions } from './hosts/host'
import { seeded, shuffled } from './stats'

/** What every section is given. */
export interface Settings {
  readonly hosts: readonly Host[]
  /** `--quick`: about half of everything. */
  readonly quick: boolean
}

/** Starts one runner for each contender, and stops them all afterwards. */
export async function withRunners<T>(
  host: Host,
  use: (runners: readonly Runner[]) => Promise<T>,
  { contenders = names, ...options }: StartOptions & { readonly contenders?: readonly string[] } = {},
): Promise<T> {
  const runners: Runner[] = []
  try {
    for (const name of contenders) runners.push(await host.start(name, options))
    return await use(runners)
  } finally {
    await Promise.all(runners.map((runner) => runner.stop()))
  }
}

/** How long to go on: so many rounds, or so many seconds where the machine is slow, but never fewer than three. */
export interface Budget {
  readonly rounds: number
  readonly seconds: number
}

/** One value for each runner and round, collected by contender. */
export async function rounds<T>(
  runners: readonly Runner[],
  budget: Budget,
  measure: (runner: Runner) => Promise<T>,
): Promise<Map<string, T[]>> {
  const random = seeded(1)
  const values = new Map<string, T[]>(runners.map(({ name }) => [name, []]))
  const end = performance.now() + budget.seconds * 1_000
  for (let round = 0; round < budget.rounds && (round < 3 || performance.now() < end); round++) {
    for (const runner of shuffled(runners, random)) values.get(runner.name)?.push(await measure(runner))
  }
  return values
}

/** `--quick` halves everything. */
export function budget({ quick }: Settings, rounds: number, seconds: number): Budget {
  return quick ? { rounds: Math.ceil(rounds / 2), seconds: seconds / 2 } : { rounds, seconds }
}

/** Rounds that are not counted, until the engines have optimised what they run. */
export async function warmUp<T>(
  runners: readonly Runner[],
  count: number,
  measure: (runner: Runner) => Promise<T>,
) {
  return rounds(runners, { rounds: count, seconds: 10 }, measure)
}

/** Each value against the bare socket's of the same round; with several runners each, against one of them. */
export function againstBare(
  values: ReadonlyMap<string, readonly number[]>,
  compare: (value: number, bare: number) => number,
): Map<string, number[]> {
  const bare = values.get('bare') ?? []
  return new Map(
    [...values].map(([name, all]) => [
      name,
      all.map((value, round) => compare(value, bare[round] ?? Number.NaN)),
    ]),
  )
}
