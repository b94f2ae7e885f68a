// The timeline: for each lane a band of its states, its attempts and probes, and across all of them what was broken.

import { allLanes, type Lane } from '../lanes/lane'
import { type MarkKind, span } from '../model/lane-record'
import { duration, stateNames, type Tone, tones } from '../model/words'
import { byId, make, say } from './element'
import { type Palette, withPalette } from './palette'

/** What was done to everybody, and when (ms since the epoch). */
export interface Incident {
  readonly name: string
  readonly at: number
}

const top = 30
const band = 22
const title = 18
const gap = 16
const bottom = 18
const height = top + allLanes.length * (title + band + gap) + bottom

export function createTimeline(incidents: () => readonly Incident[]): {
  draw(now: number): void
  tell(now: number): void
} {
  const canvas = byId<HTMLCanvasElement>('timeline')
  const pen = canvas.getContext('2d') as CanvasRenderingContext2D
  let palette: Palette
  let fills: { [T in Tone]: CanvasPattern | string }
  let font = ''
  withPalette((next) => {
    palette = next
    fills = patterns(pen, palette)
    font = getComputedStyle(document.body).fontFamily
  })

  let width = 0
  const fit = () => {
    const ratio = window.devicePixelRatio || 1
    width = canvas.clientWidth
    canvas.width = Math.round(width * ratio)
    canvas.height = Math.round(height * ratio)
    canvas.style.height = `${height}px`
    pen.setTransform(ratio, 0, 0, ratio, 0, 0)
  }
  new ResizeObserver(fit).observe(canvas)
  fit()

  const rows = allLanes.map((lane) => {
    const cells = ['States', 'Attempts', 'Pings', 'Pongs'].map(() => make('td', ''))
    const name = make('th', '', lane.name)
    name.scope = 'row'
    byId('timeline-text')
      .querySelector('tbody')
      ?.append(make('tr', '', name, ...cells))
    return cells
  })

  function draw(now: number) {
    const x = (at: number) => width * (1 - (now - at) / span)
    pen.clearRect(0, 0, width, height)
    pen.textBaseline = 'alphabetic'

    pen.font = `11px ${font}`
    pen.fillStyle = palette.muted
    const step = width < 480 ? 30 : 10
    for (let ago = 0; ago <= span / 1_000; ago += step) {
      const at = x(now - ago * 1_000)
      pen.fillStyle = palette.line
      pen.fillRect(Math.min(width - 1, at), top, 1, height - top - bottom)
      pen.fillStyle = palette.muted
      pen.textAlign = ago === 0 ? 'right' : at < 20 ? 'left' : 'center'
      pen.fillText(ago === 0 ? 'now' : `${ago} s ago`, at, height - 4)
    }

    for (const [i, lane] of allLanes.entries()) drawLane(lane, top + i * (title + band + gap), now, x)
    drawIncidents(now, x)
    for (const [i, { name }] of allLanes.entries()) drawName(name, top + i * (title + band + gap))
  }

  function drawLane({ record }: Lane, y: number, now: number, x: (at: number) => number) {
    pen.textAlign = 'left'
    const from = y + title
    record.phases.forEach(({ status, from: begin }, i) => {
      const end = record.phases[i + 1]?.from ?? now
      const left = Math.max(0, x(begin))
      const wide = x(end) - left
      const tone = tones[status]
      pen.fillStyle = fills[tone]
      pen.fillRect(left, from, wide, band)
      pen.fillStyle = palette.tones[tone].strong
      pen.fillRect(left, from, wide, 2)
      pen.fillRect(left, from, 1, band)
      pen.font = `11px ${font}`
      const word = stateNames[status]
      const textWidth = pen.measureText(word).width
      if (wide < textWidth + 14) return
      // On a plate of its own: the pattern would make it hard to read.
      pen.fillStyle = palette.tones[tone].soft
      pen.fillRect(left + 3, from + 4, textWidth + 6, band - 6)
      pen.fillStyle = palette.ink
      pen.fillText(word, left + 6, from + band - 7)
    })

    for (const { kind, at } of record.marks) drawMark(kind, x(at), from + band)
  }

  function drawMark(kind: MarkKind, x: number, under: number) {
    if (x < 0) return
    pen.fillStyle = kind === 'attempt' ? palette.ink : palette.muted
    if (kind === 'ping') return pen.fillRect(x - 0.75, under + 3, 1.5, 8)
    pen.beginPath()
    if (kind === 'pong') pen.arc(x, under + 7, 2, 0, 2 * Math.PI)
    else {
      pen.moveTo(x - 4, under - band - 7)
      pen.lineTo(x + 4, under - band - 7)
      pen.lineTo(x, under - band)
    }
    pen.fill()
  }

  /** Over the marks that pass below it, on a plate through which they are just seen. */
  function drawName(name: string, y: number) {
    pen.textAlign = 'left'
    pen.font = `600 12px ${font}`
    pen.globalAlpha = 0.85
    pen.fillStyle = palette.card
    pen.fillRect(0, y, pen.measureText(name).width + 6, title - 1)
    pen.globalAlpha = 1
    pen.fillStyle = palette.ink
    pen.fillText(name, 0, y + 13)
  }

  function drawIncidents(now: number, x: (at: number) => number) {
    pen.font = `600 11px ${font}`
    // Names side by side share a row; where there is no room, the second row, then none.
    const free = [0, 0]
    for (const { name, at } of incidents()) {
      if (now - at > span) continue
      const left = x(at)
      pen.fillStyle = palette.alarm
      pen.globalAlpha = 0.7
      for (let y = top - 2; y < height - bottom; y += 6) pen.fillRect(left - 0.5, y, 1.5, 4)
      pen.globalAlpha = 1
      const wide = pen.measureText(name).width
      const begin = Math.min(left - 2, width - wide)
      const row = free.findIndex((end) => begin >= end)
      if (row < 0) continue
      free[row] = begin + wide + 8
      pen.textAlign = 'left'
      pen.fillText(name, begin, 10 + row * 13)
    }
  }

  return {
    draw,
    tell(now) {
      allLanes.forEach(({ record }, i) => {
        const states = record.phases.map(({ status, from }, i) => {
          const end = record.phases[i + 1]?.from ?? now
          return `${stateNames[status]} for ${duration(end - Math.max(from, now - span))}`
        })
        const count = (kind: MarkKind) => String(record.marks.filter((mark) => mark.kind === kind).length)
        const texts = [states.slice(-8).join(', '), count('attempt'), count('ping'), count('pong')]
        for (const [column, cell] of rows[i]?.entries() ?? []) say(cell, texts[column] ?? '')
      })
    },
  }
}

