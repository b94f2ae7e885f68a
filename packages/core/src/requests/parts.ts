// The parts of an answer as an async iterator: they wait for the reader, and the reader for them.

import { quiet } from '../deferred'
import type { SocketError } from '../errors'
import { Inbox } from '../inbox'

export interface Parts<T> {
  readonly iterator: AsyncIterableIterator<T>
  /** Says how many wait to be read now. */
  readonly push: (part: T | Promise<T>) => number
  /** Nothing more comes. The error is told behind all that came before it; that it was aborted, at once. */
  readonly end: (error?: SocketError) => void
}

/**
 * @param begin called before the first part is asked for
 * @param leave called when the reader wants no more
 */
export function createParts<T>(begin: () => void, leave: () => void): Parts<T> {
  /** Each in a list of its own: what is in the inbox is not awaited. */
  const inbox = new Inbox<readonly [T | Promise<T>]>()
  const done = { done: true, value: undefined } as const
  let hasBegun = false

  const over = () => {
    hasBegun = true
    inbox.close()
    leave()
    inbox.messages.length = 0
    return Promise.resolve(done)
  }
  return {
    iterator: {
      next() {
        const isFirst = !hasBegun
        hasBegun = true
        if (isFirst) begin()
        return quiet(
          inbox.receive().then(
            async ([part]) => {
              try {
                return { done: false, value: await part }
              } catch (error) {
                // One that does not match its schema is the last.
                void over()
                throw error
              }
            },
            () => done,
          ),
        )
      },
      return: over,
      [Symbol.asyncIterator]() {
        return this
      },
    },
    push: (part) => inbox.push([part]),
    end(error) {
      if (error?.code === 'ABORTED') inbox.messages.length = 0
      if (error) inbox.push([quiet(Promise.reject(error))])
      inbox.close()
    },
  }
}
