// What the chat says of a connection and of a message, in words.

/** @typedef {import('@hawser/core').SocketState} SocketState */
/** @typedef {'starting' | 'up' | 'down'} Link */

/** What became of a message of our own. */
export const FATES = { queued: 'waiting', sent: 'sent', confirmed: 'delivered', dropped: 'not sent' }

/** What a screen reader says when the connection is another. */
export const ANNOUNCED = {
  starting: '',
  up: 'Connected.',
  down: 'No connection. What you write waits until the server is back.',
}

/**
 * What people need to know of a connection, in one word.
 *
 * @param {SocketState} state
 * @returns {Link}
 */
export function linkOf(state) {
  if (state.status === 'open') return 'up'
  const isFirst = state.status === 'idle' || (state.status === 'connecting' && state.attempt === 0)
  return isFirst ? 'starting' : 'down'
}

/**
 * A connection for those who want to know more.
 *
 * @param {SocketState} state
 * @param {number} [now] in milliseconds since the epoch, for the countdown
 */
export function describe(state, now = Date.now()) {
  switch (state.status) {
    case 'idle':
      return 'Connecting'
    case 'connecting':
      return state.attempt === 0 ? 'Connecting' : 'No connection: trying now'
    case 'open':
      return state.suspect ? 'Connected, but nothing is heard' : 'Connected'
    case 'waiting':
      return `No connection: retrying in ${Math.max(1, Math.ceil((state.retryAt - now) / 1_000))} s`
    case 'suspended':
      return `No connection while ${state.why}`
    case 'unauthorized':
      return 'The server does not let you in'
    case 'closing':
    case 'closed':
      return 'Not connected'
  }
}

/**
 * "1 message", "2 messages".
 *
 * @param {number} number
 * @param {string} noun
 */
export function count(number, noun) {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
