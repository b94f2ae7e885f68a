// Prints what happens to a socket, for those who watch an example run.

/** @typedef {(line: string) => void} Print */

/**
 * @param {import('@hawser/core').Socket<any, any>} socket
 * @param {Print} print
 */
export function narrate(socket, print) {
  socket.on('open', ({ protocol }) => print(`open${protocol && `, speaking ${protocol}`}`))
  socket.on('message', (message) => print(`message ${show(message)}`))
  socket.on('drop', ({ error }) => print(`drop ${error.code}: ${error.message}`))
  socket.on('error', (error) => print(`error ${error.code}: ${error.message}`))
  socket.on('close', ({ code, reason, wasClean, origin }) => {
    const { status } = socket.state.get()
    const manner = wasClean ? 'clean' : 'not clean'
    print(`close ${code}${reason && ` '${reason}'`}, ${manner}, by the ${origin}; now ${status}`)
  })
}

/** @param {unknown} message */
function show(message) {
  if (typeof message === 'string') return `'${message.length > 80 ? `${message.slice(0, 80)}…` : message}'`
  if (message instanceof ArrayBuffer) return `of ${message.byteLength} bytes`
  if (message instanceof Blob) return `a Blob of ${message.size} bytes`
  return JSON.stringify(message)
}
