// The CDN build: everything that an app uses, on window.Hawser.

export * from './index'
export { indexedDBStore } from './indexeddb/index'
