// A page that Node rendered comes to life in a browser without a word on the console.

import { expect, it, vi } from 'vitest'
import { commands } from 'vitest/browser'
import { useRig } from '../../../core/test/support/harness'
import { usePage } from '../support/page'
import { everything } from '../support/rendered'

const startRig = useRig()
const mount = usePage()

it('B109 hydrates everything there is: no complaint, the elements kept, one transport', async () => {
  vi.spyOn(console, 'info').mockImplementation(() => {})
  const rig = await startRig({ greeting: ['hi'] })
  const html = await commands.renderOnServer(rig.url)
  expect(html.replaceAll(/<!--.*?-->/g, '')).toBe('<p>idle,idle,false,,0</p><p>,,</p><p>0,0</p><i>idle</i>')
  expect(await rig.counts()).toMatchObject({ accepted: 0 })
  const heard = vi.fn()
  const page = mount({}, { html, create: () => everything(rig.url, heard) })
  const before = [...page.container.querySelectorAll('p, i')]
  await page.shows('open,open,true,,0,hi,hi1,0open')
  expect([...page.container.querySelectorAll('p, i')]).toEqual(before)
  expect(heard.mock.calls).toEqual([['hi']])
  expect(await rig.counts()).toMatchObject({ accepted: 1, handshakes: 1, open: 1 })
  page.unmount()
  await rig.until('alive', 0)
  expect(await rig.counts()).toMatchObject({ accepted: 1, handshakes: 1 })
})
