// MQTT.js over the drop-in class, with Mosquitto.
import { clientOver } from './support/behaviour.js'
import { freePort, missing, startBroker } from './support/broker.js'

const start = () =>
  startBroker(async ({ write, run }) => {
    const [port, tcpPort] = await Promise.all([freePort(), freePort()])
    const config = await write(
      'mosquitto.conf',
      // Mosquitto 2.0.11 does not start without a listener for TCP.
      `allow_anonymous true
listener ${tcpPort} 127.0.0.1
listener ${port} 127.0.0.1
protocol websockets
`,
    )
    await run('mosquitto', ['-c', config], { port })
    return port
  })

clientOver('mqtt', {
  missing: missing('mosquitto', 'mosquitto'),
  start,
  whereBothReconnect: 'has one connection',
})
