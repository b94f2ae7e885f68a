// What the button of a lane offers.

import type { SocketState } from '@hawser/core'

/** @returns `undefined` where there is nothing to hurry */
export function actionFor(status: SocketState['status']): string | undefined {
  if (status === 'waiting' || status === 'suspended') return 'Try now'
  if (status === 'closed' || status === 'unauthorized') return 'Connect'
  return undefined
}
