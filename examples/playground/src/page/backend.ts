// What the page asks of its server: tokens, faults, and what was counted.

import type { Summary } from '../../protocol'
import { createSource } from './store'

/** What the server counted and what is broken; `undefined` before it was told. */
export const summary = createSource<Summary | undefined>(undefined)
/** Whether the page hears from its own server, which stays up whatever the buttons break. */
export const isHeard = createSource(true)

/** @param client whose connections the server shall count as made with this token */
export async function getToken(
  client: string,
  signal?: AbortSignal,
): Promise<{ token: string; expiresAt: number }> {
  const response = await fetch(`/token?client=${client}`, { method: 'POST', ...(signal && { signal }) })
  if (!response.ok) throw new Error(`The playground's server gave no token (${response.status}).`)
  return response.json()
}

/** @returns the address of the WebSocket endpoint */
export async function getSocketUrl(): Promise<string> {
  return (await (await fetch('/config')).json()).url
}

/**
 * What comes of it is told by the events alone: an answer could come after an event that is newer.
 *
 * @param fault such as `kill`, or `close?code=1012`
 */
export async function control(fault: string): Promise<void> {
  try {
    await fetch(`/control/${fault}`, { method: 'POST' })
  } catch {
    isHeard.set(false)
  }
}

export function follow(): void {
  const events = new EventSource('/control/events')
  events.onopen = () => isHeard.set(true)
  events.onerror = () => isHeard.set(false)
  events.onmessage = ({ data }) => summary.set(JSON.parse(data))
}
