// The door `@hawser/core`.

export { type TokenAuthOptions, tokenAuth } from './auth/token-auth'
export { type JsonOptions, json } from './codec/json'
export { raw } from './codec/raw'
export type { StandardSchema } from './codec/standard-schema'
export { type BackoffOptions, exponentialBackoff } from './connection/backoff'
export { type Issue, SocketError, type SocketErrorCode } from './errors'
export { type HeartbeatOptions, heartbeat } from './heartbeat/heartbeat'
export { wsPings } from './heartbeat/ws-pings'
export { type OfflineQueueOptions, offlineQueue } from './queue/offline-queue'
export { type RotationOptions, rotation } from './rotation/rotation'
export { createSocket } from './socket'
export type * from './types'
