// The client of the network tests as a process of its own: it begins with options, and then takes commands.
import { WebSocket } from 'ws'
import * as hawser from '../../dist/index.js'
import { startClient } from './client.mjs'

/** @type {ReturnType<typeof startClient> | undefined} */
let client

process.on('message', (/** @type {[command: string, argument: any]} */ [command, argument]) => {
  if (command === 'start') {
    client = startClient(hawser, { ...argument, environment: { WebSocket } }, (fact) => process.send?.(fact))
  } else if (command === 'send') client?.send(argument)
  else client?.connect()
})
process.on('disconnect', () => process.exit())
