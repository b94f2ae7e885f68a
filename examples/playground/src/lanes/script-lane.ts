// The lane of the plain script: the CDN build, `window.Hawser`, and no framework.

import type { Receipt } from '@hawser/core'
import { actionFor } from '../model/action'
import { fatesOf, figuresOf, shownNotes } from '../model/figures'
import { describe } from '../model/words'
import { onBeat } from '../page/beat'
import { now } from '../page/clock'
import { perFrame } from '../page/frame'
import { createCard } from './card'
import type { Lane } from './lane'
import { socketOptions } from './options'

declare global {
  interface Window {
    readonly Hawser: typeof import('@hawser/core')
  }
}

export function startScriptLane(root: HTMLElement, url: string, lane: Lane): void {
  const socket = window.Hawser.createSocket(url, socketOptions(window.Hawser, lane))
  const card = createCard(root, lane, () => socket.connect())
  lane.follow(socket)

  let notes: { n: number; receipt: Receipt }[] = []
  let answers: number[] = []
  const show = perFrame(() => {
    const state = socket.state.get()
    const sent = notes.map(({ n, receipt }) => ({ n, status: receipt.status }))
    card.show({
      words: describe(state, now.get()),
      figures: figuresOf(lane.tally.get(), {
        latency: socket.latency.get(),
        waiting: socket.queue.get().messages,
        attempts: lane.record.attempts,
      }),
      fates: fatesOf(sent, answers),
      action: actionFor(state.status),
    })
  })
  for (const store of [socket.state, socket.latency, socket.queue, lane.tally, now]) store.subscribe(show)
  socket.on('message', (message) => {
    if (lane.isOwn(message)) answers = [...answers, message.n].slice(-2 * shownNotes)
    show()
  })
  onBeat(() => {
    const note = lane.nextNote()
    notes = [...notes, { n: note.n, receipt: socket.send(note) }].slice(-shownNotes)
    show()
  })
  socket.connect()
  show()
}
