// One component's hold on a shared socket, from mount to unmount.

import type { Given } from './given'
import type { SharedSocket } from './shared-socket'
import { isEnabled, isServer } from './target'

/** Goes over to another socket when something else is given. */
export class SocketHold {
  readonly #given: Given
  #shared: SharedSocket | undefined
  #release: (() => void) | undefined
  #isConnected = false

  /** @param given one for each component; what is in it may change */
  constructor(given: Given) {
    this.#given = given
  }

  /**
   * Holds the socket for what is given now. On a server nothing is held.
   *
   * @param from the one that the component has
   * @param isMounted `false`: kept, but not connected for this component yet
   */
  take(from: SharedSocket, isMounted = true): SharedSocket {
    if (isServer()) return from
    const given = this.#given
    const before = this.#shared
    const now = from.next(given)
    const isConnected = isMounted && isEnabled(given)
    if (now !== before || isConnected !== this.#isConnected || !this.#release) {
      this.release()
      this.#release = now.hold(given, isConnected)
    }
    this.#isConnected = isConnected
    this.#shared = now
    now.rendered(given)
    for (const left of [before, from]) if (left !== now) left?.leave()
    return now
  }

  release(): void {
    this.#release?.()
    this.#release = undefined
  }
}
