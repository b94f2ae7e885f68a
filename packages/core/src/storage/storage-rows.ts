// Rows in a storage of keys and texts: a text per row, and one that lists them, whose writing makes a change happen.

import type { Row, Rows } from '../queue/store'
import type { WireData } from '../types'

/** The part of a `Storage` that is used. Each method may give a promise. */
export interface StorageLike {
  getItem(key: string): string | null | undefined | Promise<string | null | undefined>
  setItem(key: string, value: string): unknown
  removeItem(key: string): unknown
}

/** The list: the number of each row by its id, in their order, the next number, and what may be left of older changes. */
interface List {
  readonly version: 1
  readonly rows: readonly (readonly [id: string, number: number])[]
  readonly next: number
  readonly waste: readonly number[]
}

/**
 * A row is never written over: a change writes new texts, then the list, then removes what the list no longer names. So
 * whichever write is the last one before a crash, the list names rows that are whole.
 */
export async function storageRows(storage: StorageLike, name: string): Promise<Rows> {
  const keyOf = (number: number) => `${name}:${number}`
  let list = readList(await storage.getItem(name))
  const remove = (waste: readonly number[]) => all(waste, (number) => storage.removeItem(keyOf(number)))

  // What a crash left behind: rows that are not listed any more, and rows that are not listed yet.
  await remove(list.waste).catch(() => {})
  for (let number = list.next; (await storage.getItem(keyOf(number))) != null; number += 1) {
    await storage.removeItem(keyOf(number))
  }

  return {
    load: async () => (await all(list.rows, ([, number]) => storage.getItem(keyOf(number)))).map(parse),

    async write(changes) {
      const rows = new Map(list.rows)
      const waste = [...list.waste]
      const written: [number, Row][] = []
      let { next } = list
      for (const change of changes) {
        if ('clear' in change) {
          waste.push(...rows.values())
          rows.clear()
          continue
        }
        const row = 'add' in change ? change.add : 'change' in change ? change.change : undefined
        const id = 'remove' in change ? change.remove : (row as Row).id
        const older = rows.get(id)
        if (older === undefined && !('add' in change)) continue
        if (older !== undefined) waste.push(older)
        if (!row) rows.delete(id)
        else {
          rows.set(id, next)
          written.push([next, row])
          next += 1
        }
      }
      const writtenNumbers = written.map(([number]) => number)
      try {
        await all(written, async ([number, row]) => storage.setItem(keyOf(number), await textOf(row)))
      } catch (error) {
        // Nobody lists what was written. Where it cannot be removed, the next opening does it.
        await remove(writtenNumbers).catch(() => {})
        throw error
      }
      const after: List = { version: 1, rows: [...rows], next, waste }
      try {
        await storage.setItem(name, JSON.stringify(after))
      } catch (error) {
        // It may have happened all the same: what may be listed now is not written over.
        list = { ...list, next, waste: [...list.waste, ...writtenNumbers] }
        throw error
      }
      list = after
      // What cannot be removed now is still named as waste, and removed later.
      await remove(waste).then(
        () => {
          list = { ...after, waste: [] }
        },
        () => {},
      )
    },

    close() {},
  }
}

/** Does it for all at the same time, and waits for all, also where some fail. */
async function all<T, R>(list: readonly T[], act: (one: T) => R): Promise<Awaited<R>[]> {
  const results = await Promise.allSettled(list.map(async (one) => act(one)))
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  }) as Awaited<R>[]
}

function readList(text: string | null | undefined): List {
  if (text == null) return { version: 1, rows: [], next: 0, waste: [] }
  const list = JSON.parse(text)
  if (list?.version !== 1) throw new TypeError('The storage holds a list of rows of another release.')
  return list
}

async function textOf(row: Row): Promise<string> {
  const { data } = row
  return JSON.stringify(
    typeof data === 'string' ? row : { ...row, data: undefined, base64: toBase64(await bytesOf(data)) },
  )
}

function parse(text: string | null | undefined): Row | Error {
  try {
    const row = JSON.parse(text ?? '')
    return typeof row.base64 === 'string' ? { ...row, data: fromBase64(row.base64) } : row
  } catch (error) {
    return error as Error
  }
}

async function bytesOf(data: Exclude<WireData, string>): Promise<Uint8Array> {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return new Uint8Array('arrayBuffer' in data ? await data.arrayBuffer() : data)
}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  // A function takes some ten thousand arguments at most.
  for (let at = 0; at < bytes.length; at += 8_192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8_192))
  return btoa(text)
}

const fromBase64 = (text: string): ArrayBuffer => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer
