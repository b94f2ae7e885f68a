// useServer: what the server tells of itself, and the ways to break and mend it. Nothing here is needed for a chat.

import { onScopeDispose, ref, shallowRef } from 'vue'

export type Fault = 'kill' | 'restart' | 'reset' | 'stall' | 'resume'

interface ServerStats {
  readonly listening: boolean
  readonly stalled: boolean
  readonly connections: number
  readonly rooms: { readonly [name: string]: { readonly received: number; readonly doubles: number } }
}

export function useServer() {
  const stats = shallowRef<ServerStats>()
  const problem = ref<string>()
  let events: EventSource | undefined

  // A browser gives all windows together six connections to one host. Those that nobody sees give theirs back.
  function listen() {
    events?.close()
    if (document.hidden) return
    events = new EventSource('/control/events')
    events.onmessage = ({ data }) => {
      stats.value = JSON.parse(data)
      problem.value = undefined
    }
    events.onerror = () => {
      problem.value = 'Cannot be reached'
    }
  }

  listen()
  document.addEventListener('visibilitychange', listen)
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', listen)
    events?.close()
  })

  async function make(fault: Fault) {
    const response = await fetch(`/control/${fault}`, { method: 'POST' }).catch(() => undefined)
    if (!response?.ok) problem.value = response ? (await response.json()).error : 'Cannot be reached'
  }

  return { stats, problem, make }
}
