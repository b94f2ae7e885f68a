// What one frame carries: telling it apart, measuring it, keeping it as it is now.

import type { WireData } from './types'

/** A buffer, a view or a Blob, also of another realm. */
export const isBinary = (value: unknown): value is Exclude<WireData, string> =>
  ArrayBuffer.isView(value) || /ArrayBuffer|Blob|File/.test(Object.prototype.toString.call(value))

let encoder: TextEncoder | undefined
let scratch: Uint8Array<ArrayBuffer>

/** Payload in bytes: UTF-8 length, `byteLength` or `Blob.size`. */
export function byteLength(data: WireData): number {
  if (typeof data !== 'string') return 'size' in data ? data.size : data.byteLength
  if (!encoder) {
    encoder = new TextEncoder()
    scratch = new Uint8Array(4_096)
  }
  let bytes = 0
  // Encoding in pieces into the same few bytes is several times faster than looking at each character.
  for (let rest = data; rest; ) {
    const { read, written } = encoder.encodeInto(rest, scratch)
    bytes += written
    rest = rest.slice(read)
  }
  return bytes
}

/** A copy where the caller could still change it. Strings and Blobs cannot change. */
export function snapshot(data: WireData): WireData {
  if (typeof data === 'string' || 'size' in data) return data
  const view = 'buffer' in data ? data : new DataView(data)
  // Not by slice(): that of shared memory is shared again, which no browser sends.
  return new Uint8Array(new Uint8Array(view.buffer, view.byteOffset, view.byteLength)).buffer
}

/** Counts text by its UTF-16 length: a lower bound that is free. */
export const cheapLength = (data: WireData): number =>
  typeof data === 'string' ? data.length : byteLength(data)
