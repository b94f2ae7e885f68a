// The SignalR client over WebSockets without negotiation. Its server is a minimal one, written for the benchmark.

import { HttpTransportType, HubConnectionBuilder, LogLevel } from '@microsoft/signalr'
import { MemorySocket } from '../memory-socket'
import type { Contender } from './contender'

/** Says what a server says before the first message: that the handshake is accepted. */
class GreetingSocket extends MemorySocket {
  private greeted = false

  override send(data: string): void {
    if (this.greeted) return super.send(data)
    this.greeted = true
    // Not in the same task, as no server could.
    setTimeout(() => this.deliver({ data: '{}\u001e' }), 0)
  }
}

export default {
  speaks: 'signalr',
  queues: false,
  reconnects: true,
  note: 'withAutomaticReconnect, against a minimal server written for the benchmark, which pings every 15 s as ASP.NET Core does',
  memory: GreetingSocket,
  connect({ url, WebSocket, onOpen, onMessage }) {
    // It takes a class, but its types know of none.
    const options = { transport: HttpTransportType.WebSockets, skipNegotiation: true, WebSocket }
    const connection = new HubConnectionBuilder()
      .withUrl(url.replace('ws:', 'http:'), options)
      .withAutomaticReconnect()
      // It tells of each break.
      .configureLogging(LogLevel.None)
      .build()
    connection.on('message', onMessage)
    connection.onreconnected(onOpen)
    void connection.start().then(onOpen)
    return { send: (data) => void connection.send('message', data), close: () => void connection.stop() }
  },
} satisfies Contender
