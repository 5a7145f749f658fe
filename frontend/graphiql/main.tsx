/**
 * The GraphiQL page: everything it needs in one script and one style sheet of the site's own, so that no other origin
 * is ever asked. The server's page holds `<div id="graphiql">` and links to the two; this file fills it.
 */
import 'graphiql/style.css';
import './style.css';

import { createRoot } from 'react-dom/client';

import { Page } from './page';

document.title = 'GraphiQL · Latchkey';

const container = document.getElementById('graphiql');
if (container) {
  createRoot(container).render(<Page />);
}
