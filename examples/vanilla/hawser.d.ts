// The global that the CDN build makes.
declare const Hawser: typeof import('@hawser/core') &
  typeof import('@hawser/core/channels') &
  typeof import('@hawser/core/indexeddb') &
  typeof import('@hawser/core/requests') &
  typeof import('@hawser/core/websocket')
