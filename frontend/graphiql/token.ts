/** Who is signed in on the site, as far as this page needs to know: the tokens the site keeps in local storage. */
import { useSyncExternalStore } from 'react';

const KEY = 'latchkey.token';
const REFRESH_KEY = 'latchkey.refreshToken';

/** Storage events reach other tabs only; this one is for this page's own changes. */
const CHANGED = 'latchkey:token';

/** What a session goes on with. */
export interface Tokens {
  /** The access token. */
  token: string;
  /** Good once, for the next tokens; null in a session that was begun before there were any. */
  refreshToken: string | null;
}

function read(key: string): string | null {
  try {
    const token: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
    return typeof token === 'string' && token !== '' ? token : null;
  } catch {
    return null;
  }
}

/** The access token now; null where nobody is signed in. */
export function readToken(): string | null {
  return read(KEY);
}

/** Both tokens now. */
export function readTokens(): Tokens | null {
  const token = readToken();
  return token === null ? null : { token, refreshToken: read(REFRESH_KEY) };
}

/** Keeps other tokens, for this page and for every tab of the site. The access token last: the others act on it. */
export function writeTokens({ token, refreshToken }: Tokens): void {
  if (refreshToken !== null) {
    localStorage.setItem(REFRESH_KEY, JSON.stringify(refreshToken));
  }
  localStorage.setItem(KEY, JSON.stringify(token));
  dispatchEvent(new Event(CHANGED));
}

function subscribe(changed: () => void): () => void {
  addEventListener('storage', changed);
  addEventListener(CHANGED, changed);
  // A page that comes back from the browser's back/forward cache has missed every storage event in between.
  addEventListener('pageshow', changed);
  return () => {
    removeEventListener('storage', changed);
    removeEventListener(CHANGED, changed);
    removeEventListener('pageshow', changed);
  };
}

/** The access token now, followed as other tabs of the site refresh it, log in or log out. */
export function useToken(): string | null {
  return useSyncExternalStore(subscribe, readToken);
}
