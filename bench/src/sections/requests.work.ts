// Beside the contender: requests and their answers on an open socket in memory, one after the other.

import { createSocket, json } from '@hawser/core'
import { createRequests } from '@hawser/core/requests'
import type { Bench } from '../hosts/host'
import { MemorySocket, memorySockets } from '../memory-socket'

/** Keeps what was sent last: its answer has to bear the same id. */
class Keeping extends MemorySocket {
  last = ''

  override send(data: string): void {
    this.last = data
    super.send(data)
  }
}

const payload = { user: 12, text: 'payload of the benchmark'.padEnd(60, '.') }
const text = JSON.stringify(payload)

/** One request and its answer. */
let pair: (socket: Keeping, answer: () => void) => Promise<unknown> | undefined
let open: Keeping
let answered = 0

export function prepare({ contender: _, name }: Bench, __: null): void {
  const made: Keeping[] = []
  const WebSocket = memorySockets(made as MemorySocket[], Keeping)
  if (name.startsWith('bare')) {
    const socket = new WebSocket('ws://127.0.0.1:9')
    let sequence = 0
    socket.onmessage = ({ data }) => {
      if (JSON.parse(data).payload.user === payload.user) answered++
    }
    pair = (_, answer) => {
      socket.send(JSON.stringify({ id: `bench-0-${++sequence}`, type: 'echo', payload }))
      answer()
      return undefined
    }
  } else {
    const socket = createSocket('ws://127.0.0.1:9', { environment: { WebSocket }, codec: json() })
    const requests = createRequests(socket)
    socket.connect()
    pair = (_, answer) => {
      const asked = requests.request<typeof payload>({ type: 'echo', payload })
      answer()
      return asked.then(({ user }) => {
        if (user === payload.user) answered++
      })
    }
  }
  open = made[0] as Keeping
}

/** The attempt is made in a later task. */
export function accept(): void {
  open.accept()
}

/** Nanoseconds for each request and its answer, until whoever asked has it. */
export async function ask(bench: Bench, { pairs }: { pairs: number }): Promise<number> {
  const socket = open
  const before = answered
  const answer = () => {
    const { last } = socket
    const id = last.slice(7, last.indexOf('"', 7))
    socket.deliver(bench.messageEvent(`{"id":"${id}","type":"reply","payload":${text}}`))
  }
  const start = performance.now()
  for (let n = 0; n < pairs; n++) {
    const asked = pair(socket, answer)
    if (asked) await asked
  }
  const nanoseconds = ((performance.now() - start) * 1e6) / pairs
  if (answered - before !== pairs) throw new Error(`${answered - before} were answered, not ${pairs}`)
  return nanoseconds
}
