// What a lane is to the page: a name, its notes, and what is known of its connection.

import type { InspectEvent, Socket } from '@hawser/core'
import type { ClientMessage, ServerMessage } from '../../protocol'
import { LaneRecord } from '../model/lane-record'
import { createTally, nothing } from '../model/tally'
import { createSource } from '../page/store'

/** What is read of a connection ten times a second. */
export interface Gauge {
  waiting(): number
  buffered(): number
}

export type LaneId = 'script' | 'react' | 'vue' | 'other'
export type Note = Extract<ClientMessage, { type: 'note' }>

interface LaneOptions {
  readonly id: LaneId
  readonly name: string
  /** @default `name` */
  readonly short?: string
  readonly about: string
}

export class Lane {
  readonly id: LaneId
  readonly name: string
  /** For where there is little room. */
  readonly short: string
  readonly about: string
  /** New at each page load, so that the server counts from 1. */
  readonly client: string
  readonly record = new LaneRecord()
  readonly tally = createSource(nothing)
  readonly count = createTally()
  latency: number | undefined
  sent = 0
  gauge: Gauge = { waiting: () => 0, buffered: () => 0 }

  constructor({ id, name, short = name, about }: LaneOptions) {
    this.id = id
    this.name = name
    this.short = short
    this.about = about
    this.client = `${id}-${crypto.randomUUID().slice(0, 8)}`
  }

  nextNote(): Note {
    this.sent++
    return { type: 'note', client: this.client, n: this.sent }
  }

  isOwn = (message: ServerMessage): message is Note =>
    message.type === 'note' && message.client === this.client

  /** The option `inspect`: everything that the timeline shows of a Hawser socket but the pings. */
  inspect = (event: InspectEvent): void => {
    if (event.type === 'state') this.record.enter(event.state.status, event.at)
    if (event.type === 'attempt') this.record.mark('attempt', event.at)
    if (event.type === 'latency') {
      this.latency = event.latency
      this.record.mark('pong', event.at)
    }
  }

  /** Reads the gauge from this socket from now on. */
  follow(socket: Socket<ServerMessage, ClientMessage>): void {
    this.gauge = {
      waiting: () => socket.queue.get().messages,
      buffered: () => socket.transport?.bufferedAmount ?? 0,
    }
  }
}

export const lanes = {
  script: new Lane({
    id: 'script',
    name: 'Plain script',
    short: 'Script',
    about: 'window.Hawser, from a script tag',
  }),
  react: new Lane({ id: 'react', name: 'React', about: 'useSocket, useSend of @hawser/react' }),
  vue: new Lane({ id: 'vue', name: 'Vue', about: 'useSocket, useSend of @hawser/vue' }),
  other: new Lane({
    id: 'other',
    name: 'reconnecting-websocket',
    short: 'Other',
    about: 'for comparison, with auth and an outbox by hand',
  }),
}

export const allLanes: readonly Lane[] = Object.values(lanes)
