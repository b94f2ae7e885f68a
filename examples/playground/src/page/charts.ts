// The charts: what waits, what is in the browser's buffer, and the round trip, a line for each lane.

import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { allLanes } from '../lanes/lane'
import { span } from '../model/lane-record'
import { Lines } from '../model/lines'
import { grouped, milliseconds } from '../model/words'
import { byId, make, say } from './element'
import { dashes, type Palette, withPalette } from './palette'

interface Measure {
  readonly name: string
  readonly about: string
  /** What the axis shows at least, so that a calm minute is a flat line at its foot. */
  readonly least: number
  readonly say: (value: number) => string
}

const measures = {
  waiting: { name: 'Waiting', about: 'notes in the queue', least: 10, say: grouped },
  buffered: { name: 'Browser’s buffer', about: 'bytes not yet sent', least: 100, say: grouped },
  latency: { name: 'Round trip', about: 'of the last ping', least: 10, say: milliseconds },
} as const satisfies { [name: string]: Measure }

export type MeasureName = keyof typeof measures

const names = Object.keys(measures) as MeasureName[]
const height = 160

export function createCharts(): {
  /** @param now ms since the epoch */
  push(now: number, values: { readonly [M in MeasureName]: readonly (number | null)[] }): void
  draw(now: number): void
  tell(): void
} {
  const lines = { waiting: lineUp(), buffered: lineUp(), latency: lineUp() }
  const figures = names.map((name) => {
    const { name: title, about } = measures[name]
    const place = make('div', 'plot')
    place.setAttribute('role', 'img')
    place.ariaLabel = `${title} of each lane in the last minute. The same as a table follows.`
    byId('charts').append(
      make('figure', '', make('figcaption', '', make('strong', '', title), ` ${about}`), place),
    )
    return place
  })

  let charts: uPlot[] = []
  withPalette((palette) => {
    for (const chart of charts) chart.destroy()
    charts = names.map((name, i) => plot(figures[i] as HTMLElement, measures[name], palette))
    byId('lane-legend').replaceChildren(...allLanes.map(({ id, name }) => make('li', '', swatch(id), name)))
  })
  const observer = new ResizeObserver(() => {
    charts.forEach((chart, i) => {
      const width = figures[i]?.clientWidth ?? 0
      if (width && width !== chart.width) chart.setSize({ width, height })
    })
  })
  for (const figure of figures) observer.observe(figure)

  const rows = table()
  return {
    push(now, values) {
      const since = (now - span) / 1_000
      for (const name of names) lines[name].push(now / 1_000, values[name], since)
    },
    draw(now) {
      const [min, max] = [(now - span) / 1_000, now / 1_000]
      charts.forEach((chart, i) => {
        const { times, columns } = lines[names[i] as MeasureName]
        chart.batch(() => {
          chart.setData([times, ...columns] as uPlot.AlignedData, false)
          chart.setScale('x', { min, max })
        })
      })
    },
    tell() {
      for (const [lane, cells] of rows.entries()) {
        names.forEach((name, i) => {
          const [now, peak] = [lines[name].now(lane), lines[name].peak(lane)]
          const told = (value: number | undefined) => (value === undefined ? '–' : measures[name].say(value))
          const cell = cells[i]
          if (cell) say(cell, `${told(now)}, at most ${told(peak)}`)
        })
      }
    },
  }
}

const lineUp = () => new Lines(allLanes.length)

function plot(place: HTMLElement, { least, say }: Measure, palette: Palette): uPlot {
  const axis = {
    stroke: palette.muted,
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
    grid: { stroke: palette.line, width: 1 },
    ticks: { show: false },
  }
  return new uPlot(
    {
      width: place.clientWidth || 300,
      height,
      padding: [8, 18, 0, 0],
      cursor: { show: false },
      legend: { show: false },
      scales: {
        // Drawn when it is time to, not whenever a value comes.
        x: { time: false, auto: false },
        y: { range: (_, __, max) => [0, Math.max(least, (max ?? 0) * 1.1)] },
      },
      axes: [
        {
          ...axis,
          size: 24,
          splits: (chart) => [0, 20, 40, 60].map((ago) => (chart.scales.x?.max ?? 0) - ago).reverse(),
          values: (chart, splits) => splits.map((at) => agoOf(Math.round((chart.scales.x?.max ?? 0) - at))),
        },
        { ...axis, size: 56, values: (_, splits) => splits.map(say) },
      ],
      series: [
        {},
        ...allLanes.map(({ id, name }) => ({
          label: name,
          stroke: palette.lanes[id],
          width: 1.75,
          dash: [...dashes[id]],
          points: { show: false },
        })),
      ],
    },
    [[], ...allLanes.map(() => [])],
    place,
  )
}

const agoOf = (seconds: number) => (seconds ? `−${seconds} s` : 'now')

/** A piece of the lane's line. */
function swatch(id: (typeof allLanes)[number]['id']): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(space, 'svg')
  const line = document.createElementNS(space, 'path')
  for (const [name, value] of [
    ['viewBox', '0 0 28 10'],
    ['class', 'swatch'],
    ['aria-hidden', 'true'],
  ]) {
    svg.setAttribute(name as string, value as string)
  }
  line.setAttribute('d', 'M0 5h28')
  line.setAttribute('stroke', `var(--lane-${id})`)
  line.setAttribute('stroke-dasharray', dashes[id].join(' '))
  svg.append(line)
  return svg
}

function table(): HTMLElement[][] {
  const root = byId('charts-text')
  root.querySelector('tr')?.append(
    ...names.map((name) => {
      const head = make('th', '', measures[name].name)
      head.scope = 'col'
      return head
    }),
  )
  return allLanes.map(({ name }) => {
    const head = make('th', '', name)
    head.scope = 'row'
    const cells = names.map(() => make('td', ''))
    root.querySelector('tbody')?.append(make('tr', '', head, ...cells))
    return cells
  })
}
