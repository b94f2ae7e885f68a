// messages(): what comes in, as an async iterator with a bounded buffer.

import { SocketError } from './errors'
import { Inbox } from './inbox'
import type { MessagesOptions, Socket } from './types'
import { abortSignal, count, validate } from './validate'

/** @param isEnded whether the socket ended for good */
export function iterate<In>(
  socket: Pick<Socket<In, never>, 'on'>,
  options: MessagesOptions,
  isEnded: () => boolean,
  report: (error: SocketError) => void,
): AsyncIterableIterator<In> {
  validate('messages', options, { signal: abortSignal, buffer: count })
  const { signal, buffer = 1_000 } = options
  const inbox = new Inbox<In>()
  const end = () => {
    for (const off of offs) off()
    signal?.removeEventListener('abort', end)
    inbox.close()
  }
  const offs = [
    socket.on('message', (message) => {
      if (inbox.push(message) <= buffer) return
      inbox.messages.shift()
      report(new SocketError('INBOUND_OVERFLOW', 'messages() is read too slowly.'))
    }),
    socket.on('state', () => isEnded() && end()),
  ]
  signal?.addEventListener('abort', end)
  if (signal?.aborted || isEnded()) end()
  const done = { done: true, value: undefined } as const
  return {
    next: () =>
      inbox.receive().then(
        (value) => ({ done: false, value }),
        () => done,
      ),
    return: () => {
      inbox.messages.length = 0
      end()
      return Promise.resolve(done)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
