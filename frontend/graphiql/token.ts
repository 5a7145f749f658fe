/** Who is signed in on the site, as far as this page needs to know: the token the site keeps in local storage. */
import { useSyncExternalStore } from 'react';

const KEY = 'latchkey.token';

/** Storage events reach other tabs only; this one is for this page's own changes. */
const CHANGED = 'latchkey:token';

/** The token now; null where nobody is signed in. */
export function readToken(): string | null {
  try {
    const token: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    return typeof token === 'string' && token !== '' ? token : null;
  } catch {
    return null;
  }
}

/** Keeps another token, for this page and for every tab of the site. */
export function writeToken(token: string): void {
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
