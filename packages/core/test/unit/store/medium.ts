// Rows on a medium that does as it is told: answers, waits, fails, lies or stands still.

import { type Deferred, deferred } from '../../../src/deferred'
import { type JournalOptions, journal } from '../../../src/queue/journal'
import type { Row, RowChange, Rows } from '../../../src/queue/store'
import { memoryRows } from '../../../src/testing'

type Call = 'open' | 'load' | 'write'

export class Medium {
  /** The disk. */
  readonly disk = new Map<string, Row>()
  /** Each batch that was to be written. */
  readonly batches: (readonly RowChange[])[] = []
  readonly calls: Call[] = []
  closed = 0
  /** What it does from now on: `hang` waits for `answer()`. */
  does: Partial<Record<Call, 'fail' | 'hang' | 'hang, then fail'>> = {}
  /** What `load` gives beside the rows. */
  foreign: unknown[] = []
  readonly #waiting: Deferred[] = []
  #isBusy = false

  store(options: Partial<JournalOptions> = {}) {
    return journal({
      name: 'test',
      open: async () => {
        await this.#call('open')
        return this.rows()
      },
      ...options,
    })
  }

  rows(): Rows {
    const rows = memoryRows(this.disk)
    return {
      load: async (ids) => {
        await this.#call('load')
        const all = await rows.load()
        return [...this.foreign, ...(ids ? all.filter(({ id }: any) => ids.includes(id)) : all)]
      },
      write: async (changes) => {
        this.batches.push(changes)
        await this.#call('write')
        return rows.write(changes)
      },
      close: () => {
        this.closed += 1
      },
    }
  }

  /** Lets what hangs go on. */
  answer(): void {
    for (const waiting of this.#waiting.splice(0)) waiting.resolve()
  }

  get ids(): string[] {
    return [...this.disk.keys()]
  }

  async #call(call: Call): Promise<void> {
    if (this.#isBusy) throw new Error('Two calls at once')
    this.#isBusy = true
    this.calls.push(call)
    try {
      const does = this.does[call]
      if (does?.startsWith('hang')) {
        const answer = deferred()
        this.#waiting.push(answer)
        await answer.promise
      }
      if (does?.endsWith('fail')) throw new Error(`The medium fails to ${call}`)
    } finally {
      this.#isBusy = false
    }
  }
}
