// The CDN build: everything that an app uses, on window.Hawser.

export * from './channels/index'
export * from './index'
export { indexedDBStore } from './indexeddb/index'
export * from './requests/index'
export * from './websocket/index'
