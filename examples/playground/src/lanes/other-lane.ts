// The lane for comparison: what can be known of reconnecting-websocket from outside, shown as the others are.

import { fatesOf, figuresOf, shownNotes } from '../model/figures'
import { duration, stateNames, tones } from '../model/words'
import { getToken } from '../page/backend'
import { onBeat } from '../page/beat'
import { now } from '../page/clock'
import { perFrame } from '../page/frame'
import { createCard } from './card'
import type { Lane } from './lane'
import { connectOther } from './other-client'

type Status = 'connecting' | 'open' | 'waiting'

export function startOtherLane(root: HTMLElement, url: string, lane: Lane): void {
  let status: Status = 'connecting'
  let since = Date.now()
  /** Of the last close, unless the library made it up. */
  let code: number | undefined
  const enter = (next: Status) => {
    if (next === 'open') since = Date.now()
    status = next
    lane.record.enter(next, Date.now())
    show()
  }
  const client = connectOther({
    url,
    getToken: () => getToken(lane.client),
    onAttempt() {
      lane.record.mark('attempt', Date.now())
      enter('connecting')
    },
  })
  const { socket } = client
  const card = createCard(root, lane)
  lane.gauge = { waiting: client.waiting, buffered: () => socket.bufferedAmount }

  let notes: number[] = []
  let answers: number[] = []
  const show = perFrame(() => {
    const waiting = client.waiting()
    const lastSent = lane.sent - waiting
    card.show({
      words: {
        tone: tones[status],
        word: stateNames[status],
        detail: detailOf(status, now.get() - since, code),
      },
      figures: figuresOf(lane.tally.get(), { latency: null, waiting, attempts: lane.record.attempts }),
      fates: fatesOf(
        notes.map((n) => ({ n, status: n > lastSent ? 'queued' : 'sent' })),
        answers,
      ),
    })
  })
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(data)
    if (message.type === 'welcome') enter('open')
    if (lane.isOwn(message)) answers = [...answers, message.n].slice(-2 * shownNotes)
    show()
  })
  socket.addEventListener('close', (event) => {
    // For an attempt that failed the library makes up a close of its own, with 1000, which nobody sent.
    code = event instanceof CloseEvent ? event.code : undefined
    enter('waiting')
  })
  for (const store of [lane.tally, now]) store.subscribe(show)
  onBeat(() => {
    const note = lane.nextNote()
    client.send(note)
    notes = [...notes, note.n].slice(-shownNotes)
    show()
  })
}

function detailOf(status: Status, age: number, code: number | undefined): string {
  if (status === 'open') return `for ${duration(age)}`
  if (status === 'connecting') return 'opening a connection'
  if (code === undefined) return 'no connection; it does not say for how long'
  return `it says “closed with ${code}”, and not for how long`
}
