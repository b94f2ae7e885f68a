// Beside the contender: messages out, messages in and round trips over a real connection.

import type { Bench } from '../hosts/host'
import { connected, type Opened, said, texts } from './connect'

let client: Opened

export async function prepare(bench: Bench, { url }: { url: string }): Promise<void> {
  client = await connected(bench, url)
}

/** Messages a second, until the server has counted them all. An app that sends a burst in each turn of its loop. */
export async function out({ turn }: Bench, { messages }: { messages: number }): Promise<number> {
  const done = said(client, 'done')
  client.send(`!count ${messages}`)
  const start = performance.now()
  for (let sent = 0; sent < messages; sent += burst) {
    for (let index = 0; index < burst; index++) client.send(texts[index & 63] as string)
    await turn()
  }
  await done
  return (messages * 1_000) / (performance.now() - start)
}

const burst = 100

/** Messages a second, from the request to the last one. */
export function into(_: Bench, { messages }: { messages: number }): Promise<number> {
  return new Promise((resolve) => {
    let received = 0
    client.onMessage = () => {
      if (++received === messages) resolve((messages * 1_000) / (performance.now() - start))
    }
    const start = performance.now()
    client.send(`!flood ${messages}`)
  })
}

/** Round trips a second, one after the other. */
export function echo(_: Bench, { messages }: { messages: number }): Promise<number> {
  return new Promise((resolve) => {
    let back = 0
    client.onMessage = () => {
      if (++back === messages) resolve((messages * 1_000) / (performance.now() - start))
      else client.send(texts[back & 63] as string)
    }
    const start = performance.now()
    client.send(texts[0] as string)
  })
}
