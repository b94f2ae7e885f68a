// What a socket is doing, in one word and a half sentence.

import type { CloseInfo, SocketState } from '@hawser/core'

/** How a state looks: each tone has a colour, a pattern and a shape of its own. */
export type Tone = 'off' | 'busy' | 'up' | 'wait' | 'stop'

export interface Words {
  readonly tone: Tone
  readonly word: string
  readonly detail: string
}

export const tones: { readonly [S in SocketState['status']]: Tone } = {
  idle: 'off',
  connecting: 'busy',
  open: 'up',
  waiting: 'wait',
  suspended: 'wait',
  unauthorized: 'stop',
  closing: 'busy',
  closed: 'stop',
}

export const stateNames: { readonly [S in SocketState['status']]: string } = {
  idle: 'Idle',
  connecting: 'Connecting',
  open: 'Connected',
  waiting: 'Retrying',
  suspended: 'Suspended',
  unauthorized: 'Refused',
  closing: 'Closing',
  closed: 'Closed',
}

/** @param now ms since the epoch */
export function describe(state: SocketState, now: number): Words {
  return { tone: tones[state.status], word: stateNames[state.status], detail: detailOf(state, now) }
}

function detailOf(state: SocketState, now: number): string {
  switch (state.status) {
    case 'idle':
      return 'not asked to connect yet'
    case 'connecting':
      return phases[state.phase]
    case 'open':
      return `for ${duration(now - state.since)}`
    case 'waiting':
      return `${countdown(state.retryAt, now)}: ${reason(state.cause)}`
    case 'suspended':
      return state.why
    case 'unauthorized':
      return 'a fresh token was refused too, so nothing is tried'
    case 'closing':
      return ''
    case 'closed':
      return `${reason(state.cause)}, which says not to come back`
    default:
      return state satisfies never
  }
}

const phases = {
  credentials: 'asking for a token',
  transport: 'opening a connection',
  handshake: 'showing the token',
} as const

/** Why a connection or an attempt ended. */
function reason({ origin, code, reason }: CloseInfo): string {
  if (origin === 'heartbeat') return 'no answer to a ping'
  if (origin === 'timeout') return 'nobody answered'
  if (origin === 'auth') return 'the token was refused'
  if (origin === 'server') return `closed with ${code}${reason && ` “${reason}”`}`
  return code === 1006 ? 'connection lost' : `closed with ${code}`
}

export function countdown(until: number, now: number): string {
  const left = Math.ceil((until - now) / 1000)
  return left > 0 ? `in ${left} s` : 'now'
}

/** In whole seconds and minutes, as it is said. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

export const milliseconds = (ms: number | undefined) =>
  ms === undefined ? '–' : `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`

export const grouped = (value: number) => value.toLocaleString('en').replaceAll(',', '\u202f')
