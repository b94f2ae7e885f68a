// A client that sends numbered messages of all sizes, at changing rates, for as long as it is told to, and then says what
// became of them. It runs in Node and in pages: the library and the platform are given to it.

import type * as Hawser from '../../src/index'
import { seeded, spreadOver } from './random.ts'

/** How arrival is confirmed. */
export const modes = ['none', 'pongs', 'acks'] as const
export type Mode = (typeof modes)[number]

export interface TrafficOptions {
  readonly url: string
  readonly mode: Mode
  /** With pongs: the library puts an id into each message, where the app's own number would do as well. */
  readonly hasIds: boolean
  readonly seed: number
  readonly environment?: Partial<Hawser.Environment>
}

/** What the client knows, in plain JSON. The messages are numbered from 0 to `sent` - 1. */
export interface Account {
  readonly sent: number
  /** Those that were dropped, and how often the socket told so, by the code. */
  readonly dropped: readonly number[]
  readonly drops: Readonly<Record<string, number>>
  /** Receipts that are neither settled nor dropped though all of their promises are. */
  readonly unsettled: number
  /** At each close: all messages below this number had been handed over, and so many were said to be uncertain. */
  readonly closes: readonly { readonly handed: number; readonly uncertain: number; readonly origin: string }[]
  /** Closes at which there had been bytes in the transport's buffer a moment before. */
  readonly full: number
  /** Messages that the app was told of: the server says nothing to it. */
  readonly heard: number
  readonly errors: readonly string[]
}

export interface Traffic {
  /** Sends nothing new any more, waits until every receipt is settled, and closes. */
  finish(): Promise<Account>
  /** For whoever looks into a run that came to a halt. */
  describe(): string
}

const filling = 'x'.repeat(100_000)
/** So much may wait: nothing is dropped for want of room. */
const roomy = { maxMessages: 1e6, maxBytes: 1e9 }
/** Beyond so many bytes waiting, or messages not settled, no more are made. */
const enough = { bytes: 2_000_000, messages: 3_000 }

export function startTraffic(
  hawser: typeof Hawser,
  { url, mode, hasIds, seed, environment }: TrafficOptions,
): Traffic {
  const random = seeded(seed)
  const confirms = mode !== 'none'
  let pings = 0
  const socket = hawser.createSocket(url, {
    codec: hawser.json(),
    queue: hawser.offlineQueue({ ...roomy, ...confirmation(hawser, mode, hasIds) }),
    // So short that a dead connection is noticed soon, and so long that a busy machine mostly answers.
    heartbeat: hawser.heartbeat({
      interval: 100,
      timeout: 400,
      ping: () => ({ type: 'ping', number: ++pings }),
      isPong: (message: any, ping: any) =>
        message?.type === 'pong' && (!ping || message.number === ping.number),
    }),
    retryDelay: () => random() * 10,
    closeTimeout: 500,
    ...(environment && { environment }),
  })

  const receipts: Hawser.Receipt[] = []
  const promises: Promise<void>[] = []
  const outcome = (receipt: Hawser.Receipt) => (confirms ? receipt.confirmed : receipt.sent)
  const closes: Account['closes'][number][] = []
  const drops: Record<string, number> = {}
  const errors: string[] = []
  let heard = 0
  let handed = 0
  let settled = 0
  let buffered = 0
  let full = 0
  socket.on('message', () => heard++)
  socket.on('error', ({ code, message }) => errors.push(`${code}: ${message}`))
  socket.on('drop', ({ error: { code } }) => {
    drops[code] = (drops[code] ?? 0) + 1
  })
  socket.on('close', ({ uncertain, origin }) => {
    while (handed < receipts.length && receipts[handed]?.status !== 'queued') handed++
    closes.push({ handed, uncertain: uncertain.messages, origin })
    if (buffered > 0) full++
    buffered = 0
  })

  const send = (size: number) => {
    const receipt = socket.send({ n: receipts.length, filling: filling.slice(0, Math.max(0, size - 20)) })
    receipts.push(receipt)
    // Half of the promises are asked for at once, the others when all is over.
    if (receipts.length % 2) promises.push(outcome(receipt))
  }
  const isBusy = () => {
    while (receipts[settled] && isSettled(receipts[settled] as Hawser.Receipt, confirms)) settled++
    return socket.queue.get().bytes > enough.bytes || receipts.length - settled > enough.messages
  }
  /** A phase lasts some ticks, and has a most of bytes for each. */
  let ticks = 0
  let most = 0
  let timer: ReturnType<typeof setTimeout>
  const tick = () => {
    timer = setTimeout(tick, 2 + random() * 6)
    buffered = socket.transport?.bufferedAmount ?? buffered
    if (ticks-- <= 0) {
      ticks = random() * 30
      most = spreadOver(random, 50, 150_000)
    }
    for (let bytes = 0; bytes < most && !isBusy(); ) {
      const size = spreadOver(random, 20, 100_000)
      send(size)
      bytes += size
    }
  }
  socket.connect()
  tick()

  return {
    describe() {
      const { readyState, bufferedAmount } = socket.transport ?? {}
      const state = socket.state.get()
      return JSON.stringify({
        state,
        queue: socket.queue.get(),
        readyState,
        bufferedAmount,
        sent: receipts.length,
      })
    },
    async finish() {
      clearTimeout(timer)
      receipts.forEach((receipt, index) => {
        if (index % 2) promises.push(outcome(receipt))
      })
      await Promise.allSettled(promises)
      await socket.close(1000, '', { drain: 10_000 })
      return {
        sent: receipts.length,
        dropped: receipts.flatMap(({ status }, n) => (status === 'dropped' ? n : [])),
        drops,
        unsettled: receipts.filter((receipt) => !isSettled(receipt, confirms)).length,
        closes,
        full,
        heard,
        errors,
      }
    },
  }
}

function isSettled({ status }: Hawser.Receipt, confirms: boolean): boolean {
  return status === 'dropped' || status === 'confirmed' || (status === 'sent' && !confirms)
}

function confirmation({ acks, pongs }: typeof Hawser, mode: Mode, hasIds: boolean) {
  if (mode === 'none') return {}
  if (mode === 'pongs') return { confirm: pongs(hasIds ? { id: 'id' } : {}) }
  return { confirm: acks({ id: 'id', isAck: (message: any) => message.type === 'ack' && message.ids }) }
}
