// Renders that take long, are interrupted or thrown away, while messages come in.
import { act, render } from '@testing-library/react'
import { startTransition, useDeferredValue, useLayoutEffect, useState } from 'react'
import { expect, it } from 'vitest'
import { useMessages, useSocket, useSocketEvent, useSocketState } from '../../src'
import { frame, setUp } from '../support/set-up'

it('shows a deferred list that is behind, and never one with a gap', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const seen: string[] = []
  function List() {
    const messages = useMessages(socket)
    const deferred = useDeferredValue(messages)
    useLayoutEffect(() => {
      seen.push(`${messages.length}/${deferred.length}`)
    })
    return <p>{deferred.join()}</p>
  }
  const { container } = render(<List />)
  await say('a', 'b')
  await frame()
  await say('c')
  await frame()
  expect(container.textContent).toBe('a,b,c')
  expect(seen).toContain('2/0')
  expect(seen.at(-1)).toBe('3/3')
})

it('takes a message to the committed handler while a transition is thrown away', async () => {
  const { open, say } = setUp()
  const socket = await open()
  const heard: unknown[] = []
  let rename = (_name: string) => {}
  const never = new Promise(() => {})
  function Named() {
    const [name, setName] = useState('Ann')
    rename = setName
    useSocketEvent(socket, 'message', (message) => heard.push(`${name} ${message}`))
    if (name === 'never') throw never
    return name
  }
  render(<Named />)
  await act(async () => startTransition(() => rename('never')))
  await say('a')
  await act(async () => rename('Bob'))
  await say('b')
  expect(heard).toEqual(['Ann a', 'Bob b'])
})

it('shows one status in all components, whichever way they ask for it', async () => {
  const { create, pass, server } = setUp()
  const socket = create({ retryDelay: () => 10 })
  const commits = new Set<string>()
  const A = () => <i>{useSocket(socket).status} </i>
  const B = () => <i>{useSocketState(socket).status} </i>
  const C = () => <i>{useSocketState(socket, ({ status }) => status)} </i>
  function All() {
    useLayoutEffect(() => {
      commits.add(document.body.textContent ?? '')
    })
    useSocketState(socket)
    return [<A key="a" />, <B key="b" />, <C key="c" />]
  }
  render(<All />)
  act(() => socket.connect())
  await pass()
  server.latest.die()
  await pass()
  await pass(10)
  const expected = ['idle', 'connecting', 'open', 'waiting'].map((status) => `${status} ${status} ${status} `)
  expect([...commits].sort()).toEqual(expected.sort())
})
