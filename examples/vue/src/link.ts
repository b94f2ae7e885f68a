// What people need to know of a connection, in one word.

import type { SocketState } from '@hawser/core'

export type Link = 'starting' | 'up' | 'down'

export function linkOf(state: SocketState): Link {
  if (state.status === 'open') return 'up'
  const isFirst = state.status === 'idle' || (state.status === 'connecting' && state.attempt === 0)
  return isFirst ? 'starting' : 'down'
}
