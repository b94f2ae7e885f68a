// The last minute of what is measured, ready for charts: one column of times and one for each lane.

export type Column = (number | null)[]

export class Lines {
  /** Seconds since the epoch. */
  readonly times: number[] = []
  readonly columns: readonly Column[]

  constructor(count: number) {
    this.columns = Array.from({ length: count }, () => [])
  }

  /** @param values one for each line; `null` where there is none */
  push(time: number, values: readonly (number | null)[], since: number): void {
    this.times.push(time)
    for (const [i, column] of this.columns.entries()) column.push(values[i] ?? null)
    const kept = this.times.findIndex((time) => time >= since)
    if (kept <= 0) return
    for (const column of [this.times, ...this.columns]) column.splice(0, kept)
  }

  now(line: number): number | undefined {
    return this.columns[line]?.at(-1) ?? undefined
  }

  peak(line: number): number | undefined {
    const values = this.columns[line]?.filter((value) => value !== null) ?? []
    return values.length ? Math.max(...values) : undefined
  }
}
