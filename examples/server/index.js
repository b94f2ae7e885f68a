// The example server as other examples and tests use it.
export { startChannelServer } from './channel-server.js'
export { startChatServer } from './chat-server.js'
export { startControlServer } from './control-server.js'
export { isLocal, listen, listenOn } from './loopback.js'
export { startBuiltPage } from './page-server.js'
export { createTokens } from './tokens.js'
