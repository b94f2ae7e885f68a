// Prints the tables, and remembers how Hawser stands to the limits of the issue.

import { control } from './contenders'
import type { Spread } from './stats'

export interface Limit {
  readonly most?: number
  readonly least?: number
}

export interface Row {
  readonly name: string
  /** Missing: the contender can't do this; `note` says why. */
  readonly value?: Spread | number | undefined
  readonly note?: string | undefined
}

interface Verdict {
  readonly title: string
  readonly text: string
}

const verdicts: Verdict[] = []

/** One figure for every contender. The limit is Hawser's. */
export function table(
  title: string,
  rows: readonly Row[],
  format: { digits?: number; limit?: Limit } = {},
): void {
  const { digits = 1, limit } = format
  const count = Math.max(...rows.map(({ value }) => (typeof value === 'object' ? value.count : 1)))
  const remarks = [
    count > 1 ? `${count} values` : '',
    limit ? `limit for hawser ${describe(limit)}` : '',
  ].filter(Boolean)
  console.log(`\n${title}${remarks.length > 0 ? `   (${remarks.join('; ')})` : ''}`)
  const noise = asSpread(rows.find(({ name }) => name === control)?.value)
  const cells = rows.map(({ name, value, note }) => {
    const spread = asSpread(value)
    const verdict =
      /^hawser(\/|$)/.test(name) && limit && spread
        ? judge(spread.median, limit, digits) + doubt(noise, limit)
        : ''
    if (spread && verdict)
      verdicts.push({
        title: name === 'hawser' ? title : `${name}, ${title}`,
        text: `${show(spread.median, digits)}, ${describe(limit ?? {})}: ${verdict}`,
      })
    const range =
      spread && spread.low !== spread.high ? `${show(spread.low, digits)} – ${show(spread.high, digits)}` : ''
    return [
      name,
      spread ? show(spread.median, digits) : '–',
      range,
      [verdict, note].filter(Boolean).join('  '),
    ]
  })
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  for (const [name = '', median = '', range = '', rest = ''] of cells) {
    const line = `  ${name.padEnd(widths[0] ?? 0)}  ${median.padStart(widths[1] ?? 0)}  ${range.padStart(widths[2] ?? 0)}  ${rest}`
    console.log(line.trimEnd())
  }
}

/** All of Hawser's figures that have a limit, once more. */
export function summary(): void {
  if (verdicts.length === 0) return
  console.log('\nHawser against its limits')
  const width = Math.max(...verdicts.map(({ title }) => title.length))
  for (const { title, text } of verdicts) console.log(`  ${title.padEnd(width)}  ${text}`)
}

function asSpread(value: Row['value']): Spread | undefined {
  return typeof value === 'number' ? { median: value, low: value, high: value, count: 1 } : value
}

/** Where the bare socket differs from itself by as much as the limit allows, the figure says little. */
function doubt(noise: Spread | undefined, { most, least }: Limit): string {
  if (!noise) return ''
  const beyond = (most !== undefined && noise.high > most) || (least !== undefined && noise.low < least)
  return beyond ? ', but so far goes the noise of this run' : ''
}

function judge(value: number, { most, least }: Limit, digits: number): string {
  if (Number.isNaN(value)) return 'not measured'
  if (most !== undefined && value > most) return `missed by ${show(value - most, digits)}`
  if (least !== undefined && value < least) return `missed by ${show(least - value, digits)}`
  return 'within'
}

function describe({ most, least }: Limit): string {
  const bounds = [
    most === undefined ? '' : `at most ${show(most)}`,
    least === undefined ? '' : `at least ${show(least)}`,
  ]
  return bounds.filter(Boolean).join(', ')
}

function show(value: number, digits?: number): string {
  // `+ 0` after the rounding, for no figure reads -0.
  const fixed = digits === undefined ? String(value) : (Number(value.toFixed(digits)) + 0).toFixed(digits)
  const [whole = '', rest] = fixed.split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ' ')
  return rest === undefined ? grouped : `${grouped}.${rest}`
}
