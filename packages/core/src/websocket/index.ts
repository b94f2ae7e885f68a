// The door `@hawser/core/websocket`: classes that pass for the platform's WebSocket.

export {
  type HawserWebSocket,
  type HawserWebSocketClass,
  hawserWebSocket,
  ReconnectingWebSocket,
  type SendCallback,
  type WebSocketOptions,
} from './websocket'
