// What is asked of every client library over the drop-in class.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startClient } from './client-process.js'
import { startProxy } from './proxy.js'

/** Another class shows whether it is ours that fails: CLIENT_CLASS=ws, CLIENT_CLASS_RECONNECTING=partysocket */
const implementation = process.env.CLIENT_CLASS ?? 'hawser'
const reconnecting = process.env.CLIENT_CLASS_RECONNECTING ?? 'hawser, reconnecting'

/**
 * @typedef {object} RealServer
 * @property {number} port
 * @property {() => unknown} close
 * @property {() => void} [goAway] closes each connection in good order, where a reset shows less
 */

/**
 * @param {string} library name of a file of the folder `clients`
 * @param {object} server
 * @param {string | undefined} [server.missing] why it can't be started here
 * @param {() => Promise<RealServer>} server.start
 * @param {string} [server.scheme]
 * @param {string} [server.path]
 * @param {string} [server.found] what ends a connection that went dead: the `origin` of its close
 * @param {'has one connection' | 'has two for a moment' | 'leaves a second connection behind'} server.whereBothReconnect
 *   what becomes of a class that reconnects as well
 */
export function clientOver(
  library,
  { missing, start, scheme = 'ws', path = '', found = 'heartbeat', whereBothReconnect },
) {
  if (missing) console.log(`${library} is not tested: ${missing}`)
  if (missing && process.env.CI === 'true') throw new Error(`Its server is required: ${missing}`)

  describe.skipIf(missing)(library, () => {
    /** @type {RealServer} */
    let server
    /** @type {import('./proxy.js').Proxy} */
    let network
    /** @type {import('./client-process.js').ClientProcess | undefined} */
    let client

    // RabbitMQ takes its time, and more of it on a busy machine.
    beforeAll(async () => {
      server = await start()
    }, 180_000)
    afterAll(() => server?.close())
    beforeEach(async () => {
      network = await startProxy(server.port)
    })
    afterEach(async () => {
      client?.kill()
      await network.close()
    })

    /** @param {string} over */
    const connect = (over) => {
      client = startClient({
        library,
        implementation: over,
        url: `${scheme}://127.0.0.1:${network.port}${path}`,
      })
      return client
    }

    /** @param {string} over */
    async function inUse(over) {
      const client = connect(over)
      await client.roundTrip()
      expect(network.counts()).toEqual({ accepted: 1, live: 1, most: 1 })
      return client
    }

    /** @param {import('./client-process.js').ClientProcess} client */
    async function leavesNothing(client) {
      await client.dispose()
      // No timer and no handle keeps the process, so no attempt can follow either.
      expect(await client.ended()).toEqual({ code: 0, complaints: '' })
      await network.until(({ live }) => live === 0)
    }

    it('B123 is used again after a reset, over one connection at a time, and leaves nothing behind', async () => {
      const client = await inUse(implementation)
      network.reset()
      await network.until(({ accepted }) => accepted === 2)
      await client.roundTrip()
      expect(network.counts()).toEqual({ accepted: 2, live: 1, most: 1 })
      await leavesNothing(client)
      expect(network.counts()).toEqual({ accepted: 2, live: 0, most: 1 })
    })

    it.skipIf(implementation !== 'hawser')(
      `B123 is used again after its connection went dead without a word, which ${
        found === 'heartbeat' ? "Hawser's heartbeat" : 'the library'
      } found`,
      async () => {
        const client = await inUse(implementation)
        network.stall()
        await network.until(({ accepted }) => accepted === 2)
        expect(await client.lost()).toEqual([found])
        await client.roundTrip()
        expect(network.counts()).toEqual({ accepted: 2, live: 1, most: 1 })
        await leavesNothing(client)
        expect(network.counts()).toEqual({ accepted: 2, live: 0, most: 1 })
      },
    )

    it.skipIf(implementation !== 'hawser')(
      'B123 is disposed while its connection is dead, and waits for no answer',
      async () => {
        const client = await inUse(implementation)
        network.stall()
        await leavesNothing(client)
        expect(network.counts()).toEqual({ accepted: 1, live: 0, most: 1 })
      },
    )

    it(`B123 with a class that reconnects as well, ${whereBothReconnect}`, async () => {
      const client = await inUse(reconnecting)
      if (server.goAway) server.goAway()
      else network.reset()
      await network.until(({ accepted, live }) =>
        whereBothReconnect === 'has one connection' ? accepted === 2 : live === 2,
      )
      await client.roundTrip()
      if (whereBothReconnect !== 'leaves a second connection behind') {
        await leavesNothing(client)
        return expect(network.counts().most).toBe(whereBothReconnect === 'has one connection' ? 1 : 2)
      }
      await client.dispose()
      await network.until(({ live }) => live === 1)
      // Nobody wants that one any more, and it comes again all the same.
      const { accepted } = network.counts()
      network.reset()
      await network.until((counts) => counts.accepted > accepted)
    })
  })
}
