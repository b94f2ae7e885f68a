// The lane of React: hooks, in StrictMode.

import * as hawser from '@hawser/core'
import { useMessages, useSend, useSocket, useSocketState } from '@hawser/react'
import { StrictMode, useEffect, useSyncExternalStore } from 'react'
import { createRoot } from 'react-dom/client'
import { actionFor } from '../model/action'
import { type Fate, type Figure, fatesOf, figuresOf, shownNotes } from '../model/figures'
import { describe } from '../model/words'
import { onBeat } from '../page/beat'
import { now } from '../page/clock'
import type { Lane } from './lane'
import { type PlaygroundOptions, socketOptions } from './options'

type PlaygroundSocket = ReturnType<typeof useSocket<NonNullable<PlaygroundOptions['codec']>>>['socket']

export function startReactLane(root: HTMLElement, url: string, lane: Lane): void {
  // Without an identity of its own it would share one connection with the lane of Vue.
  const options = { ...socketOptions(hawser, lane), identity: lane.client }
  root.setAttribute('aria-labelledby', `lane-${lane.id}`)
  createRoot(root).render(
    <StrictMode>
      <ReactLane root={root} url={url} lane={lane} options={options} />
    </StrictMode>,
  )
}

interface ReactLaneProps {
  readonly root: HTMLElement
  readonly url: string
  readonly lane: Lane
  readonly options: PlaygroundOptions
}

function ReactLane({ root, url, lane, options }: ReactLaneProps) {
  const { socket, status, latency, queued, connect } = useSocket(url, options)
  const { send, messages } = useSend(socket, { limit: shownNotes })
  const answers = useMessages(socket, { filter: lane.isOwn, limit: 2 * shownNotes })
  const tally = useSyncExternalStore(lane.tally.subscribe, lane.tally.get)

  useEffect(() => lane.follow(socket), [lane, socket])
  useEffect(() => onBeat(() => send(lane.nextNote())), [lane, send])

  const action = actionFor(status)
  const notes = messages.map(({ message, status }) => ({ n: noteNumber(message), status }))
  return (
    <>
      <header>
        <h3 id={`lane-${lane.id}`}>{lane.name}</h3>
        <p className="about">{lane.about}</p>
      </header>
      <div className="line">
        <State root={root} socket={socket} />
        <button type="button" className="small" hidden={!action} onClick={connect}>
          {action}
        </button>
      </div>
      <Figures of={figuresOf(tally, { latency, waiting: queued, attempts: lane.record.attempts })} />
      <Strip fates={fatesOf(notes, answers.map(noteNumber))} />
    </>
  )
}

/** Renders by itself: a countdown is no reason to render the rest. */
function State({ root, socket }: { root: HTMLElement; socket: PlaygroundSocket }) {
  const state = useSocketState(socket)
  const detail = useSyncExternalStore(now.subscribe, () => describe(state, now.get()).detail)
  const { tone, word } = describe(state, now.get())
  useEffect(() => {
    root.dataset.tone = tone
  }, [root, tone])
  return (
    <p className="state">
      <strong className="word">{word}</strong> <span className="detail">{detail}</span>
    </p>
  )
}

function Figures({ of }: { of: readonly Figure[] }) {
  return (
    <dl className="figures">
      {of.map(({ name, value, alarm }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className={alarm ? 'alarm' : ''}>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

const places = Array.from({ length: shownNotes }, (_, place) => place)

function Strip({ fates }: { fates: readonly Fate[] }) {
  return (
    <div className="strip" aria-hidden="true">
      {places.map((place) => (
        <i key={place} className={fates[place - shownNotes + fates.length] ?? ''} />
      ))}
    </div>
  )
}

const noteNumber = (message: object) => ('n' in message ? Number(message.n) : 0)
