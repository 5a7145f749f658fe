/** Makes the text editors of GraphiQL usable with a screen reader and with the keyboard alone. */
import { useEditorContext } from '@graphiql/react';
import { useEffect } from 'react';

/** Tab moves the focus on instead of indenting: without this the keyboard alone cannot leave an editor. */
const TAB_MOVES_ON = { Tab: false, 'Shift-Tab': false } as const;

/** Renders nothing: names the editors, which GraphiQL leaves anonymous, and opens the keyboard trap. */
export function EditorAccess() {
  const { queryEditor, variableEditor, headerEditor, responseEditor } = useEditorContext({ nonNull: true });

  useEffect(() => {
    const named = [
      ['Query', queryEditor],
      ['Variables', variableEditor],
      ['Request headers', headerEditor],
      ['Response', responseEditor],
    ] as const;
    for (const [name, editor] of named) {
      editor?.setOption('screenReaderLabel', name);
      editor?.addKeyMap(TAB_MOVES_ON);
    }
    return () => {
      for (const [, editor] of named) {
        editor?.removeKeyMap(TAB_MOVES_ON);
      }
    };
  }, [queryEditor, variableEditor, headerEditor, responseEditor]);

  return null;
}