/** Each tone by a pattern too: plain, dotted, striped, crossed. */
function patterns(
  pen: CanvasRenderingContext2D,
  { tones }: Palette,
): { [T in Tone]: CanvasPattern | string } {
  const pattern = (tone: Tone, draw: (pen: CanvasRenderingContext2D) => void) => {
    const tile = document.createElement('canvas')
    tile.width = tile.height = 8
    const on = tile.getContext('2d') as CanvasRenderingContext2D
    on.fillStyle = tones[tone].soft
    on.fillRect(0, 0, 8, 8)
    on.strokeStyle = on.fillStyle = tones[tone].strong
    on.globalAlpha = 0.55
    draw(on)
    return pen.createPattern(tile, 'repeat') ?? tones[tone].soft
  }
  const stripe = (on: CanvasRenderingContext2D, ...ends: [number, number, number, number][]) => {
    on.beginPath()
    for (const [x, y, toX, toY] of ends) {
      on.moveTo(x, y)
      on.lineTo(toX, toY)
    }
    on.stroke()
  }
  const rising: [number, number, number, number][] = [
    [-2, 2, 2, -2],
    [0, 8, 8, 0],
    [6, 10, 10, 6],
  ]
  const falling = rising.map(([x, y, toX, toY]): [number, number, number, number] => [x, 8 - y, toX, 8 - toY])
  return {
    off: tones.off.soft,
    up: tones.up.soft,
    busy: pattern('busy', (on) => {
      on.fillRect(1, 1, 2, 2)
      on.fillRect(5, 5, 2, 2)
    }),
    wait: pattern('wait', (on) => stripe(on, ...rising)),
    stop: pattern('stop', (on) => stripe(on, ...rising, ...falling)),
  }
}
