/** What the headers pane says for a token: empty for an anonymous person. */
export function headersFor(token: string | null): string {
  return token === null ? '' : JSON.stringify({ Authorization: `Bearer ${token}` }, null, 2);
}
