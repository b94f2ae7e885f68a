// What the page asks the server over HTTP.

/** Asked for at each attempt, so the chat may move. */
export async function chatAddress({ signal }: { signal: AbortSignal }): Promise<string> {
  return (await fetchJson('/config', { signal })).chat
}

/** A real app would send its session along. The answer is `{ token, expiresAt }`. */
export function fetchToken(name: string, signal: AbortSignal) {
  return fetchJson(`/token?${new URLSearchParams({ name })}`, { method: 'POST', signal })
}

async function fetchJson(url: string, options: RequestInit) {
  const response = await fetch(url, options)
  if (!response.ok) throw new Error(`${url} gave HTTP ${response.status}`)
  return response.json()
}
