// What the unit tests share.
import { expect } from 'vitest'
import type { SocketErrorCode } from '../../src/errors'

/** For `toThrow` and `rejects.toThrow`: a SocketError with this code, whose message holds this text. */
export const thrown = (code: SocketErrorCode, text = '') =>
  expect.objectContaining({ name: 'SocketError', code, message: expect.stringContaining(text) })
