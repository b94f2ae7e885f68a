// Puts the page together: four lanes on one server, the controls, and what is seen of it all.

import './style.css'
import { allLanes, lanes } from './lanes/lane'
import { startOtherLane } from './lanes/other-lane'
import { startReactLane } from './lanes/react-lane'
import { startScriptLane } from './lanes/script-lane'
import { startVueLane } from './lanes/vue-lane'
import { alone, type Deed, deedsBetween, type Guide, guideTo, whole } from './model/faults'
import { span } from './model/lane-record'
import { createAnnouncer } from './page/announcer'
import { follow, getSocketUrl, isHeard, summary } from './page/backend'
import { rate, startBeat } from './page/beat'
import { createCharts } from './page/charts'
import { startClock } from './page/clock'
import { keepFocus, startControls } from './page/controls'
import { byId, say } from './page/element'
import { createGlance } from './page/glance'
import { prefersStillness } from './page/palette'
import { createTimeline, type Incident } from './page/timeline'
import { createTotals } from './page/totals'

/** Milliseconds between two samples. */
const sampling = 100
/** Milliseconds between two drawings of the timeline, which moves by about a pixel meanwhile. */
const drawing = 60
/** Milliseconds between two drawings of the charts. */
const charting = 250
/** Milliseconds between two drawings of either, for whom motion disturbs. */
const still = 1_000

let incidents: Incident[] = []
let guide: Guide = guideTo()
let faults = whole

function tell(deed: Deed, code?: number) {
  guide = guideTo(deed, { code, isRefusing: faults.refusing, isStalled: faults.stalled })
  const name = code === undefined ? deed : `${deed} ${code}`
  const at = Date.now()
  const last = incidents.at(-1)
  // A slider on its way is one incident.
  if (last?.name !== name || at - last.at > 1_000) incidents.push({ name, at })
  showGuide()
}

const shownGuide = () => (isHeard.get() ? guide : alone)

function showGuide() {
  say(byId('guide-title'), shownGuide().title)
  say(byId('guide-text'), shownGuide().text)
}

summary.subscribe(() => {
  const now = summary.get()?.faults ?? whole
  for (const deed of deedsBetween(faults, now)) tell(deed)
  faults = now
})
isHeard.subscribe(showGuide)
showGuide()
startControls(tell)
keepFocus()
startClock()
follow()

const timeline = createTimeline(() => incidents)
const charts = createCharts()
const showTotals = createTotals()
const glance = createGlance()
const announce = createAnnouncer(() => shownGuide().title)

function sample(now: number) {
  const isHeld = faults.stalled || faults.rate !== null || faults.latency > 0
  for (const { client, record, tally, count, gauge, sent } of allLanes) {
    record.forget(now - span)
    const waiting = gauge.waiting()
    tally.set(count({ sent, waiting, count: summary.get()?.clients[client], isHeld }, now))
  }
  incidents = incidents.filter(({ at }) => at > now - span)
  charts.push(now, {
    waiting: allLanes.map(({ gauge }) => gauge.waiting()),
    buffered: allLanes.map(({ gauge }) => gauge.buffered()),
    latency: allLanes.map(({ latency, record }) => (record.status === 'open' ? (latency ?? null) : null)),
  })
  showTotals()
  glance()
  announce(now)
}

/** With the frames, not by a timer beside the one that sends: that one would find each note still in the buffer. */
const sampled = every(() => sampling, sample)
const drawn = every(() => (prefersStillness() ? still : drawing), timeline.draw)
const charted = every(() => (prefersStillness() ? still : charting), charts.draw)
function frame() {
  requestAnimationFrame(frame)
  const now = Date.now()
  sampled(now)
  drawn(now)
  charted(now)
}

/** @returns calls `run` when it is asked to and that many milliseconds are over */
function every(pause: () => number, run: (now: number) => void): (now: number) => void {
  let before = 0
  return (now) => {
    if (now - before < pause()) return
    before = now
    run(now)
  }
}

function tellTables() {
  timeline.tell(Date.now())
  charts.tell()
}

const url = await getSocketUrl()
startScriptLane(byId('script'), url, lanes.script)
startReactLane(byId('react'), url, lanes.react)
startVueLane(byId('vue'), url, lanes.vue)
startOtherLane(byId('other'), url, lanes.other)
startBeat(allLanes.length)
setInterval(tellTables, 1_000)
// What was sent so far, before it goes on at another rate.
rate.subscribe(() => sample(Date.now()))
frame()
