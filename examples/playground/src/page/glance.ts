// The lanes at a glance, for a phone, where the buttons leave no room for them. The cards say the same to the ear.

import { allLanes } from '../lanes/lane'
import { grouped, stateNames, tones } from '../model/words'
import { byId, make, say } from './element'

/** @returns shows the lanes as they are now */
export function createGlance(): () => void {
  const cells = allLanes.map(({ short }) => {
    const state = make('span', '')
    const cell = make('div', '', make('strong', '', short), state)
    byId('glance').append(cell)
    return { cell, state }
  })
  return () => {
    allLanes.forEach(({ record, tally }, i) => {
      const { cell, state } = cells[i] as (typeof cells)[number]
      const { waiting } = tally.get()
      cell.dataset.tone = tones[record.status]
      say(state, waiting ? `${grouped(waiting)} waiting` : stateNames[record.status])
    })
  }
}
