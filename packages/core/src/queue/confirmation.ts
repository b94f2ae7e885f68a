// acks and pongs: how it is known that a message arrived.

import type { Confirmation } from '../types'
import { callback, flag, invalid, type Kind, validate } from '../validate'
import { type Acked, Confirmer, type ConfirmerHost, type ConfirmerOptions } from './confirmer'

export interface StampOptions {
  /**
   * How the id of a message gets into it, by which the server drops doubles: the name of a field, which is put into each
   * message (a plain object) unless the message has an id of its own there, a string or a number; or a function that gives
   * the message with the id in it.
   */
  readonly id?: string | ((message: any, id: string) => unknown)
}

export interface AcksOptions extends StampOptions {
  /** @default 'id' */
  readonly id?: string | ((message: any, id: string) => unknown)
  /**
   * What a decoded message acknowledges: an id, a list of ids, `{ upTo: id }` for all that went out up to that one; or
   * `undefined` where it is no ack. Acks reach nobody else, neither listeners nor `receive()` of a handshake.
   */
  readonly isAck: (message: any) => Acked | undefined | null | false
  /** Acks reach the others as well: where the server's echo is the ack. @default false */
  readonly deliver?: boolean
}

const idKind: Kind = [
  (id: unknown) => typeof id === 'function' || (typeof id === 'string' && id !== ''),
  'the name of a field, or a function',
]

/**
 * The server says what it has. What it did not confirm before a break goes out again, with the same id, ahead of newer
 * messages: exactly once where the server drops doubles by their ids.
 *
 * @throws {SocketError} `INVALID_OPTION`
 */
export function acks(options: AcksOptions): Confirmation {
  validate('acks', options, { id: idKind, isAck: callback, deliver: flag })
  const { id = 'id', isAck, deliver = false } = options
  if (!isAck) throw invalid('acks: isAck', callback[1], isAck)
  return confirmation('acks', { ...stamping(id), isAck, deliver })
}

/**
 * The heartbeat's pings say it: the pong to one that was sent after a message proves that the message arrived, where pings
 * are answered. That may be an edge in front of the app. Wants a heartbeat that pings, better with pongs that name their
 * ping: where nine pings in a row were left unanswered, one that names none proves nothing on that connection any more.
 *
 * @throws {SocketError} `INVALID_OPTION`
 */
export function pongs(options: StampOptions = {}): Confirmation {
  validate('pongs', options, { id: idKind })
  return confirmation('pongs', options.id === undefined ? {} : stamping(options.id))
}

const confirmation = (by: Confirmation['by'], options: ConfirmerOptions): Confirmation => ({
  by,
  begin: (host: ConfirmerHost) => new Confirmer(options, host),
})

function stamping(id: NonNullable<StampOptions['id']>): ConfirmerOptions {
  if (typeof id === 'function') return { stamp: id }
  return {
    field: id,
    isBare: (message) => isPlain(message) && message[id] === undefined,
    stamp: (message, made) => {
      if (!isPlain(message))
        throw new TypeError(`Only a plain object takes its id as ${id}: give id as a function.`)
      const own = message[id]
      if (own === undefined || own === null) {
        // Several times faster than spreading it, in V8.
        const stamped: Record<string, unknown> = Object.assign({}, message)
        stamped[id] = made
        return stamped
      }
      if ((typeof own === 'string' && own !== '') || typeof own === 'number') return message
      throw new TypeError(`Its ${id} must be a number or a string that is not empty.`)
    },
  }
}

/** No array, no class of the app's: also of another realm. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  if (value.constructor === Object) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
