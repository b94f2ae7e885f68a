// Who chats and where. It stands in the address of the page, so a reload comes back to it.

import { shallowRef } from 'vue'

export interface Guest {
  /** Empty until somebody gave one. */
  readonly name: string
  readonly room: string
}

const NAMES = ['Ada', 'Grace', 'Alan', 'Katherine', 'Radia', 'Edsger', 'Barbara', 'Vint', 'Margaret', 'Tim']

/** The one of this page. */
export const guest = shallowRef<Guest>(guestIn(location.search))

export function join(joining: Guest): void {
  history.replaceState(null, '', addressOf(joining))
  guest.value = joining
}

export function addressOf({ name, room }: Guest): string {
  return `/?${new URLSearchParams({ name, room })}`
}

export function someName({ besides }: { besides?: string } = {}): string {
  const free = NAMES.filter((name) => name !== besides)
  return free[Math.floor(Math.random() * free.length)] ?? 'Ada'
}

/** As the server takes it: 1 to 40 characters, none of them a space around. */
export function tidy(value: unknown): string {
  return String(value ?? '')
    .trim()
    .slice(0, 40)
}

function guestIn(search: string): Guest {
  const address = new URLSearchParams(search)
  return { name: tidy(address.get('name')), room: tidy(address.get('room')) || 'harbour' }
}
