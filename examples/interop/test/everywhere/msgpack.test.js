// MessagePack by the codec interface: objects, dates and bytes as they are, and frames that are none.
import { describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { msgpack } from '../../msgpack.js'
import { ToClient, ToServer } from '../../servers/positions.js'
import { open } from '../support.js'

const url = inject('msgpack')
const codec = msgpack({ incoming: ToClient, outgoing: ToServer })

/** @param {string} ship */
const report = (ship) => ({
  ...{ type: /** @type {const} */ ('report'), ship, at: new Date('2026-11-21T12:00:00.5Z') },
  ...{ latitude: 53.54, longitude: -9.98, track: Uint8Array.of(0, 127, 128, 255).subarray(1) },
})

/** @param {string} ship */
const position = (ship) => ({ ...report(ship), type: 'position', track: Uint8Array.of(127, 128, 255) })

describe('a codec of one’s own', () => {
  it('takes objects with dates and bytes both ways, from the queue too', async () => {
    const { socket, heard, errors } = open(url, { codec })
    socket.send(report('queued ⚓'))
    await heard(1)
    socket.send(report('straight through'))
    expect(await heard(2)).toEqual([position('queued ⚓'), position('straight through')])
    expect(errors).toEqual([])
  })

  it('B83 keeps what it encoded, whatever becomes of the object', async () => {
    const { socket, heard } = open(url, { codec })
    const changing = report('as it was')
    socket.send(changing)
    changing.ship = 'changed'
    changing.track.fill(0)
    expect(await heard(1)).toEqual([position('as it was')])
  })

  it.each(
    /** @type {const} */ ([
      ['that is cut off', 'cut', 'DECODE'],
      ['of text', 'text', 'DECODE'],
      ['that does not match its schema', 'elsewhere', 'VALIDATION'],
    ]),
  )('B99 a frame %s is an error, and the connection lives on', async (_, how, code) => {
    const { socket, heard, errors, closes } = open(url, { codec })
    socket.send({ type: 'garble', how })
    socket.send(report('still here'))
    expect(await heard(1)).toEqual([position('still here')])
    expect(errors.map((error) => error.code)).toEqual([code])
    if (code === 'VALIDATION') {
      expect(errors[0]?.issues).toContainEqual(expect.objectContaining({ path: ['latitude'] }))
    }
    expect(closes).toEqual([])
  })

  it('drops a message that does not match its schema, and sends the next', async () => {
    const { socket, heard } = open(url, { codec })
    const dropped = socket.once('drop')
    const receipt = socket.send({ ...report('off the map'), latitude: 91 })
    socket.send(report('on the map'))
    await expect(receipt.sent).rejects.toMatchObject({
      code: 'VALIDATION',
      issues: [expect.objectContaining({ path: ['latitude'] })],
    })
    expect((await dropped).id).toBe(receipt.id)
    expect(await heard(1)).toEqual([position('on the map')])
  })

  it('drops a message that MessagePack has no form for', async () => {
    const { socket } = open(url, { codec: msgpack() })
    await expect(socket.send({ type: 'report', ship: () => {} }).sent).rejects.toMatchObject({
      code: 'ENCODE',
    })
  })

  it('B100 keeps the order of messages, though the schema takes longer for the first', async () => {
    let secondIsChecked = () => {}
    const checked = /** @type {Promise<void>} */ (new Promise((resolve) => (secondIsChecked = resolve)))
    const incoming = ToClient.transform(async (message) => {
      if (message.ship === 'first') await checked
      else secondIsChecked()
      return message.ship
    })
    const { socket, heard } = open(url, { codec: msgpack({ incoming, outgoing: ToServer }) })
    for (const ship of ['first', 'second']) socket.send(report(ship))
    expect(await heard(2)).toEqual(['first', 'second'])
  })

  it('B101 binaryType outlives a break', async () => {
    const { socket, heard, closes, errors } = open(url, { codec })
    await socket.opened()
    const reopened = socket.once('open')
    socket.send({ type: 'reset' })
    await reopened
    expect(closes).toEqual([expect.objectContaining({ code: 1006, origin: 'network' })])
    socket.send(report('back'))
    expect(await heard(1)).toEqual([position('back')])
    expect(errors).toEqual([])
  })

  it('says what it wants where binaryType is another', async () => {
    const { socket, errors, messages } = open(url, { codec: msgpack(), binaryType: 'blob' })
    socket.send(report('in a Blob'))
    expect(await socket.once('error')).toMatchObject({ code: 'DECODE' })
    expect(errors[0]?.message).toContain("binaryType 'arraybuffer'")
    expect(messages).toEqual([])
  })

  it('is typed by its schemas', () => {
    /** @type {import('@hawser/core').Codec<z.output<typeof ToClient>, z.input<typeof ToServer>>} */
    const typed = codec
    expect(typed.name).toBe('msgpack')
  })
})
