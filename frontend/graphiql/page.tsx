/**
 * GraphiQL as Latchkey wants it: headers pane open, nothing secret kept, a way back to the site.
 *
 * GraphiQL's own all-in-one component is not used because it brings the history plug-in along, which writes the headers
 * of every request, tokens included, to storage.
 */
import { DOC_EXPLORER_PLUGIN, DocExplorerContextProvider } from '@graphiql/plugin-doc-explorer';
import { GraphiQL, GraphiQLInterface, GraphiQLProvider } from 'graphiql';
import { useState } from 'react';

import { EditorAccess } from './editor_access';
import { fetcher } from './fetcher';
import { headersFor } from './headers';
import { HeadersSync } from './headers_sync';
import { useRenewal } from './renewal';
import { useToken } from './token';
import { queryFor } from './welcome';

const PLUGINS = [DOC_EXPLORER_PLUGIN];

/** The whole page. */
export function Page() {
  const token = useToken();
  useRenewal(token);
  // What was shown first stays: a person who signs in elsewhere must not lose the query they are writing.
  const [defaultQuery] = useState(() => queryFor(token));

  return (
    <main>
      <h1 className="visually-hidden">GraphiQL</h1>
      <GraphiQLProvider
        fetcher={fetcher}
        defaultQuery={defaultQuery}
        defaultHeaders={headersFor(token)}
        plugins={PLUGINS}
        referencePlugin={DOC_EXPLORER_PLUGIN}
        shouldPersistHeaders={false}
        // Queries may hold passwords (`tokenAuth`), so they end with the tab and never reach the disk.
        storage={sessionStorage}
      >
        <DocExplorerContextProvider>
          <GraphiQLInterface defaultEditorToolsVisibility="headers" isHeadersEditorEnabled showPersistHeadersSettings={false}>
            <GraphiQL.Logo>
              <a className="site-link" href="/">
                Latchkey
              </a>
            </GraphiQL.Logo>
            <HeadersSync token={token} />
            <EditorAccess />
          </GraphiQLInterface>
        </DocExplorerContextProvider>
      </GraphiQLProvider>
    </main>
  );
}
