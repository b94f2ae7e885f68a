// Asks for a name and a room, then starts the chat. Both stand in the address, so a reload comes back to them.
import { startChat } from './chat.js'
import { element } from './element.js'
import { startServerPanel } from './server-panel.js'
import { createView } from './view.js'

const NAMES = ['Ada', 'Grace', 'Alan', 'Katherine', 'Radia', 'Edsger', 'Barbara', 'Vint', 'Margaret', 'Tim']

const join = /** @type {HTMLFormElement} */ (element('join'))
const address = new URLSearchParams(location.search)
const name = tidy(address.get('name'))
const room = tidy(address.get('room')) || 'harbour'

if (name) start(name, room)
else ask()

function ask() {
  const fields = /** @type {Record<string, HTMLInputElement>} */ (/** @type {unknown} */ (join.elements))
  if (fields.name) fields.name.value = someName()
  if (fields.room) fields.room.value = room
  join.hidden = false
  fields.name?.select()
  join.onsubmit = (event) => {
    event.preventDefault()
    const given = new FormData(join)
    const name = tidy(given.get('name'))
    const room = tidy(given.get('room'))
    if (!name || !room) return
    history.replaceState(null, '', addressOf(name, room))
    start(name, room)
  }
}

/**
 * @param {string} name
 * @param {string} room
 */
function start(name, room) {
  join.hidden = true
  element('app').hidden = false
  const second = /** @type {HTMLAnchorElement} */ (element('second'))
  second.href = addressOf(someName(name), room)
  second.hidden = false

  const chat = startChat({ name, room, view: createView({ name, room }) })
  startServerPanel(room)

  const text = /** @type {HTMLInputElement} */ (element('text'))
  element('composer').onsubmit = (event) => {
    event.preventDefault()
    if (!text.value.trim()) return
    chat.send(text.value)
    text.value = ''
  }
  element('try-now').onclick = () => {
    chat.tryNow()
    // The button is about to go, and would take the focus with it.
    text.focus()
  }
  text.focus()
}

/**
 * @param {string} name
 * @param {string} room
 */
function addressOf(name, room) {
  return `/?${new URLSearchParams({ name, room })}`
}

/** @param {string} [taken] */
function someName(taken) {
  const free = NAMES.filter((name) => name !== taken)
  return free[Math.floor(Math.random() * free.length)] ?? 'Ada'
}

/** @param {FormDataEntryValue | null} value */
function tidy(value) {
  return String(value ?? '')
    .trim()
    .slice(0, 40)
}
