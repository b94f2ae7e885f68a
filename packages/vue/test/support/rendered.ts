// What a server renders and a page takes over.

import { renderToString } from '@vue/server-renderer'
import { createSSRApp, defineComponent, h, Suspense } from 'vue'
import { useLastMessage, useMessages, useSend, useSocket, useSocketEvent, useSocketState } from '../../src'

/** Uses everything there is. `heard` is told of each message. */
export const everything = (url: string, heard: (message: unknown) => void) => {
  const Later = defineComponent({
    async setup() {
      const { status } = useSocket(url)
      await Promise.resolve()
      return () => h('i', status.value)
    },
  })
  const All = defineComponent(() => {
    const { socket, status, latency, queued, error, lastMessage } = useSocket(() => url, { retries: 3 })
    const state = useSocketState(socket)
    const isOpen = useSocketState(socket, (now) => now.status === 'open')
    const messages = useMessages(socket)
    const last = useLastMessage(socket)
    const { messages: sent } = useSend(socket)
    useSocketEvent(socket, 'message', heard)
    return () => [
      h('p', [status.value, state.value.status, isOpen.value, latency.value, queued.value].join()),
      h('p', [error.value?.code, lastMessage.value, last.value].join()),
      h('p', [messages.value.length, sent.value.length].join()),
      h(Suspense, null, { default: () => h(Later), fallback: () => 'wait' }),
    ]
  })
  return createSSRApp(All)
}

export const onServer = (url: string) => renderToString(everything(url, () => {}))
