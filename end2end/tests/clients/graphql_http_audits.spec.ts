/** The npm package graphql-http audits `/graphql` against the GraphQL-over-HTTP specification: one test per audit. */
import { serverAudits } from 'graphql-http';

import { apiTest as test, expect } from '../fixtures.ts';

/** The list does not depend on the address, which is only known once a server runs. */
const AUDITS = serverAudits({ url: 'http://unused.invalid/graphql' }).map(({ id, name }) => ({ id, name }));

for (const { id, name } of AUDITS) {
  test(`${id} ${name}`, async ({ server }) => {
    const audit = serverAudits({ url: `${server.url}/graphql` }).find((audit) => audit.id === id)!;
    const result = await audit.fn();
    expect(result.status, 'reason' in result ? String(result.reason) : undefined).toBe('ok');
  });
}
