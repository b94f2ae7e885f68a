// Puts the app on the page. What the chat is without React is in `examples/server/chat`.

import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
// What the examples share lies beside them: whoever copies this folder takes this file and `examples/server` along.
import '../../vanilla/page/style.css'
import { App } from './app'

const root = document.getElementById('root')
if (!root) throw new Error('The page has no #root.')

createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
