// What a chat page has to do, in a real Chromium with a real server, whatever it is made with. What arrived is counted
// at the server.

import { createRequire } from 'node:module'
import type { Page } from 'playwright'
import { describe, expect } from 'vitest'
import {
  connected,
  fate,
  hasNoBrowser,
  inHarbour,
  press,
  type StartPage,
  say,
  sees,
  status,
  texts,
} from './harbour.ts'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What is written arrives once and in order, over one connection per window. */
export function describeDelivery(name: string, start: StartPage) {
  const it = inHarbour(start)
  describe.skipIf(hasNoBrowser).concurrent(name, () => {
    it('lets two people chat, from the first question on', async ({ harbour }) => {
      const ada = await harbour.open()
      await ada.goto(harbour.server.url)
      await ada.getByLabel('Your name').fill('Ada')
      await press(ada, 'Join')
      await connected(ada)
      await ada.locator('input:focus').fill('Is anybody here?')
      await ada.keyboard.press('Enter')
      await fate(ada, 'Is anybody here?', 'delivered')

      const [grace] = await Promise.all([
        ada.context().waitForEvent('page'),
        ada.getByRole('link', { name: 'Open a second window' }).click(),
      ])
      await connected(grace)
      await sees(grace, 'Is anybody here?')
      await ada.getByText(/^Ada \(you\), \w+$|^\w+, Ada \(you\)$/).waitFor()
      const hostile = '<b>Yes</b> & <img src="x">'
      await say(grace, hostile)
      await sees(ada, hostile)

      await ada.bringToFront()
      await ada.reload()
      await sees(ada, hostile)
      expect(await texts(ada)).toEqual(['Is anybody here?', hostile])
      expect(await texts(grace)).toEqual(['Is anybody here?', hostile])
      expect(harbour.counted).toMatchObject({ received: 2, doubles: 0 })
    })

    it('keeps what is typed while the server is dead, and delivers it once and in order', async ({
      harbour,
    }) => {
      const [{ page: ada }, { page: grace }] = [await harbour.join('Ada'), await harbour.join('Grace')]
      await say(ada, 'Ahoy')
      await fate(ada, 'Ahoy', 'delivered')
      await sees(grace, 'Ahoy')

      await press(ada, 'Kill server')
      await status(ada, /^No connection: retrying in \d+ s$/)
      const meanwhile = ['first', 'second', 'third']
      for (const text of meanwhile) await say(ada, text)
      await status(ada, /retrying in \d+ s, 3 messages waiting$/)
      for (const text of meanwhile) await fate(ada, text, 'waiting')
      expect(harbour.counted.texts).toEqual(['Ahoy'])

      await press(grace, 'Restart server')
      for (const text of meanwhile) await fate(ada, text, 'delivered')
      await sees(grace, 'third')
      await connected(ada)
      const all = ['Ahoy', ...meanwhile]
      expect(await texts(ada)).toEqual(all)
      expect(await texts(grace)).toEqual(all)
      expect(harbour.counted).toEqual({ texts: all, received: 4, doubles: 0 })
      await ada.getByText('Counted at the server: 4 messages, 0 doubles').waitFor()
    })

    it('sends again what the server had not read when it died', async ({ harbour }) => {
      const { page: ada } = await harbour.join('Ada')
      await press(ada, 'Stall')
      await press(ada, 'Resume')
      await ada.getByRole('button', { name: 'Stall' }).waitFor()
      await ada.getByLabel('Message', { exact: true }).fill('Into the void')
      // Both in one go: the heartbeat would notice a stall before a busy machine has sent anything.
      harbour.server.chat.stall()
      await press(ada, 'Send')
      await fate(ada, 'Into the void', 'sent')
      await ada.getByRole('button', { name: 'Resume' }).waitFor()
      await press(ada, 'Kill server')
      await press(ada, 'Restart server')
      await fate(ada, 'Into the void', 'delivered')
      expect(harbour.counted.texts).toEqual(['Into the void'])
      expect(await texts(ada)).toEqual(['Into the void'])
    })

    it('B105 makes one connection per window', async ({ harbour }) => {
      const ada = await harbour.join('Ada')
      expect([ada.sockets(), harbour.connectionsMade]).toEqual([1, 1])
      const grace = await harbour.join('Grace')
      for (let n = 1; n <= 5; n++) await say(ada.page, `${n}`)
      await sees(grace.page, '5')
      expect([ada.sockets(), grace.sockets(), harbour.connectionsMade]).toEqual([1, 1, 2])

      await harbour.server.chat.reset()
      await Promise.all([ada, grace].map(({ page }) => say(page, `After all`)))
      await Promise.all([ada, grace].map(({ page }) => fate(page, 'After all', 'delivered')))
      expect([ada.sockets(), grace.sockets(), harbour.connectionsMade]).toEqual([2, 2, 4])
    })
  })
}

