// Starts the chat server and its controls, and prints where they are.
import { startChatServer, startControlServer } from './index.js'

const chat = await startChatServer({ port: 8787 })
const control = await startControlServer({ chat, port: 8080 })

console.log(`
  Chat      ${chat.url}
  Token     curl -X POST '${control.url}token?name=Ada'
  Break it  curl -X POST ${control.url}control/kill
            (restart, reset, stall, resume, refuse, accept, 'close?code=1012&reason=bye')
  Counted   curl ${control.url}control/stats
`)
