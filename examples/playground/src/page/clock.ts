// The time that countdowns show.

import { createSource } from './store'

export const now = createSource(Date.now())

export function startClock(): void {
  setInterval(() => now.set(Date.now()), 200)
}
