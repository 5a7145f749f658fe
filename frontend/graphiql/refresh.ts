/**
 * Exchanges the site's tokens for younger ones, as the site's own pages do (app/src/session): one tab at a time, under
 * the same lock, and what comes back after a log-out is dropped.
 */
import { continues } from './claims';
import { readTokens, type Tokens, writeTokens } from './token';

/** Shared with the site's pages. */
const LOCK = 'latchkey.refresh';

/** Longer than the server lets any request run: past it, nobody is there. In milliseconds. */
const PATIENCE = 40_000;

/** Longer than whoever has the lock waits for an answer. */
const LOCK_PATIENCE = 60_000;

/** What is written to local storage takes a moment to reach the tabs that run in other processes of the browser. */
const AFTERWARDS = 100;

const REFRESH = `mutation Refresh($token: String, $refreshToken: String) {
  refreshToken(token: $token, refreshToken: $refreshToken) { token refreshToken }
}`;
const LOG_OUT = 'mutation LogOut($refreshToken: String!) { revokeToken(refreshToken: $refreshToken) { revoked } }';

/** Not the session's end: no answer to go by, or another tab was given its first refresh token a moment ago. */
const NO_VERDICT = ['INTERNAL', 'TIMEOUT', 'UNAVAILABLE', 'RATE_LIMITED', 'REFRESH_TOKEN_REQUIRED'];

/** Other tokens are there (or none: somebody logged out); there was no answer to go by; the session is over. */
export type Outcome = 'other' | 'later' | 'over';

async function post(query: string, variables: object, keepalive = false): Promise<Response> {
  return fetch('/graphql', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    credentials: 'omit',
    keepalive,
    signal: AbortSignal.timeout(PATIENCE),
    body: JSON.stringify({ query, variables }),
  });
}

async function exchange({ token, refreshToken }: Tokens): Promise<Tokens | 'later' | 'over'> {
  try {
    const response = await post(REFRESH, refreshToken === null ? { token } : { refreshToken });
    const { data, errors } = (await response.json()) as {
      data?: { refreshToken: Tokens | null };
      errors?: { extensions?: { code?: string } }[];
    };
    const verdict = errors?.every(({ extensions }) => !NO_VERDICT.includes(extensions?.code ?? 'INTERNAL'));
    return data?.refreshToken ?? (verdict ? 'over' : 'later');
  } catch {
    return 'later';
  }
}

async function exchangeInTurn(used: string): Promise<Outcome> {
  const held = readTokens();
  if (held?.token !== used) {
    return 'other';
  }
  const next = await exchange(held);
  const now = readTokens();
  const late = now?.token !== held.token || now.refreshToken !== held.refreshToken;
  if (typeof next === 'string') {
    return late ? 'other' : next;
  }
  if (!late && continues(next.token, used)) {
    writeTokens(next);
    return 'other';
  }
  // Somebody logged in or out meanwhile: these are good for nobody.
  if (now === null || !continues(next.token, now.token)) {
    await post(LOG_OUT, { refreshToken: next.refreshToken }, true).catch(() => undefined);
  }
  return late ? 'other' : 'later';
}

/** Sees to it that the site has other tokens than the access token `used` and its refresh token. */
export async function refresh(used: string): Promise<Outcome> {
  // Browsers have no locks where the site is not secure; the server answers two tabs at once alike.
  const locks: LockManager | undefined = navigator.locks;
  if (locks === undefined) {
    return exchangeInTurn(used);
  }
  try {
    return await locks.request(LOCK, { signal: AbortSignal.timeout(LOCK_PATIENCE) }, async () => {
      const outcome = await exchangeInTurn(used);
      // The next tab is to see what this one has stored.
      await new Promise((resolve) => setTimeout(resolve, AFTERWARDS));
      return outcome;
    });
  } catch {
    return 'later';
  }
}
