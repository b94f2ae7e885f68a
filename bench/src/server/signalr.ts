// As much of a SignalR server as keeps a client alive, written for the benchmark: it accepts every handshake of the hub
// protocol in JSON and pings as often as ASP.NET Core does by default.

import type { WebSocket } from 'ws'

/** Ends each message of the protocol. */
const end = '\u001e'
/** `KeepAliveInterval`, in milliseconds. */
const keepAlive = 15_000
const ping = `{"type":6}${end}`

export function greetSignalr(transport: WebSocket): void {
  let pings: NodeJS.Timeout | undefined
  transport.once('message', () => {
    transport.send(`{}${end}`)
    pings = setInterval(() => transport.send(ping), keepAlive)
  })
  transport.on('close', () => clearInterval(pings))
}
