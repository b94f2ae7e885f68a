// The window: what was handed over and is not confirmed yet, in the order in which it went out.

import type { CloseInfo } from '../types'
import type { Message } from './message'
import { insertBefore, type Link, ring, takeOut } from './ring'

export interface WindowLimits {
  readonly messages: number
  readonly bytes: number
}

export class Window {
  messages = 0
  bytes = 0
  readonly #limits: WindowLimits
  readonly #ends: Link = ring()

  constructor(limits: WindowLimits) {
    this.#limits = limits
  }

  /** A message may always go out while nothing else is unconfirmed, however large it is. */
  get isFull(): boolean {
    return this.messages >= this.#limits.messages || this.bytes >= this.#limits.bytes
  }

  get first(): Message | undefined {
    const { next } = this.#ends
    return next === this.#ends ? undefined : (next as Message)
  }

  get last(): Message | undefined {
    const { previous } = this.#ends
    return previous === this.#ends ? undefined : (previous as Message)
  }

  add(message: Message): void {
    insertBefore(this.#ends, message)
    this.messages++
    this.bytes += message.size
  }

  remove(message: Message): void {
    takeOut(message)
    this.messages--
    this.bytes -= message.size
  }

  /** The message that goes by this id. Acks mostly come in the order of what they are for, so this mostly is the first. */
  find(id: number | string): Message | undefined {
    for (let link = this.#ends.next; link && link !== this.#ends; link = link.next) {
      if ((link as Message).isNamed(id)) return link as Message
    }
    return undefined
  }

  /** All of it. Empties the window. */
  takeAll(): Message[] {
    const messages: Message[] = []
    for (let { first } = this; first; first = this.first) {
      this.remove(first)
      messages.push(first)
    }
    return messages
  }

  /** What is uncertain if the transport ends now, but for these messages, which are certain not to have left. */
  uncertain(tail: readonly Message[]): CloseInfo['uncertain'] {
    const messages = this.messages - tail.length
    return { messages, bytes: tail.reduce((bytes, { size }) => bytes - size, this.bytes) }
  }
}
