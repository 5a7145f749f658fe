/** Calls of the GraphQL API that prepare a test, or look at what a browser did: no browser takes part in them. */
import { expect } from '@playwright/test';

import { newPerson, type Person } from './people.ts';
import type { Server } from './server.ts';

/** What browsers call themselves. */
export const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
export const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1';

interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions: { code: string } }[];
}

const CREATE_USER = `mutation CreateUser($username: String!, $email: String!, $password: String!) {
  createUser(username: $username, email: $email, password: $password) { user { id } }
}`;
const LOG_IN = `mutation LogIn($username: String!, $password: String!) {
  tokenAuth(username: $username, password: $password) { token }
}`;
const VERIFY = 'mutation Verify($token: String!) { verifyToken(token: $token) { payload } }';
const END_ALL = 'mutation EndAll { logoutEverywhere { ended } }';

async function post(server: Server, query: string, variables: object, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}

/** Signs `person` up, without any browser. */
export async function createUser(server: Server, person: Person = newPerson()): Promise<Person> {
  const answer = await post(server, CREATE_USER, person);
  expect(answer.errors, `sign-up of ${person.username}`).toBeUndefined();
  return person;
}

/** Signs `person` in somewhere else, without any browser and without a refresh token; gives the access token. */
export async function logInElsewhere(server: Server, { username, password }: Person, userAgent = FIREFOX): Promise<string> {
  const answer = await post(server, LOG_IN, { username, password }, { 'User-Agent': userAgent });
  expect(answer.errors, `log-in of ${username}`).toBeUndefined();
  return (answer.data!.tokenAuth as { token: string }).token;
}

/** Ends every session of `person`, as from another place. */
export async function endAllSessions(server: Server, person: Person): Promise<void> {
  const token = await logInElsewhere(server, person);
  const answer = await post(server, END_ALL, {}, { Authorization: `Bearer ${token}` });
  expect(answer.errors, `end of all sessions of ${person.username}`).toBeUndefined();
}

/** What the server says against an access token now; undefined where it is good. */
export async function verdictOn(server: Server, token: string): Promise<string | undefined> {
  return (await post(server, VERIFY, { token })).errors?.[0]?.extensions.code;
}

/** Waits until the server accepts an access token no longer, for the reason `code`. */
export async function expectRefused(server: Server, token: string, code: 'TOKEN_EXPIRED' | 'SESSION_ENDED'): Promise<void> {
  await expect.poll(() => verdictOn(server, token), { timeout: 20_000, message: 'what the server says of the token' }).toBe(code);
}
