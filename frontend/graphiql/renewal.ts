/**
 * Renews the site's token ahead of its expiry while this page is open, as the site's own pages do: GraphiQL may be the
 * only page of the site that is.
 */
import { useEffect } from 'react';

import { readToken, writeToken } from './token';

/** A token is renewed when a third of its life is left. */
const LEFT = 1 / 3;

/** Longest and shortest wait before another try when there was no answer to go by, in milliseconds. */
const LONGEST_BACKOFF = 30_000;
const SHORTEST_BACKOFF = 250;

/** Timers beyond 24 days overflow in browsers. */
const LONGEST_DELAY = 12 * 60 * 60 * 1000;

const REFRESH = 'mutation Refresh($token: String!) { refreshToken(token: $token) { token } }';

interface Life {
  /** From issue to expiry, in milliseconds. */
  lifetime: number;
  /** When it ends, in milliseconds since 1970. */
  end: number;
}

/** What a token says of its life; nothing where it cannot be read. */
function lifeOf(token: string): Life | undefined {
  try {
    const payload = token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/');
    const { exp, iat, origIat } = JSON.parse(atob(payload)) as Partial<Record<'exp' | 'iat' | 'origIat', number>>;
    const lifetime = (exp! - (iat ?? origIat)!) * 1000;
    return lifetime > 0 ? { lifetime, end: exp! * 1000 } : undefined;
  } catch {
    return undefined;
  }
}

/** How long to wait before a token is renewed. A clock that cannot be right is not believed: then it is renewed at once. */
function delayOf({ lifetime, end }: Life): number {
  const left = end - Date.now();
  return left > lifetime ? 0 : Math.max(0, Math.min(left - lifetime * LEFT, LONGEST_DELAY));
}

/** Asks for the next token; `undefined` is no answer to go by, `null` a refusal. */
async function renewed(token: string): Promise<string | null | undefined> {
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query: REFRESH, variables: { token } }),
    });
    const { data, errors } = (await response.json()) as {
      data?: { refreshToken: { token: string } | null };
      errors?: { extensions?: { code?: string } }[];
    };
    const fault = errors?.some(({ extensions }) => ['INTERNAL', 'TIMEOUT', 'RATE_LIMITED'].includes(extensions?.code ?? 'INTERNAL'));
    return data?.refreshToken?.token ?? (errors && !fault ? null : undefined);
  } catch {
    return undefined;
  }
}

/** Keeps `token` and its successors alive. A session that is over is left for the site to tell. */
export function useRenewal(token: string | null): void {
  useEffect(() => {
    const life = token === null ? undefined : lifeOf(token);
    if (token === null || life === undefined) {
      return;
    }
    let timer: number | undefined;
    let over = false;
    let backoff = Math.max(SHORTEST_BACKOFF, Math.min(life.lifetime / 10, 2_000));

    const schedule = (delay: number): void => {
      clearTimeout(timer);
      if (!over) {
        timer = setTimeout(renew, delay);
      }
    };
    const renew = async (): Promise<void> => {
      const next = await renewed(token);
      // Meanwhile another tab may have renewed it, or somebody logged in or out: then this is about the past.
      if (over || readToken() !== token || next === null) {
        return;
      }
      if (next === undefined) {
        schedule(backoff);
        backoff = Math.min(backoff * 2, LONGEST_BACKOFF);
      } else {
        writeToken(next);
      }
    };
    const wake = (): void => schedule(delayOf(life));

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
