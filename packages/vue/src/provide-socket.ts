// provideSocket: gives one socket to all components below.

import type { AnySocket } from '@hawser/core/bindings'
import { type MaybeRef, provide } from 'vue'
import { socketKey } from './injection'

/**
 * Makes `socket` what the composables find that are given none, in the components below this one. For setup. The nearest
 * one counts; it is neither connected nor closed: see `hawser`.
 *
 * @param socket also as a ref, such as `useSocket(url).socket`
 */
export function provideSocket(socket: MaybeRef<AnySocket>): void {
  provide(socketKey, socket)
}
