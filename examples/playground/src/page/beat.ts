// The beat at which all lanes send, so that they can be compared.

import { createSource } from './store'

/** Notes per second. */
export const rate = createSource(10)

/** Milliseconds between two looks at the clock. */
const step = 20
/** Seconds of notes that are made up for after a pause, as in a hidden tab, whose timers run once a second. */
const catchUp = 1

const senders = new Set<() => void>()

/** Calls `send` for each note that is due. */
export function onBeat(send: () => void): () => void {
  senders.add(send)
  return () => senders.delete(send)
}

/** @param lanes how many there will be: nobody begins before all are there */
export function startBeat(lanes: number): void {
  let due = 0
  let before = performance.now()
  setInterval(() => {
    const now = performance.now()
    if (senders.size < lanes) {
      before = now
      return
    }
    due = Math.min(due + ((now - before) / 1000) * rate.get(), Math.max(1, rate.get() * catchUp))
    before = now
    for (; due >= 1; due--) for (const send of senders) send()
    // A rest would be sent late, once the slider is moved.
    if (!rate.get()) due = 0
  }, step)
}
