// The line about the connection: how it is, when it is tried again, and what waits.

import type { SocketState } from '@hawser/core'
import { useSocket, useSocketState } from '@hawser/react'
import { useEffect, useState } from 'react'
import { count } from './count'
import { linkOf } from './link'

export function StatusLine({ onRetry }: { onRetry: () => void }) {
  const state = useSocketState()
  const { queued, connect } = useSocket()
  const canRetry = ['waiting', 'suspended', 'unauthorized', 'closed'].includes(state.status)

  function retry() {
    connect()
    onRetry()
  }

  return (
    <>
      <div className="status">
        <p>
          <Connection state={state} />
          {queued > 0 && `, ${count(queued, 'message')} waiting`}
        </p>
        {canRetry && (
          <button type="button" onClick={retry}>
            Try now
          </button>
        )}
      </div>
      {/* The line above counts down each second; a screen reader hears only of what changed. */}
      <p className="unseen" role="status">
        {ANNOUNCED[linkOf(state)]}
      </p>
    </>
  )
}

const ANNOUNCED = {
  starting: '',
  up: 'Connected.',
  down: 'No connection. What you write waits until the server is back.',
}

function Connection({ state }: { state: SocketState }) {
  switch (state.status) {
    case 'idle':
      return 'Connecting'
    case 'connecting':
      return state.attempt === 0 ? 'Connecting' : 'No connection: trying now'
    case 'open':
      return state.suspect ? 'Connected, but nothing is heard' : 'Connected'
    case 'waiting':
      return <Countdown until={state.retryAt} />
    case 'suspended':
      return `No connection while ${state.why}`
    case 'unauthorized':
      return 'The server does not let you in'
    case 'closing':
    case 'closed':
      return 'Not connected'
  }
}

/** A component of its own, so that nothing else is rendered with each second. */
function Countdown({ until }: { until: number }) {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250)
    return () => clearInterval(timer)
  }, [])
  return `No connection: retrying in ${Math.max(1, Math.ceil((until - now) / 1_000))} s`
}
