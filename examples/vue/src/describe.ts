// A connection in words.

import type { SocketState } from '@hawser/core'

/** @param now in milliseconds since the epoch, for the countdown */
export function describe(state: SocketState, now: number): string {
  switch (state.status) {
    case 'idle':
      return 'Connecting'
    case 'connecting':
      return state.attempt === 0 ? 'Connecting' : 'No connection: trying now'
    case 'open':
      return state.suspect ? 'Connected, but nothing is heard' : 'Connected'
    case 'waiting':
      return `No connection: retrying in ${Math.max(1, Math.ceil((state.retryAt - now) / 1_000))} s`
    case 'suspended':
      return `No connection while ${state.why}`
    case 'unauthorized':
      return 'The server does not let you in'
    case 'closing':
    case 'closed':
      return 'Not connected'
  }
}
