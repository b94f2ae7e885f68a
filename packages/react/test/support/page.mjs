// A page that is rendered on a server and comes to life in a browser: made of what either side has.

/**
 * @param {Pick<typeof import('react'), 'createElement' | 'StrictMode'>} react
 * @param {typeof import('@hawser/react')} hooks
 */
export function createPage({ createElement, StrictMode }, hooks) {
  const { useSocket, useSocketState, useMessages, useLastMessage, useSend, useSocketEvent } = hooks

  /** @param {{ url: string }} props */
  function Page({ url }) {
    const { socket, status, queued, latency, error, lastMessage } = useSocket(url)
    useSocketEvent(socket, 'message', () => {})
    const shown = {
      status,
      queued,
      latency,
      error,
      lastMessage,
      state: useSocketState(socket, (state) => state.status),
      messages: useMessages(socket),
      last: useLastMessage(socket),
      sent: useSend(socket).messages,
    }
    return createElement('pre', null, JSON.stringify(shown))
  }
  /** @param {string} url */
  return (url) => createElement(StrictMode, null, createElement(Page, { url }))
}
