// raw: strings and binary pass as the platform has them.

import type { Codec, WireData } from '../types'
import { isBinary } from '../wire-data'

export type RawCodec = Codec<string | ArrayBuffer | Blob, WireData>

export const raw: RawCodec = {
  name: 'raw',
  encode(message) {
    if (typeof message === 'string' || isBinary(message)) return message
    // The platform would send "[object Object]".
    throw new TypeError('Only text and binary: for objects give codec: json().')
  },
  decode: (data) => data,
}
