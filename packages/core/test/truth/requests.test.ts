// Requests over real connections, with a server that answers when it is told to, and connections that are reset.

import { describe, expect, it } from 'vitest'
import { json, rotation } from '../../src/index'
import { createRequests, createResponder, type RequestsOptions } from '../../src/requests'
import { type RemoteRig, useRig } from '../support/harness'
import { open } from './support'

const startRig = useRig()

/** An open socket with requests, and a server that has heard nothing yet. */
async function talk(options: RequestsOptions<'type', 'payload'> = {}) {
  const rig = await startRig()
  const app = open(rig.url, { codec: json(), rotation: rotation({ linger: 60_000 }) })
  const requests = createRequests(app.socket, options)
  app.socket.connect()
  await app.socket.opened()
  return { ...app, rig, requests }
}

/** The messages of all connections, once there are so many. */
async function heard(rig: RemoteRig, count: number): Promise<any[]> {
  await rig.until('messages', count)
  const connections = await rig.connections()
  return connections.flatMap(({ id, frames }) =>
    frames.map((frame) => ({ ...JSON.parse(String(frame)), connection: id })),
  )
}

const says = (rig: RemoteRig, message: object, which?: number) => rig.send(JSON.stringify(message), which)

describe('requests', () => {
  it('are answered, each by its own answer', async () => {
    const { rig, requests } = await talk()
    const answers = [1, 2, 3].map((payload) => requests.request({ type: 'ask', payload }))
    const asked = await heard(rig, 3)
    for (const { id, payload } of asked.reverse())
      await says(rig, { id, type: 'reply', payload: payload * 10 })
    expect(await Promise.all(answers)).toEqual([10, 20, 30])
  })

  it('B94 reject with REQUEST_LOST when the connection is reset before the answer', async () => {
    const { rig, requests } = await talk()
    const answer = requests.request({ type: 'ask' })
    await heard(rig, 1)
    await rig.reset()
    await expect(answer).rejects.toMatchObject({ code: 'REQUEST_LOST' })
    expect(await heard(rig, 1)).toHaveLength(1)
  })

  it('B94 with retry are sent again with the same id, and answered on the next connection', async () => {
    const { rig, requests } = await talk({ retry: 1 })
    const answer = requests.request({ type: 'ask', payload: 'once more' })
    await heard(rig, 1)
    await rig.reset()
    const [first, second] = await heard(rig, 2)
    expect(second).toEqual({ ...first, connection: 1 })
    await says(rig, { id: first.id, type: 'reply', payload: 'here' })
    expect(await answer).toBe('here')
  })

  it('B93 that are aborted on their way are taken back, and the late answer is for nobody', async () => {
    const { rig, requests, messages, errors } = await talk()
    const control = new AbortController()
    const answer = requests.request({ type: 'ask' }, { signal: control.signal })
    const [{ id }] = await heard(rig, 1)
    control.abort()
    await expect(answer).rejects.toMatchObject({ code: 'ABORTED' })
    expect((await heard(rig, 2))[1]).toMatchObject({ id, type: 'cancel' })
    await says(rig, { id, type: 'reply' })
    const last = requests.request({ type: 'ask' })
    await says(rig, { id: (await heard(rig, 3))[2].id, type: 'reply' })
    await last
    expect([messages, errors]).toEqual([[], []])
  })

  it('are answered on the first connection after a rotation, and on the second what was asked there', async () => {
    const { rig, socket, requests } = await talk()
    const early = requests.request({ type: 'early' })
    await heard(rig, 1)
    socket.rotate()
    await rig.until('connections', 2)
    const isRotating = () => (socket.state.get() as { rotating?: boolean }).rotating
    while (isRotating()) await socket.once('state')
    const late = requests.request({ type: 'late' })
    const [first, second] = await heard(rig, 2)
    expect([first.connection, second.connection]).toEqual([0, 1])
    await says(rig, { id: second.id, type: 'reply', payload: 'second' }, 1)
    await says(rig, { id: first.id, type: 'reply', payload: 'first' }, 0)
    expect(await Promise.all([early, late])).toEqual(['first', 'second'])
  })
})

describe('a stream', () => {
  it('comes in parts, and is taken back when the reader leaves', async () => {
    const { rig, requests } = await talk()
    const stream = requests.stream<number>({ type: 'count' })
    const first = stream.next()
    const [{ id }] = await heard(rig, 1)
    for (const payload of [1, 2, 3]) await says(rig, { id, type: 'next', payload })
    expect((await first).value).toBe(1)
    for await (const part of stream) {
      expect(part).toBe(2)
      break
    }
    expect((await heard(rig, 2))[1]).toMatchObject({ id, type: 'cancel' })
  })
})

describe('a server', () => {
  it('asks the client and is answered; what nobody handles is the app’s', async () => {
    const { rig, socket, messages } = await talk()
    createResponder(socket).handle('confirm', async (question) => `${question}: yes`)
    const unknown = { id: 2, type: 'unknown' }
    await says(rig, unknown)
    await says(rig, { id: 1, type: 'confirm', payload: 'really' })
    expect(await heard(rig, 1)).toEqual([{ connection: 0, id: 1, type: 'reply', payload: 'really: yes' }])
    expect(messages).toEqual([unknown])
  })
})
