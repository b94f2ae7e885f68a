// Who chats and where, as the address of the page has it.

export interface Guest {
  /** Empty until somebody gave one. */
  readonly name: string
  readonly room: string
}

const NAMES = ['Ada', 'Grace', 'Alan', 'Katherine', 'Radia', 'Edsger', 'Barbara', 'Vint', 'Margaret', 'Tim']

export function guestIn(search: string): Guest {
  const address = new URLSearchParams(search)
  return { name: tidy(address.get('name')), room: tidy(address.get('room')) || 'harbour' }
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
