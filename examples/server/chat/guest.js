// Who chats and where, as the address of the page has it.

/**
 * The name is empty until somebody gave one.
 *
 * @typedef {{ readonly name: string, readonly room: string }} Guest
 */

const NAMES = ['Ada', 'Grace', 'Alan', 'Katherine', 'Radia', 'Edsger', 'Barbara', 'Vint', 'Margaret', 'Tim']

/**
 * @param {string} search of the page's address
 * @returns {Guest}
 */
export function guestIn(search) {
  const address = new URLSearchParams(search)
  return { name: tidy(address.get('name')), room: tidy(address.get('room')) || 'harbour' }
}

/**
 * Another one for each guest, so that it also tells guests apart.
 *
 * @param {Guest} guest
 */
export function addressOf({ name, room }) {
  return `/?${new URLSearchParams({ name, room })}`
}

/** @param {{ besides?: string }} [options] */
export function someName({ besides } = {}) {
  const free = NAMES.filter((name) => name !== besides)
  return free[Math.floor(Math.random() * free.length)] ?? 'Ada'
}

/** As the server takes it: 1 to 40 characters, none of them a space around. @param {unknown} value */
export function tidy(value) {
  return String(value ?? '')
    .trim()
    .slice(0, 40)
}
