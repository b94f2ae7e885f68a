// The log: the lines of the conversation, the newest at the end and in sight.

import type { Ref } from 'react'
import type { Line } from '../../server/chat/lines.js'
import { FATES } from '../../server/chat/words.js'

export function MessageLog({ lines, ref }: { lines: readonly Line[]; ref: Ref<HTMLDivElement> }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be in reach of the keyboard
    <div ref={ref} className="log" role="log" aria-label="Messages" aria-relevant="additions" tabIndex={0}>
      <ol>
        {lines.map((line) => (
          <LogLine key={line.id} {...line} />
        ))}
      </ol>
      <p className="hint empty">Nothing was said here yet.</p>
    </div>
  )
}

function LogLine(line: Line) {
  switch (line.kind) {
    case 'theirs':
      return (
        <li className="message">
          <p className="from">{line.from}</p>
          <p className="text">{line.text}</p>
          <p className="after">
            <Time at={line.at} />
          </p>
        </li>
      )
    case 'ours':
      return (
        <li className="message own" data-fate={line.fate}>
          <p className="from">You</p>
          <p className="text">{line.text}</p>
          <p className="after">
            {line.at && <Time at={line.at} />} <span className="fate">{FATES[line.fate]}</span>
          </p>
        </li>
      )
    case 'notice':
      return <li className="notice">{line.text}</li>
  }
}

function Time({ at }: { at: number }) {
  const date = new Date(at)
  return <time dateTime={date.toISOString()}>{date.toLocaleTimeString([], { timeStyle: 'short' })}</time>
}
