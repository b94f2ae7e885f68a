// Beside the contender: sends and receives on an open socket in memory, in one tight loop each.

import type { Bench } from '../hosts/host'
import { connectedInMemory, texts, until } from './connect'

let open: Awaited<ReturnType<typeof connectedInMemory>>
let events: readonly unknown[]
let received = 0
let receivedLength = 0

export async function prepare(bench: Bench, _: null): Promise<void> {
  open = await connectedInMemory(bench)
  open.client.onMessage = (data) => {
    received++
    receivedLength += data.length
  }
  const { frame = (text) => text } = bench.contender
  events = texts.map((text) => bench.messageEvent(frame(text)))
}

/** Nanoseconds per message, until the last one is in the socket. */
export async function send(bench: Bench, { messages }: { messages: number }): Promise<number> {
  const { client, socket } = open
  const before = socket.sent
  const start = performance.now()
  for (let sent = 0; sent < messages; sent += burst) {
    for (let index = 0; index < burst; index++) client.send(texts[index & 63] as string)
    // Only for those that hand messages over in a later task.
    if (socket.sent - before < sent + burst) await until(bench, () => socket.sent - before === sent + burst)
  }
  const nanoseconds = ((performance.now() - start) * 1e6) / messages
  if (socket.sent - before !== messages)
    throw new Error(`${socket.sent - before} messages were sent, not ${messages}`)
  return nanoseconds
}

const burst = 1_000

/** Nanoseconds per message, from the transport's event to the app. */
export async function receive(bench: Bench, { messages }: { messages: number }): Promise<number> {
  const { socket } = open
  const before = received
  const start = performance.now()
  for (let index = 0; index < messages; index++) socket.deliver(events[index & 63])
  if (received - before < messages) await until(bench, () => received - before === messages)
  const nanoseconds = ((performance.now() - start) * 1e6) / messages
  if (received - before !== messages || receivedLength !== received * 100)
    throw new Error('Messages went astray.')
  return nanoseconds
}
