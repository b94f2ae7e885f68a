// Mounts the lane of Vue, a single-file component.

import * as hawser from '@hawser/core'
import { createApp } from 'vue'
import type { Lane } from './lane'
import { socketOptions } from './options'
import VueLane from './vue-lane.vue'

export function startVueLane(root: HTMLElement, url: string, lane: Lane): void {
  root.setAttribute('aria-labelledby', `lane-${lane.id}`)
  // Without an identity of its own it would share one connection with the lane of React.
  const options = { ...socketOptions(hawser, lane), identity: lane.client }
  createApp(VueLane, { root, url, lane, options }).mount(root)
}
