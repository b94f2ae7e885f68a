// A server of channels behind a proxy, as one thing, in plain JSON.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { ChannelBooks, type ClientFrame } from './channel-books.ts'
import { startProxy, type TestProxy } from './proxy.ts'
import { createWatch, type Watch } from './watch.ts'

/** Everything that can be counted, and waited for. */
export type ChannelCounts = ReturnType<TestProxy['counts']> & {
  readonly connections: number
  readonly open: number
  /** Subscriptions that were asked for; those that there are now. */
  readonly subscribes: number
  readonly subscribed: number
}

const gauges: ReadonlyArray<keyof ChannelCounts> = ['alive', 'open', 'subscribed']

export interface ChannelRigOptions {
  /** How many messages of each channel it keeps. @default more than any test publishes */
  readonly remember?: number
}

export interface ChannelRig extends Omit<TestProxy, 'port' | 'counts' | 'close'> {
  /** Where clients connect to: the proxy. */
  readonly url: string
  counts(): ChannelCounts
  until: Watch<ChannelCounts>['until']
  /** Publishes so many messages, each of them its own position. */
  publish(channel: string, count: number): void
  /** Goes on publishing, so many a second. 0: no more. */
  stream(channel: string, perSecond: number): void
  /** The position of the last message. */
  last(channel: string): number
  /** The channels of each open connection, the oldest first. */
  subscriptions(): string[][]
  /** What connections asked for, in order: `+a` or `-a`, by connection. */
  asked(): string[][]
  /** What went wrong in its books: a channel asked for twice on one connection, or left without being in. */
  faults(): string[]
  remember(count: number): void
  stop(): void
}

export async function startChannelRig({ remember }: ChannelRigOptions = {}): Promise<ChannelRig> {
  const books = new ChannelBooks<WebSocket>(remember)
  const asked = new Map<WebSocket, string[]>()
  const faults: string[] = []
  let timer: ReturnType<typeof setInterval> | undefined
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(sockets, 'listening')
  const open = () => [...asked.keys()].filter(({ readyState }) => readyState === WebSocket.OPEN)
  const counts = (): ChannelCounts => ({
    ...proxy.counts(),
    connections: asked.size,
    open: open().length,
    subscribes: [...asked.values()].flat().filter((what) => what.startsWith('+')).length,
    subscribed: open().flatMap((client) => books.of(client)).length,
  })
  const watch = createWatch(counts, gauges)
  const proxy = await startProxy((sockets.address() as AddressInfo).port, watch.changed)
  const send = (client: WebSocket, frame: object) => client.send(JSON.stringify(frame))

  sockets.on('connection', (client, request) => {
    request.socket.unref()
    asked.set(client, [])
    client.on('error', () => {})
    client.on('message', (data) => {
      const frame: ClientFrame = JSON.parse(String(data))
      const isSubscribe = frame.type === 'subscribe'
      asked.get(client)?.push(`${isSubscribe ? '+' : '-'}${frame.channel}`)
      try {
        if (isSubscribe) for (const answer of books.subscribe(client, frame)) send(client, answer)
        else if (!books.unsubscribe(client, frame)) faults.push(`left ${frame.channel}`)
      } catch (error) {
        faults.push(String(error))
      }
      watch.changed()
    })
    client.on('close', () => {
      books.leave(client)
      watch.changed()
    })
    watch.changed()
  })

  const publish = (channel: string, count: number) => {
    for (let n = 0; n < count; n++) {
      const { frame, clients } = books.publish(channel, books.lastOf(channel) + 1)
      for (const client of clients) send(client, frame)
    }
  }

  return {
    ...proxy,
    url: `ws://127.0.0.1:${proxy.port}/`,
    counts,
    until: watch.until,
    publish,
    stream(channel, perSecond) {
      clearInterval(timer)
      if (perSecond) timer = setInterval(() => publish(channel, Math.ceil(perSecond / 100)), 10)
      timer?.unref()
    },
    last: (channel) => books.lastOf(channel),
    subscriptions: () => open().map((client) => books.of(client)),
    asked: () => [...asked.values()],
    faults: () => faults,
    remember(count) {
      books.remember = count
    },
    stop() {
      clearInterval(timer)
      watch.stop()
      proxy.close()
      for (const client of sockets.clients) client.terminate()
      sockets.close()
    },
  }
}
