// The options of createSocket: which there are, what they may be, and what they are when they are missing.

import { raw } from './codec/raw'
import { exponentialBackoff } from './connection/backoff'
import { offlineQueue } from './queue/offline-queue'
import type { CloseInfo, Codec, SocketOptions, Verdict } from './types'
import {
  anything,
  atLeastOne,
  callback,
  count,
  duration,
  flag,
  invalid,
  type Kind,
  madeBy,
  oneOf,
  validate,
  withDefaults,
} from './validate'

const object: Kind = [(value: unknown) => typeof value === 'object' && value !== null, 'an object']

const kinds: { readonly [K in keyof SocketOptions]-?: Kind } = {
  protocols: anything, // looked at by resolveProtocols
  auth: madeBy('session', 'tokenAuth(…)'),
  onHandshake: callback,
  queue: [(value: any) => value === false || typeof value?.overflow === 'string', 'offlineQueue(…) or false'],
  heartbeat: madeBy('begin', 'heartbeat(…)'),
  codec: madeBy('encode', 'json(…) or a codec'),
  retries: count,
  retryDelay: callback,
  shouldRetry: callback,
  retryAfter: callback,
  connectTimeout: duration,
  handshakeTimeout: duration,
  closeTimeout: duration,
  minUptime: duration,
  whenHidden: oneOf('keep', 'slow', 'suspend'),
  whenOffline: oneOf('slow', 'suspend'),
  rotation: madeBy('begin', 'rotation(…)'),
  binaryType: oneOf('arraybuffer', 'blob'),
  highWaterMark: atLeastOne,
  lowWaterMark: duration,
  inboundBuffer: count,
  allowInsecure: flag,
  environment: object,
  inspect: callback,
}

export const defaultPolicy = {
  retryDelay: /* @__PURE__ */ exponentialBackoff(),
  shouldRetry: (_: CloseInfo, verdict: Verdict) => verdict !== 'stop',
  retryAfter: (_: CloseInfo): number | undefined => undefined,
}
const defaults = {
  retries: Infinity,
  ...defaultPolicy,
  connectTimeout: 10_000,
  handshakeTimeout: 10_000,
  closeTimeout: 2_000,
  minUptime: 5_000,
  whenHidden: 'keep' as const,
  whenOffline: 'slow' as const,
  binaryType: 'arraybuffer' as const,
  highWaterMark: 65_536,
  lowWaterMark: 0,
  inboundBuffer: 64,
  allowInsecure: false,
  codec: raw as Codec<any, any>,
  queue: /* @__PURE__ */ offlineQueue(),
}

export type Options = Omit<SocketOptions, keyof typeof defaults> &
  Required<Pick<SocketOptions, keyof typeof defaults>>

/** @throws {SocketError} `INVALID_OPTION` */
export function resolveOptions(given: SocketOptions): Options {
  validate('createSocket', given, kinds)
  const options = withDefaults<Options>(given as Partial<Options>, defaults)
  const { lowWaterMark, highWaterMark } = options
  if (lowWaterMark >= highWaterMark)
    throw invalid('createSocket: lowWaterMark', 'below highWaterMark', lowWaterMark)
  if (options.queue && options.queue.confirm?.by === 'pongs' && !options.heartbeat)
    throw invalid('createSocket: heartbeat, with pongs(),', 'heartbeat(…)', undefined)
  return options
}
