// What is read aloud: what was done, and once things have come to rest, how the lanes are.

import { allLanes } from '../lanes/lane'
import { tones } from '../model/words'
import { byId, say } from './element'

/** Milliseconds for which nothing may change before it is said. */
const rest = 1_200

/** @returns to be called again and again; says something only when it is another thing that has lasted */
export function createAnnouncer(title: () => string): (now: number) => void {
  let heard = ''
  let since = 0
  return (now) => {
    const next = `${title()}. ${lanesInWords()}`
    if (next !== heard) {
      heard = next
      since = now
    }
    if (now - since >= rest) say(byId('announcer'), next)
  }
}

function lanesInWords(): string {
  const states = allLanes.map(({ name, record }) => ({ name, status: record.status }))
  const of = (wanted: readonly string[]) =>
    states.filter(({ status }) => wanted.includes(tones[status])).map(({ name }) => name)
  const stopped = of(['stop', 'off'])
  // Between waiting and connecting they go to and fro: for the ear that is one thing.
  const trying = of(['busy', 'wait'])
  if (!stopped.length && !trying.length) return 'All lanes are connected.'
  return [
    trying.length && `Not connected: ${trying.join(', ')}.`,
    stopped.length && `Stopped: ${stopped.join(', ')}.`,
  ]
    .filter(Boolean)
    .join(' ')
}
