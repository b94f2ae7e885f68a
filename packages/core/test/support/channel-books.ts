// A server's books of channels for tests: members, histories with positions, and answers. Frames are plain objects.

import type { ChannelEvent, Position } from '../../src/channels'

export interface ClientFrame {
  readonly type: 'subscribe' | 'unsubscribe' | 'publish'
  readonly channel: string
  readonly ref: string
  readonly since?: Position
  readonly payload?: unknown
  readonly message?: unknown
}

interface Channel<Client> {
  readonly members: Map<Client, string>
  last: number
  history: ChannelEvent[]
}

/** More than any test publishes while a connection is broken. */
const most = 20_000

export class ChannelBooks<Client> {
  /** How many messages of each channel it keeps. */
  remember: number
  #epoch = 1
  readonly #channels = new Map<string, Channel<Client>>()

  constructor(remember = most) {
    this.remember = remember
  }

  get epoch(): string {
    return `e${this.#epoch}`
  }

  #open(name: string) {
    const channel: Channel<Client> = this.#channels.get(name) ?? { members: new Map(), last: 0, history: [] }
    this.#channels.set(name, channel)
    return channel
  }

  /** Puts the client in, and gives the answer and what it missed. Throws where it is in already: nobody asks twice. */
  subscribe(client: Client, { channel: name, ref, since }: ClientFrame): ChannelEvent[] {
    const { members, last, history } = this.#open(name)
    if (members.has(client)) throw new Error(`subscribed twice to ${name} on one connection`)
    members.set(client, ref)
    const kept = history.slice(-this.remember || history.length)
    const isKnown = since?.epoch === this.epoch && since.offset >= last - kept.length && since.offset <= last
    const offset = isKnown ? since.offset : last
    return [
      { type: 'subscribed', channel: name, ref, position: { epoch: this.epoch, offset } },
      ...history.slice(history.length - (last - offset)),
    ]
  }

  /** Says whether the client was in by this very subscription. */
  unsubscribe(client: Client, { channel: name, ref }: ClientFrame): boolean {
    const members = this.#channels.get(name)?.members
    return members?.get(client) === ref && !!members?.delete(client)
  }

  /** Gives the frame and who is to be sent it. */
  publish(name: string, message: unknown): { frame: ChannelEvent; clients: Client[] } {
    const channel = this.#open(name)
    const frame: ChannelEvent = {
      type: 'published',
      channel: name,
      position: { epoch: this.epoch, offset: ++channel.last },
      message,
    }
    channel.history.push(frame)
    if (channel.history.length > most) channel.history.shift()
    return { frame, clients: [...channel.members.keys()] }
  }

  /** Puts a member out. Gives its ref. */
  remove(client: Client, name: string): string | undefined {
    const members = this.#channels.get(name)?.members
    const ref = members?.get(client)
    members?.delete(client)
    return ref
  }

  /** Its connection ended. */
  leave(client: Client): void {
    for (const { members } of this.#channels.values()) members.delete(client)
  }

  /** Forgets the histories, and begins new ones. */
  restart(): void {
    this.#epoch++
    for (const channel of this.#channels.values()) Object.assign(channel, { last: 0, history: [] })
  }

  /** The channels that a client is in. */
  of(client: Client): string[] {
    return [...this.#channels].filter(([, { members }]) => members.has(client)).map(([name]) => name)
  }

  lastOf(name: string): number {
    return this.#channels.get(name)?.last ?? 0
  }
}
