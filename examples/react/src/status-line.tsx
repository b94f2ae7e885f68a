// The line about the connection: how it is, when it is tried again, and what waits.

import type { SocketState } from '@hawser/core'
import { useSocket, useSocketState } from '@hawser/react'
import { useEffect, useState } from 'react'
import { ANNOUNCED, count, describe, linkOf } from '../../server/chat/words.js'

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

function Connection({ state }: { state: SocketState }) {
  return state.status === 'waiting' ? <Countdown state={state} /> : describe(state)
}

/** A component of its own, so that nothing else is rendered with each second. */
function Countdown({ state }: { state: SocketState }) {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250)
    return () => clearInterval(timer)
  }, [])
  return describe(state, now)
}
