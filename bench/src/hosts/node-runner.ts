// Runs in a child process: one contender, and whatever work the parent asks for.

import { WebSocket } from 'ws'
import { contender } from '../contenders'
import { endWithParent } from '../process'
import { runWork } from '../works'
import type { Bench } from './host'
import type { Answer, Ask } from './node'
import { countTimers } from './timers'

endWithParent()

const [name = '', wantsTimers, ownWebSocket] = process.argv.slice(2)
const liveTimers = countTimers(wantsTimers === 'true')

// `ws` is the bare socket here, unless Node's own is asked for. For the contenders that take no class it is the global one
// too.
const Native =
  ownWebSocket === 'true' ? globalThis.WebSocket : (WebSocket as unknown as typeof globalThis.WebSocket)
globalThis.WebSocket = Native

const bench: Bench = {
  name,
  contender: await contender(name),
  WebSocket: Native,
  liveTimers,
  turn: () => new Promise((resolve) => setImmediate(resolve)),
  async heapUsed() {
    // Twice: finalisers of the first round set more free.
    globalThis.gc?.()
    await bench.turn()
    globalThis.gc?.()
    return process.memoryUsage().heapUsed
  },
  // `ws` dispatches objects of a plain class of its own.
  messageEvent: (data) => ({ type: 'message', data, target: null }),
}

process.on('message', async ({ id, section, work, args }: Ask) => {
  const answer: Answer = await Promise.resolve()
    .then(() => runWork(bench, section, work, args))
    .then(
      (result) => ({ id, result }),
      (error: unknown) => ({
        id,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
    )
  process.send?.(answer)
})
process.send?.({ type: 'ready' })
