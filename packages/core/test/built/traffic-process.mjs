// Clients of the test of breaks in a process of their own, on the WebSocket of their runtime. It begins with their options;
// a client that is named finishes, and what it says of its messages comes back.
import * as hawser from '../../dist/index.js'
import { startTraffic } from '../support/traffic.ts'

/** @type {import('../support/traffic.ts').TrafficOptions[]} */
const options = JSON.parse(process.argv[2] ?? '[]')
const all = options.map((each) => startTraffic(hawser, each))

process.on('message', async (/** @type {number} */ index) => {
  process.send?.({ index, account: await all[index]?.finish() })
})
process.on('disconnect', () => process.exit())
