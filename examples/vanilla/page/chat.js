// The chat over one Hawser socket: all that this page has to know of connections is in this file.
import { ClientMessage, ServerMessage } from '@hawser/example-server/messages'

const { acks, createSocket, heartbeat, json, offlineQueue, tokenAuth } = Hawser

/**
 * @param {{ name: string, room: string, view: import('./view.js').View }} options
 */
export function startChat({ name, room, view }) {
  /**
   * Of our messages those whose fate is not settled.
   * @type {Map<string, import('@hawser/core').Receipt>}
   */
  const receipts = new Map()
  /** @type {string | undefined} */
  let lastSeen

  const socket = createSocket(chatAddress, {
    // Asked for at each connect, unless the token at hand is still good. Nothing else goes out before the welcome.
    auth: tokenAuth({
      getToken: ({ signal }) => fetchToken(name, signal),
      attach: 'message',
      isAccepted: is('welcome'),
      isRejected: is('refused'),
    }),

    // Both directions are checked; what does not fit is an `error`, and the connection lives on.
    codec: json({ incoming: ServerMessage, outgoing: ClientMessage }),

    // A message may wait ten minutes. Later nobody would understand it any more. What the room does not say it has goes
    // out again after a break, and the server leaves doubles out. All that says so is for the page, too.
    queue: offlineQueue({ ttl: 10 * 60_000, confirm: acks({ isAck: arrivalsIn, deliver: true }) }),

    // A server that hangs closes nothing: silence is all there is to notice. Short, so that one can watch it.
    heartbeat: heartbeat({ interval: 5_000, timeout: 3_000 }),
    handshakeTimeout: 4_000,

    // Runs at every open, before anything that waits: join, and learn what we missed.
    onHandshake: async ({ send, receive, putBack }) => {
      send({ type: 'join', room, ...(lastSeen && { after: lastSeen }) })
      const joined = /** @type {ServerMessage} */ (await receive())
      if (joined.type !== 'joined') {
        throw new Error(`The room was not joined: ${'reason' in joined ? joined.reason : joined.type}`)
      }
      // For `show`, as any other message.
      putBack(joined)
    },
  })

  socket.on('message', show)
  // For developers. People see what matters to them: the state, and what became of each message.
  socket.on('error', (error) => console.info(error.code, error.message))
  socket.on('drop', refresh)
  socket.state.subscribe(refresh)
  socket.queue.subscribe(refresh)
  // For the countdown.
  setInterval(refresh, 250)
  socket.connect()

  /** @param {ServerMessage} message */
  function show(message) {
    if (message.type === 'joined') message.messages.forEach(view.place)
    if (message.type === 'chat') view.place(message)
    if (message.type === 'ack') view.arrived(message.id, message.at)
    if (message.type === 'people') view.people(message.people)
    if (message.type === 'error') view.notice(message.reason)
    lastSeen = arrivalsIn(message)?.at(-1) ?? lastSeen
  }

  function refresh() {
    // A receipt always knows the truth, also when a message comes back from a connection that broke.
    for (const [id, { status }] of receipts) {
      view.fate(id, status)
      if (status === 'confirmed' || status === 'dropped') receipts.delete(id)
    }
    const state = socket.state.get()
    view.status(describe(state, socket.queue.get().messages), state)
  }

  return {
    /** Works in every state: what cannot go out now waits. @param {string} text */
    send(text) {
      const message = /** @type {const} */ ({ type: 'chat', id: crypto.randomUUID(), text })
      view.add({ ...message, from: name })
      receipts.set(message.id, socket.send(message))
      refresh()
    },
    /** Cuts the wait for the next try short. */
    tryNow: () => socket.connect(),
  }
}

/**
 * The messages that the room has, whosever they are: their ids, oldest first. Of our own it may also show us some, where
 * an acknowledgement got lost.
 *
 * @param {ServerMessage} message
 */
function arrivalsIn(message) {
  if (message?.type === 'joined') return message.messages.map(({ id }) => id)
  if (message?.type === 'chat' || message?.type === 'ack') return [message.id]
  return undefined
}

/**
 * @param {import('@hawser/core').SocketState} state
 * @param {number} waiting
 */
function describe(state, waiting) {
  const messages = waiting === 1 ? '1 message waiting' : `${waiting} messages waiting`
  return waiting > 0 ? `${connection(state)}, ${messages}` : connection(state)
}

/** @param {import('@hawser/core').SocketState} state */
function connection(state) {
  switch (state.status) {
    case 'connecting':
      return state.attempt === 0 ? 'Connecting' : 'No connection: trying now'
    case 'open':
      return state.suspect ? 'Connected, but nothing is heard' : 'Connected'
    case 'waiting':
      return `No connection: retrying in ${Math.max(1, Math.ceil((state.retryAt - Date.now()) / 1_000))} s`
    case 'suspended':
      return `No connection while ${state.why}`
    case 'unauthorized':
      return 'The server does not let you in'
    default:
      return 'Not connected'
  }
}

/**
 * Asked for at each attempt, so the server may move.
 *
 * @param {{ signal: AbortSignal }} attempt
 * @returns {Promise<string>}
 */
async function chatAddress({ signal }) {
  return (await fetchJson('/config', { signal })).chat
}

/**
 * A real app would send its session along. The answer is `{ token, expiresAt }`.
 *
 * @param {string} name
 * @param {AbortSignal} signal
 */
function fetchToken(name, signal) {
  return fetchJson(`/token?${new URLSearchParams({ name })}`, { method: 'POST', signal })
}

/**
 * @param {string} url
 * @param {RequestInit} options
 */
async function fetchJson(url, options) {
  const response = await fetch(url, options)
  if (!response.ok) throw new Error(`${url} gave HTTP ${response.status}`)
  return response.json()
}

/**
 * @param {string} type
 * @returns {(message: any) => boolean}
 */
function is(type) {
  return (message) => message?.type === type
}