/** It says what is the matter, and to everybody. */
export function describeManners(name: string, start: StartPage) {
  const it = inHarbour(start)
  describe.skipIf(hasNoBrowser).concurrent(name, () => {
    it('counts down to the next try, and tries at once when somebody asks for it', async ({ harbour }) => {
      const { page: ada } = await harbour.join('Ada')
      await press(ada, 'Kill server')
      // So long a wait that nothing but the button explains a quick return.
      await status(ada, /retrying in ([7-9]|1\d) s/)
      await ada.waitForFunction(countsDown)
      await harbour.server.chat.restart()
      await press(ada, 'Try now')
      await connected(ada, { timeout: 5_000 })
      await ada.getByLabel('Message', { exact: true }).and(ada.locator(':focus')).waitFor()
    })

    it('says that the server lets nobody in, and gets in when asked to try again', async ({ harbour }) => {
      const ada = await harbour.open()
      let asked = 0
      await ada.route('**/token?*', (route) => {
        asked++
        return route.fulfill({ json: { token: 'of.nobody' } })
      })
      await ada.goto(`${harbour.server.url}?name=Ada`)
      await status(ada, /^The server does not let you in$/)
      // The first one, and a fresh one.
      expect([asked, harbour.connectionsMade]).toEqual([2, 2])
      await say(ada, 'Let me in')
      await fate(ada, 'Let me in', 'waiting')
      await ada.unroute('**/token?*')
      await press(ada, 'Try now')
      await fate(ada, 'Let me in', 'delivered')
      expect(harbour.counted.texts).toEqual(['Let me in'])
    })

    it('does not bring a delivered message back after a talk longer than the page keeps', async ({
      harbour,
    }) => {
      const { page: ada } = await harbour.join('Ada')
      await say(ada, 'Ahoy')
      await fate(ada, 'Ahoy', 'delivered')
      await ada.evaluate(talk, { name: 'Grace', room: 'harbour', messages: 1_000 })
      await sees(ada, '1000')
      const shown = await texts(ada)
      expect([shown[0], shown.at(-1), shown.length]).toEqual(['1', '1000', 1_000])
    })

    it('keeps nobody out, in light and dark', async ({ harbour }) => {
      const ada = await harbour.open()
      await ada.goto(harbour.server.url)
      await ada.getByRole('button', { name: 'Join' }).waitFor()
      expect(await violations(ada)).toEqual([])

      await ada.getByLabel('Your name').fill('Ada')
      await press(ada, 'Join')
      await say(ada, 'Ahoy')
      await fate(ada, 'Ahoy', 'delivered')
      const { page: grace } = await harbour.join('Grace')
      await say(grace, 'Ahoy, Ada')
      await sees(ada, 'Ahoy, Ada')
      expect(await violations(ada)).toEqual([])

      await press(ada, 'Kill server')
      await say(ada, 'Still there?')
      await status(ada, /1 message waiting/)
      await ada.getByRole('button', { name: 'Restart server' }).waitFor()
      expect(await violations(ada)).toEqual([])
      // What counts down each second is not read aloud each second.
      await ada.getByRole('status').filter({ hasText: 'No connection. What you write waits' }).waitFor()
      expect(await ada.getByRole('status').filter({ hasText: 'retrying in' }).count()).toBe(0)
    })
  })
}

/** What axe finds wrong with the page as it is shown now, light and dark. */
async function violations(page: Page) {
  const found: string[] = []
  await page.addScriptTag({ path: AXE })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    found.push(...(await page.evaluate(runAxe)))
  }
  return found
}

/** Runs in the page. */
async function runAxe() {
  // Colours fade over: axe should see where they arrive, or that something else came in between.
  await Promise.allSettled(document.getAnimations().map(({ finished }) => finished))
  const { violations } = await (window as unknown as { axe: typeof import('axe-core') }).axe.run()
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`)
}

/** Runs in the page: somebody else talks, over a bare WebSocket. The texts are numbers, from 1 on. */
async function talk({ name, room, messages }: { name: string; room: string; messages: number }) {
  const { chat } = await (await fetch('/config')).json()
  const { token } = await (await fetch(`/token?name=${name}`, { method: 'POST' })).json()
  const socket = new WebSocket(chat)
  const send = (message: object) => socket.send(JSON.stringify(message))
  socket.onopen = () => {
    send({ type: 'auth', token })
    send({ type: 'join', room })
    for (let n = 1; n <= messages; n++) send({ type: 'chat', id: `${name} ${n}`, text: `${n}` })
  }
}

/** Runs in the page, again and again, until it was seen that the countdown goes from one second to the one below. */
function countsDown() {
  const text = document.querySelector('.status p')?.textContent ?? ''
  const seconds = Number(/retrying in (\d+) s/.exec(text)?.[1])
  const page = window as { countdown?: number }
  const before = page.countdown
  page.countdown = seconds
  return before === seconds + 1
}
