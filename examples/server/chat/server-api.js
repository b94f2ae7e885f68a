// What the page asks the server over HTTP.

/**
 * Asked for at each attempt, so the chat may move.
 *
 * @param {{ signal: AbortSignal }} attempt
 * @returns {Promise<string>}
 */
export async function chatAddress({ signal }) {
  return (await fetchJson('/config', { signal })).chat
}

/**
 * A real app would send its session along. The answer is `{ token, expiresAt }`.
 *
 * @param {string} name
 * @param {AbortSignal} signal
 */
export function fetchToken(name, signal) {
  return fetchJson(`/token?${new URLSearchParams({ name })}`, { method: 'POST', signal })
}

/**
 * @param {string} url
 * @param {RequestInit} options
 */
async function fetchJson(url, options) {
  const response = await fetch(url, options)
  if (!response.ok) throw new Error(`${url} gave HTTP ${response.status}`)
  return response.json()
}
