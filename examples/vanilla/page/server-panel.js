// The buttons that break the server and mend it. Nothing here is needed for a chat.
import { element } from './element.js'

/** @param {string} room */
export function startServerPanel(room) {
  let server = { listening: true, stalled: false }
  /** @type {EventSource | undefined} */
  let events

  element('power').onclick = () => make(server.listening ? 'kill' : 'restart')
  element('reset').onclick = () => make('reset')
  element('stall').onclick = () => make(server.stalled ? 'resume' : 'stall')

  // A browser gives all windows together six connections to one host. Those that nobody sees give theirs back.
  document.addEventListener('visibilitychange', listen)
  listen()

  function listen() {
    events?.close()
    if (document.hidden) return
    events = new EventSource('/control/events')
    events.onmessage = ({ data }) => show(JSON.parse(data))
    events.onerror = () => status('Cannot be reached')
  }

  /** @param {{ listening: boolean, stalled: boolean, connections: number, rooms: Record<string, any> }} told */
  function show(told) {
    server = told
    const { listening, stalled, connections } = told
    const { received = 0, doubles = 0 } = told.rooms[room] ?? {}
    status(!listening ? 'Down' : stalled ? 'Hangs' : `Up, ${count(connections, 'connection')}`)
    element('power').textContent = listening ? 'Kill server' : 'Restart server'
    element('power').classList.toggle('danger', listening)
    element('about-power').textContent = listening
      ? 'Stops listening and drops every connection, as if the process had died.'
      : 'Listens again, on the same port.'
    element('stall').textContent = stalled ? 'Resume' : 'Stall'
    element('about-stall').textContent = stalled
      ? 'Reads again, and answers what came meanwhile.'
      : 'Connections stay open, but nobody reads them. Only the heartbeat can tell.'
    element('counted').textContent =
      `Counted at the server: ${count(received, 'message')}, ${count(doubles, 'double')}`
    for (const id of ['reset', 'stall']) element(id).toggleAttribute('disabled', !listening)
  }
}

/** @param {string} fault */
async function make(fault) {
  const response = await fetch(`/control/${fault}`, { method: 'POST' }).catch(() => undefined)
  if (!response?.ok) status(response ? (await response.json()).error : 'Cannot be reached')
}

/** @param {string} text */
function status(text) {
  element('server-status').textContent = text
}

/**
 * @param {number} number
 * @param {string} noun
 */
function count(number, noun) {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
