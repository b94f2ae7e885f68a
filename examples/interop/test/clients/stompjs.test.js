// @stomp/stompjs over the drop-in class, with RabbitMQ's web-stomp.
import { join } from 'node:path'
import { clientOver } from './support/behaviour.js'
import { freePort, missing, startBroker } from './support/broker.js'

const start = () =>
  startBroker(async ({ folder, write, run }) => {
    const [port, epmdPort, nodePort] = await Promise.all([freePort(), freePort(), freePort()])
    const config = await write(
      'rabbitmq.conf',
      `listeners.tcp = none
stomp.listeners.tcp = none
web_stomp.tcp.ip = 127.0.0.1
web_stomp.tcp.port = ${port}
`,
    )
    const env = {
      ...process.env,
      HOME: folder,
      ERL_EPMD_PORT: `${epmdPort}`,
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_NODENAME: 'harbour@localhost',
      RABBITMQ_DIST_PORT: `${nodePort}`,
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_CONFIG_FILE: config,
      RABBITMQ_ENABLED_PLUGINS_FILE: await write('enabled_plugins', '[rabbitmq_web_stomp].'),
      RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
      RABBITMQ_LOG_BASE: join(folder, 'log'),
      RABBITMQ_LOGS: '-',
    }
    // RabbitMQ would start one that stays when it ends.
    await run('epmd', ['-address', '127.0.0.1'], { port: epmdPort, env })
    // Debian's command of that name asks for root.
    await run('/usr/lib/rabbitmq/bin/rabbitmq-server', [], { port, env })
    return port
  })

clientOver('stompjs', {
  missing: missing('rabbitmq-server', 'rabbitmq-server'),
  start,
  path: '/ws',
  found: 'user',
  whereBothReconnect: 'leaves a second connection behind',
})
