// useServer: what the server tells of itself, and the ways to break and mend it. Nothing here is needed for a chat.

import { useEffect, useState } from 'react'

export type Fault = 'kill' | 'restart' | 'reset' | 'stall' | 'resume'

interface ServerStats {
  readonly listening: boolean
  readonly stalled: boolean
  readonly connections: number
  readonly rooms: { readonly [name: string]: { readonly received: number; readonly doubles: number } }
}

export function useServer() {
  const [stats, setStats] = useState<ServerStats>()
  const [problem, setProblem] = useState<string>()

  useEffect(() => {
    let events: EventSource | undefined

    // A browser gives all windows together six connections to one host. Those that nobody sees give theirs back.
    function listen() {
      events?.close()
      if (document.hidden) return
      events = new EventSource('/control/events')
      events.onmessage = ({ data }) => {
        setStats(JSON.parse(data))
        setProblem(undefined)
      }
      events.onerror = () => setProblem('Cannot be reached')
    }

    listen()
    document.addEventListener('visibilitychange', listen)
    return () => {
      document.removeEventListener('visibilitychange', listen)
      events?.close()
    }
  }, [])

  async function make(fault: Fault) {
    const response = await fetch(`/control/${fault}`, { method: 'POST' }).catch(() => undefined)
    if (!response?.ok) setProblem(response ? (await response.json()).error : 'Cannot be reached')
  }

  return { stats, problem, make }
}
