/** Keeps the headers pane at the newest token for as long as the person has not edited it. */
import { useEditorContext } from '@graphiql/react';
import { useEffect, useRef } from 'react';

import { headersFor } from './headers';

/** Renders nothing. A pane counts as edited as soon as its text is none that was ever filled in here. */
export function HeadersSync({ token }: { token: string | null }) {
  const { headerEditor, responseEditor, activeTabIndex } = useEditorContext({ nonNull: true });
  const filledIn = useRef(new Set<string>());

  useEffect(() => {
    const text = headersFor(token);
    filledIn.current.add(text);
    const shown = headerEditor?.getValue();
    if (headerEditor && shown !== undefined && shown !== text && filledIn.current.has(shown)) {
      headerEditor.setValue(text);
      if (token === null) {
        // Logged out in another tab: what the last person was shown must not stay on the screen.
        responseEditor?.setValue('');
      }
    }
    // Each of GraphiQL's own tabs remembers its headers, so the text is looked at again when another one is opened.
  }, [token, headerEditor, responseEditor, activeTabIndex]);

  return null;
}
