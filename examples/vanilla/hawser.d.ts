// The global that the CDN build makes.
declare const Hawser: typeof import('@hawser/core') & typeof import('@hawser/core/indexeddb')
