// Options that are new objects at each render: one socket, and the newest functions.
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { heartbeat, json, tokenAuth } from '../../../src'
import { type SharedSocketOptions, shareSocket } from '../../../src/bindings'
import { newestOptions } from '../../../src/bindings/newest-options'
import { grace, page } from './support'

const url = 'wss://a.test/'

describe('newest options', () => {
  it('B106 1 000 renders with new options make one transport, and the newest functions are called', async () => {
    const { clock, server, mount, update } = page()
    const called: string[] = []
    const options = (render: number): SharedSocketOptions => ({
      codec: json(),
      protocols: () => {
        called.push(`protocols ${render}`)
        return []
      },
      onHandshake: () => void called.push(`onHandshake ${render}`),
      shouldRetry: () => {
        called.push(`shouldRetry ${render}`)
        return true
      },
      retryDelay: () => {
        called.push(`retryDelay ${render}`)
        return 1
      },
    })
    const component = mount(url, options(0))
    await clock.advance(0)
    for (let render = 1; render < 1_000; render++) update(component, url, options(render))
    await clock.advance(0)
    expect(server.connections.length).toBe(1)
    expect(called).toEqual(['protocols 0', 'onHandshake 0'])
    called.length = 0
    server.latest.die()
    await clock.advance(10)
    expect(called).toEqual(['shouldRetry 999', 'retryDelay 999', 'protocols 999', 'onHandshake 999'])
    expect(server.connections.length).toBe(2)
  })

  it('B106 the newest URL function is called at each attempt', async () => {
    const { clock, server, mount, update } = page()
    const component = mount(() => `${url}?render=0`)
    await clock.advance(0)
    for (let render = 1; render < 10; render++) update(component, () => `${url}?render=${render}`)
    component.socket.reconnect()
    await clock.advance(0)
    expect(server.connections.map(({ url }) => url)).toEqual([`${url}?render=0`, `${url}?render=9`])
  })

  it('B106 the newest getToken is called, also inside a tokenAuth that is new at each render', async () => {
    const { clock, server, mount, update } = page()
    const options = (token: string) => ({ auth: tokenAuth({ getToken: () => token }) })
    const component = mount(url, options('first'))
    await clock.advance(0)
    for (const token of ['second', 'third']) update(component, url, options(token))
    await clock.advance(grace)
    expect(server.connections.length).toBe(1)
    component.socket.reconnect()
    await clock.advance(0)
    expect(server.connections.map(({ url }) => new URL(url).searchParams.get('token'))).toEqual([
      'first',
      'third',
    ])
  })

  it('B106 the newest functions of a first frame are called too, and no token is shown', async () => {
    const { clock, server, mount, update } = page({
      onMessage: (frame, connection) => connection.send(`${frame}: ok`),
    })
    const told: unknown[] = []
    const options = (name: string) => ({
      inspect: (event: unknown) => void told.push(event),
      auth: tokenAuth({
        attach: 'message',
        getToken: () => `secret-${name}`,
        message: (token) => `${name} ${token}`,
        isAccepted: (message) => message === `${name} secret-${name}: ok`,
      }),
    })
    const component = mount(url, options('ada'))
    await clock.advance(0)
    update(component, url, options('eve'))
    component.socket.reconnect()
    await clock.advance(0)
    expect(server.latest.received).toEqual(['eve secret-eve'])
    expect(component.socket.state.get().status).toBe('open')
    expect(JSON.stringify(told)).not.toContain('secret')
  })

  it('B106 the newest heartbeat begins at each open', async () => {
    const { clock, server, mount, update } = page()
    const options = (ping: string) => ({ heartbeat: heartbeat({ interval: 1_000, timeout: 500, ping }) })
    const component = mount(url, options('first'))
    await clock.advance(0)
    update(component, url, options('second'))
    await clock.advance(1_000)
    expect(server.latest.received).toEqual(['first'])
    component.socket.reconnect()
    await clock.advance(1_000)
    expect(server.latest.received).toEqual(['second'])
  })

  it('B106 of components that share one, those of who rendered last count, and of who stays', async () => {
    const { clock, server, mount, update } = page()
    const options = (protocol: string) => ({ protocols: () => [protocol] })
    const [ada, eve] = [mount(url, options('ada')), mount(url, options('eve'))]
    const offered = async () => {
      ada.socket.reconnect()
      await clock.advance(0)
      return server.latest.protocols
    }
    expect(await offered()).toEqual(['eve'])
    update(ada, url, options('ada-again'))
    expect(await offered()).toEqual(['ada-again'])
    ada.unmount()
    expect(await offered()).toEqual(['eve'])
    eve.unmount()
    // Nobody is left: those that it was made with.
    expect(await offered()).toEqual(['ada'])
  })

  it('takes from the first what the newest lack', async () => {
    const { clock, server, mount, update } = page()
    const component = mount(url, {
      protocols: () => ['first'],
      heartbeat: heartbeat({ interval: 1_000, timeout: 500, ping: 'first' }),
    })
    await clock.advance(0)
    update(component, url, {})
    component.socket.reconnect()
    await clock.advance(1_000)
    expect([server.latest.protocols, server.latest.received]).toEqual([['first'], ['first']])
  })

  it('takes a list where a function stood first', async () => {
    const { clock, server, mount, update } = page()
    const component = mount(url, { protocols: () => ['first'] })
    await clock.advance(0)
    update(component, url, { protocols: ['second'] })
    component.socket.reconnect()
    await clock.advance(0)
    expect(server.latest.protocols).toEqual(['second'])
  })

  it('makes a socket with the options of the first render, however late it is read', async () => {
    const { clock, server, environment } = page()
    let protocols = ['first']
    const given = {
      url,
      get options() {
        return { environment, protocols }
      },
    }
    const shared = shareSocket(given)
    protocols = ['second']
    onTestFinished(shared.hold(given, true))
    await clock.advance(0)
    expect(server.latest.protocols).toEqual(['first'])
  })

  it('leaves what is no function as it was at first, and keeps what is ours from the socket', () => {
    const codec = json()
    const newest = vi.fn(() => ({ codec: json(), retries: 9 }))
    const made = newestOptions({ codec, retries: 3, identity: 'ada', enabled: true }, newest)
    expect(made).toEqual({ codec, retries: 3 })
    expect(made.codec).toBe(codec)
    expect(newestOptions(undefined, () => undefined)).toEqual({})
    expect(newest).not.toHaveBeenCalled()
  })
})
