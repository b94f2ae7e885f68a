// y-websocket over the drop-in class, with the server of Yjs on ws.
import { createServer } from 'node:http'
import { getYDoc, setupWSConnection } from '@y/websocket-server/utils'
import { WebSocketServer } from 'ws'
import { listen } from '../../common/listen.js'
import { clientOver } from './support/behaviour.js'

async function start() {
  const doc = getYDoc('harbour')
  // The server repeats what is said: then it has gone both ways.
  const said = doc.getArray('said')
  said.observe(({ changes }) => {
    for (const { insert = [] } of changes.delta) doc.getArray('lines').push([...insert])
  })
  const http = createServer()
  new WebSocketServer({ server: http }).on('connection', setupWSConnection)
  return listen(http)
}

clientOver('y-websocket', { start, whereBothReconnect: 'has one connection' })
