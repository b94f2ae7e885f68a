// NATS over the drop-in class, with nats-server.
import { clientOver } from './support/behaviour.js'
import { freePort, missing, startBroker } from './support/broker.js'

const start = () =>
  startBroker(async ({ write, run }) => {
    const port = await freePort()
    const config = await write(
      'nats.conf',
      // -1 is any free port: nobody comes by TCP.
      `listen: "127.0.0.1:-1"
websocket { listen: "127.0.0.1:${port}", no_tls: true }
`,
    )
    await run('nats-server', ['-c', config], { port })
    return port
  })

clientOver('nats', {
  missing: missing('nats-server', 'nats-server'),
  start,
  whereBothReconnect: 'has one connection',
})
