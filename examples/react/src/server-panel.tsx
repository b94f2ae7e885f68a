// The buttons that break the server and mend it.

import { count } from '../../server/chat/words.js'
import { useServer } from './use-server'

export function ServerPanel({ room }: { room: string }) {
  const { stats, problem, make } = useServer()
  const { listening = true, stalled = false, connections = 0 } = stats ?? {}
  const { received = 0, doubles = 0 } = stats?.rooms[room] ?? {}
  const state = !listening ? 'Down' : stalled ? 'Hangs' : `Up, ${count(connections, 'connection')}`

  return (
    <aside className="card server" aria-labelledby="server-title">
      <h2 id="server-title">The server</h2>
      <p className="hint" role="status">
        {problem ?? (stats && state)}
      </p>
      <div className="faults">
        <button
          type="button"
          className={listening ? 'danger' : undefined}
          aria-describedby="about-power"
          onClick={() => make(listening ? 'kill' : 'restart')}
        >
          {listening ? 'Kill server' : 'Restart server'}
        </button>
        <p id="about-power" className="hint">
          {listening
            ? 'Stops listening and drops every connection, as if the process had died.'
            : 'Listens again, on the same port.'}
        </p>
        <button
          type="button"
          aria-describedby="about-reset"
          disabled={!listening}
          onClick={() => make('reset')}
        >
          Reset<span className="wide"> connections</span>
        </button>
        <p id="about-reset" className="hint">
          Cuts every connection. The server goes on.
        </p>
        <button
          type="button"
          aria-describedby="about-stall"
          disabled={!listening}
          onClick={() => make(stalled ? 'resume' : 'stall')}
        >
          {stalled ? 'Resume' : 'Stall'}
        </button>
        <p id="about-stall" className="hint">
          {stalled
            ? 'Reads again, and answers what came meanwhile.'
            : 'Connections stay open, but nobody reads them. Only the heartbeat can tell.'}
        </p>
      </div>
      <p className="hint counted">
        Counted at the server: {count(received, 'message')}, {count(doubles, 'double')}
      </p>
    </aside>
  )
}
