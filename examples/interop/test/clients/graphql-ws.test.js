// graphql-ws over the drop-in class, with the server of graphql-ws and graphql-js on ws.
import { EventEmitter, on } from 'node:events'
import { createServer } from 'node:http'
// By its file: graphql-ws, which Node loads, has to get the very same copy.
import { buildSchema } from 'graphql/index.js'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { listen } from '../../common/listen.js'
import { clientOver } from './support/behaviour.js'

const schema = buildSchema(`
  type Query { last: String }
  type Mutation { say(text: String!): String }
  type Subscription { line: String }
`)

async function start() {
  const harbour = new EventEmitter()
  let last = ''
  const http = createServer()
  useServer(
    {
      schema,
      roots: {
        mutation: {
          say(/** @type {{ text: string }} */ { text }) {
            last = text
            harbour.emit('line', text)
          },
        },
        subscription: {
          async *line() {
            const lines = on(harbour, 'line')
            yield { line: last }
            for await (const [line] of lines) yield { line }
          },
        },
      },
    },
    new WebSocketServer({ server: http }),
  )
  return listen(http)
}

clientOver('graphql-ws', { start, whereBothReconnect: 'leaves a second connection behind' })
