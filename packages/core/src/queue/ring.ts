// A ring of links: taking out and putting in is O(1), wherever it happens. It begins and ends with a link of its own.

/** What stands in a ring. */
export interface Link {
  previous: Link | undefined
  next: Link | undefined
}

/** An empty ring. */
export function ring(): Link {
  const ends: Link = { previous: undefined, next: undefined }
  ends.previous = ends.next = ends
  return ends
}

export function insertBefore(next: Link, link: Link): void {
  const previous = next.previous as Link
  link.previous = previous
  link.next = next
  previous.next = next.previous = link
}

/** Says whether it stood in a ring. */
export function takeOut(link: Link): boolean {
  const { previous, next } = link
  if (!previous || !next) return false
  previous.next = next
  next.previous = previous
  link.previous = link.next = undefined
  return true
}
