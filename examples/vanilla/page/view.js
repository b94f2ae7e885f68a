// What one sees of the chat. Text of people only ever becomes text: nothing here makes HTML of it.
import { element } from './element.js'

/** @typedef {{ id: string, from: string, text: string }} Message */
/** @typedef {import('@hawser/core').Receipt['status']} Status */
/** @typedef {ReturnType<typeof createView>} View */

/** @type {Record<Status, string>} */
const FATES = { queued: 'waiting', sent: 'sent', confirmed: 'delivered', dropped: 'not sent' }

/** @param {{ name: string, room: string }} person */
export function createView({ name, room }) {
  const app = element('app')
  const log = element('log')
  const list = element('messages')
  const statusText = element('status-text')
  const tryNow = element('try-now')
  const field = /** @type {HTMLInputElement} */ (element('text'))
  const template = /** @type {HTMLTemplateElement} */ (element('message'))
  /** @type {Map<string, HTMLElement>} */
  const items = new Map()

  element('room-title').textContent = room
  document.title = `${name} in ${room} · Hawser chat`

  /** @param {Message} message */
  function create({ id, from, text }) {
    const item = /** @type {HTMLElement} */ (template.content.cloneNode(true)).querySelector('li')
    if (!item) throw new Error('The template has no item.')
    part(item, '.from').textContent = from === name ? 'You' : from
    part(item, '.text').textContent = text
    item.classList.toggle('own', from === name)
    items.set(id, item)
    return item
  }

  /**
   * @param {string} id
   * @param {Status} status
   */
  function fate(id, status) {
    const item = items.get(id)
    if (!item || item.dataset.fate === status) return
    item.dataset.fate = status
    // The room will have no place for it.
    if (status === 'dropped') item.classList.remove('pending')
    part(item, '.fate').textContent = FATES[status]
  }

  /**
   * @param {string} id
   * @param {number} at
   */
  function arrived(id, at) {
    const item = items.get(id)
    if (!item) return
    item.classList.remove('pending')
    if (item.classList.contains('own')) fate(id, 'confirmed')
    showTime(item, at)
  }

  return {
    /** Shows a message of our own, which is on its way. @param {Message} message */
    add(message) {
      const item = create(message)
      item.classList.add('pending')
      list.append(item)
      log.scrollTop = 0
    },

    fate,

    /** The room has our message: what it tells next comes after it. */
    arrived,

    /**
     * Puts a message where the room has it: after all that the server told before, ahead of what is still on its way.
     *
     * @param {Message & { at: number }} message
     */
    place(message) {
      if (items.has(message.id)) return arrived(message.id, message.at)
      const item = create(message)
      list.insertBefore(item, list.querySelector('.pending'))
      if (message.from === name) fate(message.id, 'confirmed')
      showTime(item, message.at)
    },

    /**
     * @param {string} text
     * @param {import('@hawser/core').SocketState} state
     */
    status(text, state) {
      if (statusText.textContent !== text) statusText.textContent = text
      tryNow.hidden = !['waiting', 'suspended', 'unauthorized', 'closed'].includes(state.status)
      const isFirst = state.status === 'connecting' && state.attempt === 0
      const link = state.status === 'open' ? 'up' : isFirst ? 'starting' : 'down'
      if (app.dataset.link === link) return
      app.dataset.link = link
      if (link === 'up') announce('Connected.')
      if (link === 'down') announce('No connection. What you write waits until the server is back.')
      field.placeholder = link === 'down' ? 'Waits for the server' : 'Say something'
    },

    /** @param {readonly string[]} people */
    people(people) {
      const names = people.map((person) => (person === name ? `${person} (you)` : person))
      element('people').textContent = names.join(', ')
    },

    /** @param {string} text */
    notice(text) {
      const item = document.createElement('li')
      item.className = 'notice'
      item.textContent = text
      list.append(item)
    },
  }
}

/** For screen readers. @param {string} text */
function announce(text) {
  element('announcer').textContent = text
}

/**
 * @param {HTMLElement} item
 * @param {number} at
 */
function showTime(item, at) {
  const date = new Date(at)
  part(item, 'time').setAttribute('datetime', date.toISOString())
  part(item, 'time').textContent = date.toLocaleTimeString([], { timeStyle: 'short' })
}

/**
 * @param {HTMLElement} item
 * @param {string} selector
 */
function part(item, selector) {
  return /** @type {HTMLElement} */ (item.querySelector(selector))
}
