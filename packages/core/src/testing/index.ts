// The door @hawser/core/testing: a clock that a test moves, and sockets with no network under them, and stores.

export { type CheckQueueStoreOptions, checkQueueStore } from './check-queue-store'
export { type ManualClock, manualClock } from './manual-clock'
export type {
  MemoryBehaviour,
  MemoryConnection,
  MemoryEvent,
  MemoryLogEntry,
  MemoryMode,
  MemoryRequest,
} from './memory-connection'
export { type MemoryServer, type MemoryServerOptions, memoryServer } from './memory-server'
export type { MemoryFrame, MemorySocket } from './memory-socket'
export { memoryRows, memoryStore } from './memory-store'
export { type SinkSocket, sinkSocket } from './sink-socket'
