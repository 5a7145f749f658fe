/**
 * Renews the site's tokens ahead of their expiry while this page is open, as the site's own pages do: GraphiQL may be
 * the only page of the site that is.
 */
import { useEffect, useRef } from 'react';

import { type Life, lifeOf } from './claims';
import { refresh } from './refresh';
import { readTokens } from './token';

/** A token is renewed when a third of its life is left. */
const LEFT = 1 / 3;

/** Longest and shortest wait before another try when there was no answer to go by, in milliseconds. */
const LONGEST_BACKOFF = 30_000;
const SHORTEST_BACKOFF = 250;

/** Timers beyond 24 days overflow in browsers. */
const LONGEST_DELAY = 12 * 60 * 60 * 1000;

/**
 * How long to wait before the token that this page found is renewed. A clock that cannot be right is not believed: then
 * it is renewed at once.
 */
function delayOf({ lifetime, end }: Life): number {
  const left = end - Date.now();
  return left > lifetime ? 0 : left - lifetime * LEFT;
}

/** Keeps `token` and its successors alive. A session that is over is left for the site to tell. */
export function useRenewal(token: string | null): void {
  const found = useRef(token);

  useEffect(() => {
    const life = token === null ? undefined : lifeOf(token);
    if (token === null || life === undefined) {
      return;
    }
    // A token that came while the page was open is new, whatever the clock says.
    const delay = token === found.current ? delayOf(life) : life.lifetime * (1 - LEFT);
    // A session from before there were refresh tokens is given its first one at once.
    const due = readTokens()?.refreshToken === null ? 0 : Date.now() + delay;
    let timer: number | undefined;
    let over = false;
    let backoff = Math.max(SHORTEST_BACKOFF, Math.min(life.lifetime / 10, 2_000));

    const schedule = (delay: number): void => {
      clearTimeout(timer);
      if (!over) {
        timer = setTimeout(renew, Math.max(0, Math.min(delay, LONGEST_DELAY)));
      }
    };
    const renew = async (): Promise<void> => {
      // Other tokens come by way of storage, to this page as to the others.
      if ((await refresh(token)) === 'later') {
        schedule(backoff);
        backoff = Math.min(backoff * 2, LONGEST_BACKOFF);
      }
    };
    const wake = (): void => schedule(due - Date.now());

    wake();
    // Timers stand still while a machine sleeps.
    addEventListener('online', wake);
    document.addEventListener('visibilitychange', wake);
    return () => {
      over = true;
      clearTimeout(timer);
      removeEventListener('online', wake);
      document.removeEventListener('visibilitychange', wake);
    };
  }, [token]);
}
