// The colours of the style sheet, for what is drawn on canvases.

import type { LaneId } from '../lanes/lane'
import type { Tone } from '../model/words'

export interface Palette {
  readonly ink: string
  readonly muted: string
  readonly line: string
  readonly card: string
  readonly alarm: string
  readonly tones: { readonly [T in Tone]: { readonly strong: string; readonly soft: string } }
  readonly lanes: { readonly [L in LaneId]: string }
}

/** How the lines of each lane are dashed: the colour is not all that tells them apart. */
export const dashes: { readonly [L in LaneId]: readonly number[] } = {
  script: [],
  react: [7, 3],
  vue: [2, 3],
  other: [10, 3, 2, 3],
}

function read(): Palette {
  const style = getComputedStyle(document.documentElement)
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim()
  const tone = (name: Tone) => ({ strong: color(name), soft: color(`${name}-soft`) })
  return {
    ink: color('ink'),
    muted: color('muted'),
    line: color('line'),
    card: color('card'),
    alarm: color('stop'),
    tones: { off: tone('off'), busy: tone('busy'), up: tone('up'), wait: tone('wait'), stop: tone('stop') },
    lanes: {
      script: color('lane-script'),
      react: color('lane-react'),
      vue: color('lane-vue'),
      other: color('lane-other'),
    },
  }
}

/** Calls `use` with the palette now, and with the other one when the system goes from light to dark or back. */
export function withPalette(use: (palette: Palette) => void): void {
  use(read())
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => use(read()))
}

const stillness = matchMedia('(prefers-reduced-motion: reduce)')

export const prefersStillness = () => stillness.matches
