// How many of something a component shows.

import { atLeastOne, validate } from '../validate'

/**
 * @param use the hook or composable
 * @throws {SocketError} `INVALID_OPTION` for a limit below 1
 */
export function limitOf(use: string, { limit = 100 }: { readonly limit?: number | undefined }): number {
  validate(use, { limit }, { limit: atLeastOne })
  return limit
}
