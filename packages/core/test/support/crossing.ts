// A crossing: the traffic of one client through one rig that breaks, from the first message to the judgement.

import type { BreakRig, BreakRigOptions } from './break-rig.ts'
import type { Tally } from './tally.ts'
import type { Account, Mode, Traffic, TrafficOptions } from './traffic.ts'

/** A rig in this process or, for a page, in another one. */
type AnyRig = {
  readonly [Method in 'until' | 'tally' | 'stop']: (
    ...args: Parameters<BreakRig[Method]>
  ) => ReturnType<BreakRig[Method]> | Promise<Awaited<ReturnType<BreakRig[Method]>>>
}

/** One of the clients that share the breaks of a mode: they mostly wait, and so they wait at the same time. */
export type Lane = BreakRigOptions & Pick<TrafficOptions, 'mode' | 'hasIds' | 'seed'>

/** Few breaks take three clients, many take five. Every other one has ids of the library's, and acks in batches. */
export function lanes(mode: Mode, breaks: number, seed: number): Lane[] {
  const count = breaks > 200 ? 5 : 3
  return Array.from({ length: count }, (_, index) => ({
    mode,
    hasIds: index % 2 > 0,
    inBatches: index % 2 > 0,
    seed: seed + index,
    breaks: Math.floor((breaks + index) / count),
  }))
}

/** Stops the rig, too. Rejects, naming the seed, where it takes longer than any machine should. */
export async function cross({ mode, seed, breaks }: Lane, rig: AnyRig, traffic: Traffic): Promise<Tally> {
  try {
    // A break takes about 200 ms. Slow machines may take their time.
    await rig.until('breaks', breaks, 30_000 + 5_000 * breaks)
    const account: Account = await traffic.finish()
    await rig.until('alive', 0, 20_000)
    await rig.until('open', 0, 20_000)
    return await rig.tally(account)
  } catch (error) {
    throw new Error(`${mode}, seed ${seed}: ${(error as Error).message}; ${traffic.describe()}`, {
      cause: error,
    })
  } finally {
    await rig.stop()
  }
}
