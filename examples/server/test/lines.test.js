// What a chat page shows of a long talk, of which it keeps the last few messages only.

import { createSocket } from '@hawser/core'
import { expect, it } from 'vitest'
import { linesOf } from '../chat/lines.js'

/** @typedef {import('../chat/lines.js').FromTheRoom} FromTheRoom */
/** @typedef {import('../chat/lines.js').SentMessage} SentMessage */

/** How many messages of the server the page keeps. */
const LIMIT = 2

/**
 * A message of our own.
 *
 * @param {string} id
 * @param {SentMessage['status']} status
 * @returns {SentMessage}
 */
function own(id, status) {
  // Not connected: only what is shown of it matters.
  const receipt = createSocket('ws://127.0.0.1/').send(id)
  const { cancel } = receipt
  return { id, message: { type: 'chat', id, text: id }, status, error: undefined, cancel, receipt }
}

/**
 * @param {string} id
 * @returns {FromTheRoom}
 */
const ack = (id) => ({ type: 'ack', id, at: 1 })

/**
 * @param {string} id
 * @returns {FromTheRoom}
 */
const theirs = (id) => ({ type: 'chat', id, from: 'Grace', text: id, at: 2 })

/**
 * @param {object} conversation
 * @param {FromTheRoom[]} conversation.told all that the server told
 * @param {SentMessage[]} conversation.sent
 */
function shown({ told, sent }) {
  return linesOf({ told: told.slice(-LIMIT), sent, name: 'Ada' }).map((line) => [
    line.id,
    line.kind === 'ours' ? line.fate : line.kind,
  ])
}

it('shows a delivered message where the server put it', () => {
  expect(shown({ told: [ack('a'), theirs('b')], sent: [own('a', 'confirmed')] })).toEqual([
    ['a', 'confirmed'],
    ['b', 'theirs'],
  ])
})

it('does not bring a delivered message back when the talk went on past it', () => {
  const told = [ack('a'), theirs('b'), theirs('c')]
  expect(shown({ told, sent: [own('a', 'confirmed')] })).toEqual([
    ['b', 'theirs'],
    ['c', 'theirs'],
  ])
})

it('shows at the end what is on its way, and what will never be', () => {
  const told = [theirs('a'), theirs('b'), theirs('c')]
  const sent = [own('d', 'sent'), own('e', 'dropped'), own('f', 'queued')]
  expect(shown({ told, sent })).toEqual([
    ['b', 'theirs'],
    ['c', 'theirs'],
    ['d', 'sent'],
    ['e', 'dropped'],
    ['f', 'queued'],
  ])
})
