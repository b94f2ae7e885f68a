// retain(): counted connect and close for component trees.
import { describe, expect, it } from 'vitest'
import { openRig, rig, tape } from './support'

describe('retain()', () => {
  it('connects at once; the last release closes after a short grace', async () => {
    const { clock, server, socket, status } = rig()
    const release = socket.retain()
    await clock.advance(0)
    expect(status()).toBe('open')
    release()
    expect(status()).toBe('open')
    await clock.advance(1_000)
    expect(status()).toBe('closed')
    expect(server.live).toBe(0)
    expect(clock.timers).toBe(0)
  })

  it('many make one transport, which lives as long as one of them', async () => {
    const { clock, server, socket, status } = rig()
    const releases = Array.from({ length: 5 }, () => socket.retain())
    await clock.advance(0)
    for (const release of releases.slice(1)) release()
    await clock.advance(10_000)
    expect(status()).toBe('open')
    releases[0]?.()
    await clock.advance(10_000)
    expect(status()).toBe('closed')
    expect(server.connections.length).toBe(1)
  })

  it('B105 a mount, unmount and mount again keeps the transport and aborts no attempt', async () => {
    const { clock, server, socket, status } = rig()
    const closes = tape(socket, 'close')
    socket.retain()()
    const release = socket.retain()
    await clock.advance(10_000)
    expect(status()).toBe('open')
    socket.retain()()
    release()
    const last = socket.retain()
    await clock.advance(10_000)
    expect(status()).toBe('open')
    expect(server.connections.length).toBe(1)
    expect(closes).toEqual([])
    last()
    await clock.advance(10_000)
    expect(status()).toBe('closed')
  })

  it('a release counts once, however often it is called', async () => {
    const { clock, socket, status } = rig()
    const first = socket.retain()
    socket.retain()
    first()
    first()
    first()
    await clock.advance(10_000)
    expect(status()).toBe('open')
  })

  it('connects again after a close', async () => {
    const { clock, socket, status } = rig()
    socket.retain()()
    await clock.advance(1_000)
    expect(status()).toBe('closed')
    socket.retain()
    await clock.advance(0)
    expect(status()).toBe('open')
  })

  it('a release ends a wait and an attempt', async () => {
    for (const mode of ['refuse', 'ignore'] as const) {
      const { clock, server, socket, status } = rig({ server: { mode } })
      const release = socket.retain()
      await clock.advance(0)
      release()
      await clock.advance(100_000)
      expect(status()).toBe('closed')
      expect(server.connections.length).toBe(1)
      expect(clock.timers).toBe(0)
    }
  })

  it('the user’s close is final while it is retained, too', async () => {
    const { clock, socket, status } = rig()
    const release = socket.retain()
    await clock.advance(0)
    void socket.close()
    await clock.advance(100_000)
    expect(status()).toBe('closed')
    release()
    await clock.advance(100_000)
    expect(status()).toBe('closed')
    expect(clock.timers).toBe(0)
  })

  it('retain() on an open connection makes no other', async () => {
    const { clock, server, socket } = await openRig()
    socket.retain()
    await clock.advance(0)
    expect(server.connections.length).toBe(1)
  })
})
