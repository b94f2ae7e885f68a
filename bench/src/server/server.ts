// The other side of every real connection, in a process of its own: `ws` for all, and socket.io on `ws` for its client.
// Both ports do the same work through the same lines below. Two more ports keep connections alive in the protocols of
// Centrifugo and SignalR, and can do nothing else.
//
// Messages that begin with `!` are orders:
//   !count N   say `done` when N more messages have come in
//   !flood N   send N messages of 100 characters
//   !numbered N   the same, each beginning with its number, from 0
//   !acks      acknowledge what comes in as JSON from now on, by its id: once for 256 messages, or after 2 ms
//   !slow      rest first, then read this connection slowly
// Any other message that is not counted is sent back; `ping` is answered with `pong`.

import { createServer } from 'node:http'
import type { AddressInfo, Socket as TcpSocket } from 'node:net'
import { Server } from 'socket.io'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Contender } from '../contenders/contender'
import { endWithParent } from '../process'
import { greetCentrifuge } from './centrifuge'
import { greetSignalr } from './signalr'

export interface Ports extends Readonly<Record<Contender['speaks'], number>> {
  readonly type: 'ports'
}

endWithParent()

const text = 'x'.repeat(100)
const numbered = (n: number) => `${n} `.padEnd(100, 'x')
/** A slow reader rests so long at first, that the kernel's buffers are full and stay small; then after each sip. */
const firstRest = 300
const sip = 131_072
const rest = 5

interface Connection {
  readonly send: (data: string) => void
  readonly transport: WebSocket
}

/** Returns what is done with each message. */
function serve({ send, transport }: Connection): (data: string | Buffer) => void {
  let awaited = 0
  let slow = false
  let sipped = 0
  let acks = false
  let unacknowledged = 0
  let newest = ''
  let timer: NodeJS.Timeout | undefined

  function acknowledge() {
    clearTimeout(timer)
    timer = undefined
    unacknowledged = 0
    send(JSON.stringify({ ack: { upTo: JSON.parse(newest).id } }))
  }

  function note(message: string) {
    newest = message
    if (++unacknowledged === 256) acknowledge()
    else timer ??= setTimeout(acknowledge, 2)
  }

  function pause(milliseconds: number) {
    transport.pause()
    setTimeout(() => transport.resume(), milliseconds)
  }

  async function flood(count: number, message = (_: number) => text) {
    for (let sent = 0; sent < count; sent++) {
      send(message(sent))
      if (sent % 500 === 0) await writable(transport)
    }
  }

  function order(line: string) {
    const [name, count] = line.split(' ')
    if (name === '!count') awaited = Number(count)
    else if (name === '!flood') void flood(Number(count))
    else if (name === '!numbered') void flood(Number(count), numbered)
    else if (name === '!acks') acks = true
    else if (name === '!slow') {
      slow = true
      pause(firstRest)
    }
  }

  return (data) => {
    const isOrder = typeof data === 'string' ? data.startsWith('!') : data[0] === 33
    if (isOrder) return order(data.toString())
    if (slow) {
      sipped += data.length
      if (sipped > sip) {
        sipped = 0
        pause(rest)
      }
    }
    if (acks) note(data.toString())
    if (awaited === 0) return send(answer(data.toString()))
    if (--awaited === 0) send('done')
  }
}

const answer = (text: string) => (text === 'ping' ? 'pong' : text)

/** Gives the loop a turn, and the peer time while a megabyte is on its way. */
async function writable(transport: WebSocket) {
  do await new Promise((resolve) => setImmediate(resolve))
  while (transport.bufferedAmount > 1_000_000 && transport.readyState === transport.OPEN)
}

const tcp = new Set<TcpSocket>()

function listen(): ReturnType<typeof createServer> {
  const server = createServer()
  server.on('connection', (socket) => {
    tcp.add(socket)
    socket.on('close', () => tcp.delete(socket))
    socket.on('error', () => {})
  })
  return server
}

const plain = listen()
new WebSocketServer({ server: plain }).on('connection', (transport) => {
  const receive = serve({ send: (data) => transport.send(data), transport })
  transport.on('message', (data) => receive(data as Buffer))
  transport.on('error', () => {})
})

const framed = listen()
// A page is served from another port.
new Server(framed, { transports: ['websocket'], cors: { origin: '*' } }).on('connection', (socket) => {
  const transport = (socket.conn.transport as unknown as { socket: WebSocket }).socket
  const receive = serve({ send: (data) => socket.emit('message', data), transport })
  socket.on('message', receive)
})

function serveMinimal(greet: (transport: WebSocket) => void): ReturnType<typeof createServer> {
  const server = listen()
  new WebSocketServer({ server }).on('connection', (transport) => {
    greet(transport)
    transport.on('error', () => {})
  })
  return server
}

process.on('message', (order: { type: string }) => {
  if (order.type !== 'reset') return
  for (const socket of tcp) socket.resetAndDestroy()
  process.send?.({ type: 'was-reset' })
})

const port = (server: typeof plain) =>
  new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', 511, () => resolve((server.address() as AddressInfo).port)),
  )
const ports: Ports = {
  type: 'ports',
  ws: await port(plain),
  'socket.io': await port(framed),
  centrifuge: await port(serveMinimal(greetCentrifuge)),
  signalr: await port(serveMinimal(greetSignalr)),
}
process.send?.(ports)
