// A store that keeps its rows as long as the process runs: messages survive their socket, for tests.

import { journal } from '../queue/journal'
import type { QueueStore, Row, RowChange, Rows } from '../queue/store'

/**
 * Makes a store whose rows outlive the sockets that use it. For one socket at a time: two at once would send the same
 * rows.
 *
 * @example
 * const store = memoryStore()
 * createSocket(url, { queue: offlineQueue({ store }) }).send('kept') // and another socket, later, sends it
 */
export function memoryStore(): QueueStore {
  const partitions = new Map<string, Rows>()
  return journal({
    name: 'memory',
    open(partition) {
      const rows = partitions.get(partition) ?? memoryRows()
      partitions.set(partition, rows)
      return rows
    },
  })
}

/** Rows in memory, and an example of how to make rows: what stands in `rows` is the disk. */
export function memoryRows(rows = new Map<string, Row>()): Rows {
  const make = (change: RowChange) => {
    if ('clear' in change) rows.clear()
    else if ('remove' in change) rows.delete(change.remove)
    else if ('add' in change) rows.set(change.add.id, change.add)
    else if (rows.has(change.change.id)) rows.set(change.change.id, change.change)
  }
  return {
    load: async () => [...rows.values()],
    async write(changes) {
      changes.forEach(make)
    },
    close() {},
  }
}
