// What comes again is taken once, for as long as its id is remembered.

import { expect, it } from 'vitest'
import { takeOnce } from '../dedupe.js'

/** @param {number} [remember] */
function book(remember = 1_000) {
  /** @type {Map<string, { id: string, text: string }>} */
  const taken = new Map()
  return {
    ids: () => [...taken.keys()],
    /** @param {string} id @param {string} [text] */
    take: (id, text = id) => takeOnce(taken, { id, text }, { remember }),
  }
}

it('takes what is new', () => {
  const { ids, take } = book()
  expect(take('a')).toEqual({ message: { id: 'a', text: 'a' }, isNew: true })
  expect(take('b').isNew).toBe(true)
  expect(ids()).toEqual(['a', 'b'])
})

it('gives a double as it came first, and in its place', () => {
  const { ids, take } = book()
  const { message } = take('a', 'first')
  take('b')
  const again = take('a', 'second')
  expect(again.isNew).toBe(false)
  expect(again.message).toBe(message)
  expect(ids()).toEqual(['a', 'b'])
})

it('takes each once of what a client sends again from anywhere on', () => {
  const { take } = book()
  const sent = [0, 0, 3, 1, 5].flatMap((from) => ['0', '1', '2', '3', '4', '5', '6', '7'].slice(from))
  expect(sent.filter((id) => take(id).isNew)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7'])
})

it('forgets the oldest first beyond what it is to remember', () => {
  const { ids, take } = book(2)
  for (const id of ['a', 'b', 'c']) take(id)
  expect(ids()).toEqual(['b', 'c'])
  expect([take('b').isNew, take('c').isNew, take('a').isNew]).toEqual([false, false, true])
})
