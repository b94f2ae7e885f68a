// The fields that a component reads, followed one by one.
import { describe, expect, it, vi } from 'vitest'
import { createFieldReader, fieldsOnServer } from '../../../src/bindings'
import { openRig, rig } from '../socket/support'
import { drawnPage } from './support'

const spiesOn = (socket: ReturnType<typeof rig>['socket']) => ({
  status: vi.spyOn(socket.state, 'subscribe'),
  latency: vi.spyOn(socket.latency, 'subscribe'),
  queued: vi.spyOn(socket.queue, 'subscribe'),
  events: vi.spyOn(socket, 'on'),
})
const calls = (spies: ReturnType<typeof spiesOn>) =>
  Object.entries(spies).flatMap(([name, { mock }]) => mock.calls.map(() => name))

describe('createFieldReader', () => {
  it('B110 listens only to what was read, from the subscribing on', async () => {
    const page = drawnPage()
    const { socket } = await openRig()
    const spies = spiesOn(socket)
    const reader = createFieldReader({ socket })
    expect([reader.read('queued'), reader.read('queued'), calls(spies)]).toEqual([0, 0, []])
    const listener = vi.fn()
    const off = reader.subscribe(listener)
    expect(calls(spies)).toEqual(['queued'])
    const before = reader.version()
    socket.reconnect()
    page.draw()
    expect([listener.mock.calls.length, reader.version()]).toEqual([0, before])
    socket.send('waits')
    page.draw()
    expect(listener).toHaveBeenCalledOnce()
    expect(reader.version()).not.toBe(before)
    expect(reader.read('queued')).toBe(1)
    off()
  })

  it('has another version for each change of what was read, and the same one until then', async () => {
    const page = drawnPage()
    const { socket } = rig()
    const reader = createFieldReader({ socket })
    reader.read('queued')
    reader.read('status')
    const off = reader.subscribe(() => {})
    const versions = new Set([reader.version(), reader.version()])
    expect(versions.size).toBe(1)
    socket.send('waits')
    versions.add(reader.version())
    expect(versions.size).toBe(1)
    page.draw()
    versions.add(reader.version())
    versions.add(reader.version())
    expect(versions.size).toBe(2)
    socket.connect()
    versions.add(reader.version())
    expect(versions.size).toBe(3)
    off()
  })

  it('B110 follows what a later render reads, and tells of what changed before it did', async () => {
    const page = drawnPage()
    const { socket } = rig()
    const reader = createFieldReader({ socket })
    reader.read('status')
    const listener = vi.fn()
    const off = reader.subscribe(listener)
    reader.version()
    expect(reader.read('queued')).toBe(0)
    socket.send('waits')
    page.draw()
    expect(listener).toHaveBeenCalledOnce()
    reader.version()
    expect(reader.read('queued')).toBe(1)
    // Nothing new was read, nothing is listened to twice.
    const spies = spiesOn(socket)
    reader.read('queued')
    expect(calls(spies)).toEqual([])
    expect(listener).toHaveBeenCalledOnce()
    off()
  })

  it('B110 follows what an event handler reads, where no render comes of it', async () => {
    const page = drawnPage()
    const { socket } = rig()
    const reader = createFieldReader({ socket })
    reader.read('status')
    const listener = vi.fn(() => void reader.version())
    const off = reader.subscribe(listener)
    expect(reader.read('queued')).toBe(0)
    socket.send('waits')
    page.draw()
    expect([listener.mock.calls.length, reader.read('queued')]).toEqual([1, 1])
    off()
  })

  it('B109 does not touch the socket for what a server renders', () => {
    const reader = createFieldReader({
      get socket(): never {
        throw new Error('touched')
      },
    })
    expect(reader.serverVersion()).toBe(reader.serverVersion())
    const shown = Object.keys(fieldsOnServer).map((field) =>
      reader.read(field as keyof typeof fieldsOnServer),
    )
    expect(shown).toEqual(['idle', undefined, 0, undefined, undefined])
  })

  it('B109 gives the server’s values first, then changes once where they differ', async () => {
    const page = drawnPage()
    const { socket } = await openRig()
    const reader = createFieldReader({ socket })
    const hydrated = reader.serverVersion()
    expect([reader.read('status'), reader.read('queued')]).toEqual(['idle', 0])
    const listener = vi.fn()
    const off = reader.subscribe(listener)
    const version = reader.version()
    expect(version).not.toBe(hydrated)
    expect([reader.version(), reader.read('status'), reader.read('queued')]).toEqual([version, 'open', 0])
    page.draw()
    expect(listener).not.toHaveBeenCalled()
    off()
  })

  it('B109 gives the page’s values for what is read once it has taken over', () => {
    const { socket } = rig()
    socket.send('waits')
    const reader = createFieldReader({ socket })
    reader.serverVersion()
    expect([reader.read('status'), reader.read('latency')]).toEqual(['idle', undefined])
    const off = reader.subscribe(() => {})
    const version = reader.version()
    expect(reader.read('queued')).toBe(1)
    expect(reader.version()).toBe(version)
    off()
  })

  it('B109 changes nothing where the page looks as the server’s did', () => {
    const { socket } = rig()
    const reader = createFieldReader({ socket })
    const hydrated = reader.serverVersion()
    expect(reader.read('status')).toBe('idle')
    const off = reader.subscribe(() => {})
    expect(reader.version()).toBe(hydrated)
    off()
  })

  it('B105 is whole after StrictMode’s second mount, and silent after the last', async () => {
    const page = drawnPage()
    const { clock, server, socket } = await openRig()
    const reader = createFieldReader({ socket })
    for (const field of Object.keys(fieldsOnServer)) reader.read(field as keyof typeof fieldsOnServer)
    const [first, second] = [vi.fn(), vi.fn()]
    reader.subscribe(first)()
    const off = reader.subscribe(second)
    server.latest.send('hi')
    await clock.advance(0)
    page.draw()
    expect([first, second].map(({ mock }) => mock.calls.length)).toEqual([0, 1])
    reader.version()
    expect(reader.read('lastMessage')).toBe('hi')
    off()
    server.latest.send('late')
    socket.send('late')
    socket.reconnect()
    await clock.advance(0)
    expect(page.due).toBe(0)
    const spies = spiesOn(socket)
    reader.read('error')
    expect(calls(spies)).toEqual([])
    expect(second).toHaveBeenCalledOnce()
  })
})
