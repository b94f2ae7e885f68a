// The buttons and sliders: what they do, and what they say of what is broken now.

import type { Faults } from '../../protocol'
import { type Deed, whole } from '../model/faults'
import { control, summary } from './backend'
import { rate } from './beat'
import { byId, say } from './element'

/** Each button that breaks something mends it too. */
const toggles = {
  killed: { name: 'Kill the server', deed: 'kill', undo: 'restart', undoName: 'Restart the server' },
  stalled: { name: 'Stall the network', deed: 'stall', undo: 'heal', undoName: 'Heal the network' },
  refusing: { name: 'Refuse tokens', deed: 'refuse', undo: 'accept', undoName: 'Accept tokens' },
} as const

/** Bytes per second, from as fast as can be to less than the lanes want to send. */
const bandwidths: readonly (number | null)[] = [null, 65_536, 16_384, 8_192, 4_096, 2_048, 1_024]

/** @param onDeed told of what leaves no trace in the faults: it is over once it was done */
export function startControls(onDeed: (deed: Deed, code?: number) => void): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-toggle]')) {
    const fault = button.dataset.toggle as keyof typeof toggles
    const { name, deed, undo, undoName } = toggles[fault]
    button.onclick = () => control(faultsNow()[fault] ? undo : deed)
    onFaults((faults) => {
      say(button, faults[fault] ? undoName : name)
      button.classList.toggle('broken', faults[fault])
    })
  }

  const once = (id: 'reset' | 'expire') => {
    byId(id).onclick = async () => {
      onDeed(id)
      await control(id)
    }
  }
  once('reset')
  once('expire')

  const code = byId<HTMLSelectElement>('code')
  byId('close').onclick = async () => {
    onDeed('close', Number(code.value))
    await control(`close?code=${code.value}`)
  }

  byId('freeze').onclick = () => {
    // Two frames: what the button says of itself is drawn before everything stands still.
    say(byId('freeze'), 'Standing still …')
    requestAnimationFrame(() => requestAnimationFrame(freeze))
  }
  function freeze() {
    onDeed('freeze')
    const end = performance.now() + 5_000
    while (performance.now() < end);
    say(byId('freeze'), 'Freeze for 5 s')
  }

  slider('rate', rate.get(), (value) => `${value}`, rate.set)
  const slow = () => {
    const query = new URLSearchParams()
    const bytes = bandwidths[Number(byId<HTMLInputElement>('bandwidth').value)]
    const latency = byId<HTMLInputElement>('latency').value
    if (bytes) query.set('rate', String(bytes))
    if (Number(latency)) query.set('latency', latency)
    void control(`slow?${query}`)
  }
  byId<HTMLInputElement>('bandwidth').max = String(bandwidths.length - 1)
  const bandwidth = slider(
    'bandwidth',
    0,
    (value) => bandwidthName(bandwidths[value] ?? null),
    undefined,
    slow,
  )
  const latency = slider('latency', 0, (value) => (value ? `+${value} ms` : 'none'), undefined, slow)
  onFaults((faults) => {
    const place = bandwidths.indexOf(faults.rate)
    if (place >= 0) bandwidth(place)
    latency(faults.latency)
  })
}

/** The button of a lane goes when it has done its work: the focus stays in the lane. */
export function keepFocus(): void {
  for (const lane of document.querySelectorAll<HTMLElement>('.lane')) {
    lane.addEventListener('click', ({ target }) => {
      if (target instanceof HTMLButtonElement) lane.focus()
    })
  }
}

const faultsNow = (): Faults => summary.get()?.faults ?? whole

/** Calls `show` now and whenever something else is broken. */
function onFaults(show: (faults: Faults) => void): void {
  let shown = ''
  const look = () => {
    const now = JSON.stringify(faultsNow())
    if (now !== shown) show(faultsNow())
    shown = now
  }
  summary.subscribe(look)
  look()
}

const bandwidthName = (bytes: number | null) =>
  bytes === null ? 'as fast as can be' : `${bytes / 1_024} kB/s`

/**
 * @param onMove called while it moves
 * @param onSettle called where it comes to rest
 * @returns sets it from outside
 */
function slider(
  id: string,
  value: number,
  name: (value: number) => string,
  onMove?: (value: number) => void,
  onSettle?: () => void,
): (value: number) => void {
  const input = byId<HTMLInputElement>(id)
  const show = () => {
    const text = name(Number(input.value))
    say(byId(`${id}-shown`), text)
    input.setAttribute('aria-valuetext', text)
  }
  const set = (value: number) => {
    input.value = String(value)
    show()
  }
  set(value)
  input.oninput = () => {
    show()
    onMove?.(Number(input.value))
  }
  if (onSettle) input.onchange = onSettle
  return set
}
