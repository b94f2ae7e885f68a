// What is sent over a connection that breaks again and again at random points arrives as promised, by the count of a real
// server. HAWSER_BREAKS=1000 shows the whole table; HAWSER_SEED repeats the breaks of a run.

import { afterAll, expect, it } from 'vitest'
import * as hawser from '../../src/index'
import { cross, lanes } from '../support/crossing.ts'
import { breakSettings, environment, platform, startBreakRig } from '../support/harness'
import { promised, type Tally, table, total } from '../support/tally.ts'
import { type Mode, modes, startTraffic } from '../support/traffic.ts'

const { breaks, seed, isAsked } = await breakSettings()
const timeout = 120_000 + 5_000 * breaks
const tallies = new Map<Mode, Promise<Tally>>()

/** All modes at once, for they mostly wait; one after the other where there are very many breaks. */
function tally(wanted: Mode): Promise<Tally> {
  for (const mode of breaks > 200 ? [wanted] : modes) {
    if (tallies.has(mode)) continue
    const run = crossAll(mode)
    // Whoever awaits it hears of it.
    run.catch(() => {})
    tallies.set(mode, run)
  }
  return tallies.get(wanted) as Promise<Tally>
}

async function crossAll(mode: Mode): Promise<Tally> {
  const crossings = lanes(mode, breaks, seed).map(async (lane) => {
    const rig = await startBreakRig(lane)
    return cross(lane, rig, startTraffic(hawser, { ...lane, url: rig.url, environment: environment() }))
  })
  return total(await Promise.all(crossings))
}

afterAll(async () => {
  if (!isAsked) return
  const all = await Promise.all([...tallies].map(async ([mode, tally]) => [mode, await tally] as const))
  console.log(`seed ${seed}\n${table(platform, all)}`)
})

it.each(['pongs', 'acks'] as const)(
  'B77, B79 with %s, and doubles dropped by id, nothing is lost, doubled or reordered, and every receipt is settled',
  async (mode) => {
    const { sent, arrived, repeated, dropped, drops, ...rest } = await tally(mode)
    expect(rest, `seed ${seed}`).toMatchObject({ ...promised(mode), breaks })
    // Chance may break three connections in a row before anything is confirmed on them (B80): that is told.
    expect(drops).toEqual(dropped ? { POISON: dropped } : {})
    expect(dropped).toBeLessThanOrEqual(1 + breaks / 200)
    expect(arrived).toBeGreaterThanOrEqual(sent - dropped)
    // What had arrived unconfirmed was sent again: otherwise the server had nothing to drop.
    expect(repeated).toBeGreaterThan(0)
  },
  timeout,
)

it(
  'B75, B77 without confirmation what is lost was called uncertain, nothing is doubled, and nothing is reordered but what came late',
  async () => {
    const { lost, doubled, dropped, drops, ...rest } = await tally('none')
    expect(rest, `seed ${seed}`).toMatchObject({ ...promised('none'), breaks })
    // Otherwise the connections broke between messages alone.
    expect(lost).toBeGreaterThan(0)
    // A message that met three breaks in a row at the head of what came back (B80).
    expect(drops).toEqual(dropped ? { POISON: dropped } : {})
    expect(doubled).toBe(0)
  },
  timeout,
)
