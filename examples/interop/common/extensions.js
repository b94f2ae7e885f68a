// What a connection agreed upon beside messages: WebSocket extensions (RFC 6455, section 9).

/** @param {import('@hawser/core').Socket<any, any>} socket empty while it is not open, or nothing was agreed upon */
export function extensionsOf({ transport }) {
  return /** @type {{ extensions?: string } | undefined} */ (transport)?.extensions ?? ''
}
