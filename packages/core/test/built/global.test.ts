// The CDN build, run with nothing but the language around it: it touches no platform when it loads.
import { readFileSync } from 'node:fs'
import { createContext, runInContext } from 'node:vm'
import { expect, it } from 'vitest'

it('puts what the package exports on Hawser, with the doors that an app uses', async () => {
  const page = createContext({})
  runInContext(readFileSync('dist/hawser.global.js', 'utf8'), page)
  const names = runInContext('Object.keys(Hawser).sort()', page)
  const exported = {
    ...(await import('../../dist/index.js')),
    ...(await import('../../dist/channels/index.js')),
    ...(await import('../../dist/indexeddb/index.js')),
    ...(await import('../../dist/requests/index.js')),
    ...(await import('../../dist/websocket/index.js')),
  }
  expect([...names]).toEqual(Object.keys(exported).sort())
  expect([...names]).toEqual(
    expect.arrayContaining([
      'createSocket',
      'createRequests',
      'createChannels',
      'hawserWebSocket',
      'indexedDBStore',
    ]),
  )
})
