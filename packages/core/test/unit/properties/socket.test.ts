// The whole socket, with auth, heartbeat, rotation, page and network, in a world where anything may happen.
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { counter, patience, sequence } from './generated'
import { harmless, operation, settings } from './happenings'
import { Run } from './socket-run'
import '../socket/support' // fails a test that leaves a rejection unhandled

describe('the socket, whatever happens', () => {
  const count = counter('socket')

  it('B34 B39 B40 B53 B58 B60 B69 B75 B79 keeps its promises', { timeout: patience }, async () => {
    await fc.assert(
      fc.asyncProperty(settings, sequence(operation, 80), async (given, operations) => {
        const run = new Run(given)
        await run.step({ type: 'connect' })
        for (const one of operations) {
          count.events++
          await run.step(one)
        }
        await run.recover()
        await run.end()
      }),
      { numRuns: 1_500 },
    )
  })

  it('B40 B44 on a healthy link loses, doubles and reorders nothing, however often it rotates', {
    timeout: patience,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(settings, sequence(harmless, 60), async (given, operations) => {
        // A heartbeat would give up what does not leave the buffer, and a fence would let it go.
        const pulse = given.buffered === 'manual' ? 'none' : 'active'
        const run = new Run({ ...given, pulse, fenceTimeout: Infinity, retries: Infinity })
        await run.step({ type: 'connect' })
        for (const one of operations) {
          count.events++
          await run.step(one)
        }
        await run.recover()
        run.checkArrivals()
        await run.end()
      }),
      { numRuns: 300 },
    )
  })

  count.atLeast(40_000)
})
