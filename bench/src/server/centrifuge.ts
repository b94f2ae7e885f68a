// As much of a Centrifugo server as keeps a client alive, written for the benchmark: it accepts every connect command of
// the JSON protocol and pings as often as Centrifugo does by default.

import type { WebSocket } from 'ws'

/** Seconds between two pings. The client adds its `maxServerPingDelay` and then gives the connection up. */
const ping = 25

export function greetCentrifuge(transport: WebSocket): void {
  let pings: NodeJS.Timeout | undefined
  transport.on('message', (frame) => {
    // Pongs are empty commands, and need no answer.
    for (const line of String(frame).split('\n')) {
      const command: { readonly id?: number; readonly connect?: unknown } = JSON.parse(line)
      if (!command.connect) continue
      const connect = { client: 'bench', version: '', ping, pong: true }
      transport.send(JSON.stringify({ id: command.id, connect }))
      pings ??= setInterval(() => transport.send('{}'), ping * 1_000)
    }
  })
  transport.on('close', () => clearInterval(pings))
}
