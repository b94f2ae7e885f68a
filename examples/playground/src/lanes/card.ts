// A lane's card in plain DOM: made once, and each frame only what is new in it is set.

import type { Fate, Figure } from '../model/figures'
import { shownNotes } from '../model/figures'
import type { Words } from '../model/words'
import { make, say } from '../page/element'
import type { Lane } from './lane'

export interface CardView {
  readonly words: Words
  readonly figures: readonly Figure[]
  readonly fates: readonly Fate[]
  /** What the button says; hidden without it. */
  readonly action?: string | undefined
}

export interface Card {
  show(view: CardView): void
}

/** @param onAction without it there is no button */
export function createCard(root: HTMLElement, lane: Lane, onAction?: () => void): Card {
  const word = make('strong', 'word')
  const detail = make('span', 'detail')
  const state = make('p', 'state', word, ' ', detail)
  const action = make('button', 'small')
  if (onAction) action.onclick = onAction
  const figures = make('dl', 'figures')
  const strip = make('div', 'strip')
  strip.ariaHidden = 'true'
  const cells = Array.from({ length: shownNotes }, () => make('i', ''))
  strip.append(...cells)
  const heading = make('h3', '', lane.name)
  heading.id = `lane-${lane.id}`
  root.setAttribute('aria-labelledby', heading.id)
  root.append(
    make('header', '', heading, make('p', 'about', lane.about)),
    make('div', 'line', state, ...(onAction ? [action] : [])),
    figures,
    strip,
  )
  let values: HTMLElement[] = []

  return {
    show(view) {
      root.dataset.tone = view.words.tone
      say(word, view.words.word)
      say(detail, view.words.detail)
      action.hidden = !view.action
      say(action, view.action ?? '')
      if (!values.length) {
        values = view.figures.map(() => make('dd', ''))
        figures.append(
          ...view.figures.map(({ name }, i) => make('div', '', make('dt', '', name), values[i] ?? '')),
        )
      }
      view.figures.forEach(({ value, alarm }, i) => {
        const shown = values[i] as HTMLElement
        say(shown, value)
        shown.classList.toggle('alarm', !!alarm)
      })
      cells.forEach((cell, i) => {
        const fate = view.fates[i - cells.length + view.fates.length] ?? ''
        if (cell.className !== fate) cell.className = fate
      })
    },
  }
}
