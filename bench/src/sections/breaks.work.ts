// Hawser alone: clients that send over connections which break, and say what became of their messages.

import * as hawser from '@hawser/core'
import {
  type Account,
  startTraffic,
  type Traffic,
  type TrafficOptions,
} from '../../../packages/core/test/support/traffic.ts'
import type { Bench } from '../hosts/host'

let all: readonly Traffic[] = []

export function start({ WebSocket }: Bench, options: readonly TrafficOptions[]): void {
  all = options.map((each) => startTraffic(hawser, { ...each, environment: { WebSocket } }))
}

export function finish(_: Bench, index: number): Promise<Account> {
  return (all[index] as Traffic).finish()
}
