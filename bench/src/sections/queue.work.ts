// Beside the contender: lets messages wait, then flushes them to a real server.

import type { Client } from '../contenders/contender'
import type { Bench } from '../hosts/host'
import { MemorySocket, memorySockets } from '../memory-socket'
import { distinctTexts } from './connect'

let payload: string[] = []

export interface Waiting {
  /** Nanoseconds to queue one message. */
  readonly nanoseconds: number
  /** Bytes of one waiting message, its text not counted: that is alive anyway. */
  readonly bytes: number
}

/** Queues on a socket that never opens. */
export async function wait(bench: Bench, { messages }: { messages: number }): Promise<Waiting> {
  if (payload.length !== messages) payload = distinctTexts(messages)
  const made: MemorySocket[] = []
  const client = bench.contender.connect({
    url: 'ws://127.0.0.1:9',
    WebSocket: memorySockets(made, bench.contender.memory ?? MemorySocket),
    onOpen: () => {},
    onMessage: () => {},
  })
  await bench.turn()
  const before = await bench.heapUsed()
  const start = performance.now()
  for (const text of payload) client.send(text)
  const nanoseconds = ((performance.now() - start) * 1e6) / messages
  const bytes = ((await bench.heapUsed()) - before) / messages
  client.close()
  return { nanoseconds, bytes }
}

/** Milliseconds that a flush to a slow server is looked at. */
const slowFlush = 1_500

export interface FlushArguments {
  readonly url: string
  readonly messages: number
  /**
   * `timed`: nothing else is done meanwhile. `watched`: the gaps between turns of the event loop are measured. `slow`: the
   * server reads slowly, and what waits in the transport is looked at after each send.
   */
  readonly how: 'timed' | 'watched' | 'slow'
}

export interface Flush {
  /** From the transport's open until the server has counted the last message, or to the end of looking. */
  readonly milliseconds: number
  readonly peakBuffered: number
  readonly longestStall: number
}

/** Lets messages wait for a real connection, or sends them in a bare loop at open where the contender has no queue. */
export function flush(bench: Bench, { url, messages, how }: FlushArguments): Promise<Flush> {
  if (payload.length !== messages) payload = distinctTexts(messages)
  let openedAt = 0
  let peakBuffered = 0
  const stalls = { longest: 0, over: false }
  let finish = () => {}

  class Observed extends bench.WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args)
      this.addEventListener('open', () => {
        openedAt = performance.now()
        // Begins in the very task of the open event: the flush that follows is part of the first gap.
        if (how === 'watched') void watchTurns(bench, stalls)
        // The buffer is at its highest soon; to wait for the last message would take long and show no more.
        if (how === 'slow') setTimeout(() => finish(), slowFlush)
      })
    }
  }
  class Measured extends Observed {
    override send(data: string) {
      super.send(data)
      if (this.bufferedAmount > peakBuffered) peakBuffered = this.bufferedAmount
    }
  }
  return new Promise((resolve) => {
    const write = () => {
      if (how === 'slow') client.send('!slow')
      client.send(`!count ${messages}`)
      for (const text of payload) client.send(text)
    }
    const { contender } = bench
    const client: Client = contender.connect({
      url,
      WebSocket: how === 'slow' ? Measured : Observed,
      onOpen: () => {
        if (!contender.queues) write()
      },
      onMessage(data) {
        if (data === 'done') finish()
      },
    })
    finish = () => {
      const milliseconds = performance.now() - openedAt
      stalls.over = true
      client.close()
      resolve({ milliseconds, peakBuffered, longestStall: stalls.longest })
    }
    if (contender.queues) write()
  })
}

/** The longest gap between two turns while nothing else is done here. */
export async function rest(bench: Bench, milliseconds: number): Promise<number> {
  const stalls = { longest: 0, over: false }
  setTimeout(() => {
    stalls.over = true
  }, milliseconds)
  await watchTurns(bench, stalls)
  return stalls.longest
}

async function watchTurns({ turn }: Bench, stalls: { longest: number; over: boolean }) {
  for (let last = performance.now(); !stalls.over; ) {
    await turn()
    const now = performance.now()
    stalls.longest = Math.max(stalls.longest, now - last)
    last = now
  }
}
