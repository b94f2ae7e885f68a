// The table of what the server counted, with a bar for each lane that shows where its notes are.

import { allLanes } from '../lanes/lane'
import type { Tally } from '../model/tally'
import { grouped } from '../model/words'
import { summary } from './backend'
import { byId, make, say } from './element'

const parts = ['arrived', 'underWay', 'waiting', 'lost'] as const satisfies readonly (keyof Tally)[]
const columns = [
  'sent',
  'arrived',
  'lost',
  'doubled',
  'connections',
] as const satisfies readonly (keyof Tally)[]

/** @returns shows the totals as they are now */
export function createTotals(): () => void {
  const rows = allLanes.map((lane) => {
    const head = make('th', '', lane.name)
    head.scope = 'row'
    const pieces = parts.map((part) => make('span', `piece ${part}`))
    const cells = columns.map((column) => make('td', column === 'connections' ? 'wide' : ''))
    const bar = make('div', 'bar', ...pieces)
    bar.ariaHidden = 'true'
    const words = make('span', 'unseen')
    byId('totals')
      .querySelector('tbody')
      ?.append(make('tr', '', head, make('td', 'wide', bar, words), ...cells))
    return { lane, pieces, words, cells }
  })

  return () => {
    for (const { lane, pieces, words, cells } of rows) {
      const tally = lane.tally.get()
      const { arrived, underWay, waiting, lost } = tally
      pieces.forEach((piece, i) => {
        piece.style.flexGrow = String(tally[parts[i] ?? 'arrived'])
      })
      say(words, `${arrived} arrived, ${underWay} under way, ${waiting} waiting, ${lost} lost`)
      cells.forEach((cell, i) => {
        const column = columns[i] ?? 'sent'
        say(cell, grouped(tally[column]))
        cell.classList.toggle('alarm', (column === 'lost' || column === 'doubled') && tally[column] > 0)
      })
    }
    const others = Object.entries(summary.get()?.clients ?? {}).filter(
      ([client, { open }]) => open > 0 && !allLanes.some((lane) => lane.client === client),
    ).length
    say(
      byId('totals-note'),
      others > 0 ? `${others} clients of other windows are connected to this server too.` : '',
    )
  }
}
