// Puts the app on the page.

import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../../vanilla/page/style.css'
import { App } from './app'

const root = document.getElementById('root')
if (!root) throw new Error('The page has no #root.')

createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
