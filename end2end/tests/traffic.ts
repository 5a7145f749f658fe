/** What pages ask the API, seen on its way; and ways to hold it up. */
import type { BrowserContext, Page, Request, Route } from '@playwright/test';

interface Asked {
  operation: string;
  variables: Record<string, string>;
  /** The token of the header. */
  token: string | undefined;
}

/** The operation that a request is about; undefined where it is none. */
export function asked(request: Request): Asked | undefined {
  if (new URL(request.url()).pathname !== '/graphql' || request.method() !== 'POST') {
    return undefined;
  }
  const { query, variables } = request.postDataJSON() as { query: string; variables: Record<string, string> | null };
  const operation = /(?:query|mutation) (\w+)/.exec(query)?.[1] ?? '';
  return { operation, variables: variables ?? {}, token: request.headers().authorization?.replace('Bearer ', '') };
}

/** Collects what the pages ask from now on. */
export function listen(pages: Page | BrowserContext): Asked[] {
  const all: Asked[] = [];
  const collect = (request: Request) => {
    const one = asked(request);
    if (one) {
      all.push(one);
    }
  };
  // Both have the event; their types only agree one by one.
  'pages' in pages ? pages.on('request', collect) : pages.on('request', collect);
  return all;
}

/** The refresh tokens that were sent to be exchanged. */
export function exchanged(all: Asked[]): string[] {
  return all.filter(({ operation }) => operation === 'Refresh').map(({ variables }) => variables.refreshToken!);
}

/** Does `act` with every request for `operation`, and lets the others through. */
export async function intercept(pages: Page | BrowserContext, operation: string, act: (route: Route) => Promise<void>): Promise<void> {
  await pages.route('/graphql', async (route) => {
    await (asked(route.request())?.operation === operation ? act(route) : route.fallback());
  });
}

/** Lets requests for `operation` reach the server, and keeps the answers until `release` is called. */
export async function holdAnswers(page: Page, operation: string): Promise<{ arrived: Promise<void>; release: () => void }> {
  let arrive = (): void => {};
  let release = (): void => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  await intercept(page, operation, async (route) => {
    const response = await route.fetch();
    arrive();
    await released;
    await route.fulfill({ response });
  });
  return { arrived, release };
}
