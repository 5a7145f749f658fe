/** Sends what GraphiQL asks to `/graphql` of the site the page came from. */
import type { Fetcher } from '@graphiql/toolkit';

/** One request, one answer. An answer that is not JSON (a proxy's error page, say) is shown as an error of its own. */
export const fetcher: Fetcher = async (request, options) => {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: {
      Accept: 'application/graphql-response+json, application/json',
      'Content-Type': 'application/json',
      ...options?.headers,
    },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return { errors: [{ message: `The server answered ${response.status} without JSON: ${text.slice(0, 500)}` }] };
  }
};
