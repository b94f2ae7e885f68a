// The work of each section, by name: what runs beside the contender, in its process or page.

import type { Bench } from './hosts/host'
import * as breaks from './sections/breaks.work'
import * as durable from './sections/durable.work'
import * as faces from './sections/faces.work'
import * as idle from './sections/idle.work'
import * as liveness from './sections/liveness.work'
import * as messageCost from './sections/message-cost.work'
import * as queue from './sections/queue.work'
import * as recovery from './sections/recovery.work'
import * as requests from './sections/requests.work'
import * as throughput from './sections/throughput.work'

export const works = {
  breaks,
  durable,
  faces,
  idle,
  liveness,
  messageCost,
  queue,
  recovery,
  requests,
  throughput,
}

/** Runs one piece of work by its names; the types are checked where it is asked for. */
export function runWork(bench: Bench, section: string, work: string, args: unknown): unknown {
  const all = works as unknown as Record<string, Record<string, (bench: Bench, args: unknown) => unknown>>
  const found = all[section]?.[work]
  if (!found) throw new Error(`There is no work ${section}.${work}.`)
  return found(bench, args)
}
