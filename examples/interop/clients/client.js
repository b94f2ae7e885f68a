// What the examples of this folder have in common: how a client is opened, and which class is underneath.
import { WebSocket } from 'ws'

/** @typedef {import('@hawser/core/websocket').WebSocketOptions} WebSocketOptions */

/**
 * @typedef {object} ClientOptions
 * @property {(text: string) => void} onMessage hears each text that anybody says, ourselves included
 * @property {(options: WebSocketOptions) => typeof globalThis.WebSocket} [makeWebSocket] makes the class.
 *   `hawserWebSocket`, unless given
 * @property {number} [retryDelay] milliseconds that the library waits between two attempts. 1 000, unless given
 * @property {{ interval?: number, timeout?: number }} [rhythm] of the heartbeat, in milliseconds
 */

/**
 * @typedef {object} Client
 * @property {(text: string) => void} say to everybody; waits for the connection where there is none
 * @property {() => unknown} dispose resolves when the library is done with its connection
 */

/** Node has a WebSocket of its own from version 22 on. In a browser this can be left out. */
export const environment = { WebSocket: globalThis.WebSocket ?? WebSocket }
