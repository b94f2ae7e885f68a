// Runs in a page of Chromium: one contender, and whatever work the benchmark asks for.

import { contender } from '../contenders'
import { runWork } from '../works'
import type { Bench } from './host'
import { countTimers } from './timers'

declare global {
  /** Made by the host: collects garbage over the DevTools protocol and reads the heap. */
  var readHeap: () => Promise<number>
  /** Made by the host: milliseconds that the page's main thread has worked, ever. */
  var readTaskTime: () => Promise<number>
  var startBench: (name: string, timers: boolean) => Promise<void>
  var runBench: (section: string, work: string, args: unknown) => unknown
}

let bench: Bench

globalThis.startBench = async (name, timers) => {
  const liveTimers = countTimers(timers)
  // A message to oneself is the soonest later task that a page can have.
  const { port1, port2 } = new MessageChannel()
  const waiting: (() => void)[] = []
  port1.onmessage = () => waiting.shift()?.()
  bench = {
    name,
    contender: await contender(name),
    WebSocket: globalThis.WebSocket,
    liveTimers,
    turn: () =>
      new Promise((resolve) => {
        waiting.push(resolve)
        port2.postMessage(null)
      }),
    heapUsed: () => globalThis.readHeap(),
    messageEvent: (data) => new MessageEvent('message', { data }),
  }
}

globalThis.runBench = (section, work, args) => runWork(bench, section, work, args)
