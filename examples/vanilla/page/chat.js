// The chat over one Hawser socket: all that this page has to know of connections is in this file.
import { ClientMessage, ServerMessage } from '@hawser/example-server/messages'

const { createSocket, heartbeat, json, offlineQueue, tokenAuth } = Hawser

/**
 * @param {{ name: string, room: string, view: import('./view.js').View }} options
 */
export function startChat({ name, room, view }) {
  /**
   * What the server has not acknowledged yet, oldest first.
   * @type {Map<string, { message: ClientMessage, receipt: import('@hawser/core').Receipt }>}
   */
  const unconfirmed = new Map()
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

    // A message may wait ten minutes. Later nobody would understand it any more.
    queue: offlineQueue({ ttl: 10 * 60_000 }),

    // A server that hangs closes nothing: silence is all there is to notice. Short, so that one can watch it.
    heartbeat: heartbeat({ interval: 5_000, timeout: 3_000 }),
    handshakeTimeout: 4_000,

    // Runs at every open, before anything that waits: join, learn what we missed, and send again what may have got
    // lost on its way. The server knows a message by its id and leaves doubles out.
    onHandshake: async ({ send, receive }) => {
      send({ type: 'join', room, ...(lastSeen && { after: lastSeen }) })
      const joined = /** @type {ServerMessage} */ (await receive())
      if (joined.type !== 'joined') {
        throw new Error(`The room was not joined: ${'reason' in joined ? joined.reason : joined.type}`)
      }
      show(joined)
      for (const { message, receipt } of unconfirmed.values()) if (receipt.status === 'sent') send(message)
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
    if (message.type === 'joined') message.messages.forEach(place)
    if (message.type === 'chat') place(message)
    if (message.type === 'ack') {
      arrived(message.id)
      view.confirm(message.id, message.at)
    }
    if (message.type === 'people') view.people(message.people)
    if (message.type === 'error') view.notice(message.reason)
  }

  /** @param {import('@hawser/example-server/messages').RoomMessage} message */
  function place(message) {
    arrived(message.id)
    view.place(message)
  }

  /** The room has this message, whosever it is. @param {string} id */
  function arrived(id) {
    unconfirmed.delete(id)
    lastSeen = id
  }

  function refresh() {
    // A receipt always knows the truth, also when a message comes back from a connection that broke.
    for (const [id, { receipt }] of unconfirmed) {
      view.fate(id, receipt.status)
      if (receipt.status === 'dropped') unconfirmed.delete(id)
    }
    const state = socket.state.get()
    view.status(describe(state, socket.queue.get().messages), state)
  }

  return {
    /** Works in every state: what cannot go out now waits. @param {string} text */
    send(text) {
      const message = /** @type {const} */ ({ type: 'chat', id: crypto.randomUUID(), text })
      view.add({ ...message, from: name })
      unconfirmed.set(message.id, { message, receipt: socket.send(message) })
      refresh()
    },
    /** Cuts the wait for the next try short. */
    tryNow: () => socket.connect(),
  }
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
