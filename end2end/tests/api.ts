/** Calls of the GraphQL API that prepare a test: people who are there before the browser opens. */
import { expect } from '@playwright/test';

import { newPerson, type Person } from './people.ts';
import type { Server } from './server.ts';

const CREATE_USER = `mutation CreateUser($username: String!, $email: String!, $password: String!) {
  createUser(username: $username, email: $email, password: $password) { user { id } }
}`;

/** Signs `person` up, without any browser. */
export async function createUser(server: Server, person: Person = newPerson()): Promise<Person> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query: CREATE_USER, variables: person }),
  });
  const answer = (await response.json()) as { errors?: unknown };
  expect(answer.errors, `sign-up of ${person.username}`).toBeUndefined();
  return person;
}

/** Signs `count` people up, one after another, so that their order is known. */
export async function createUsers(server: Server, count: number): Promise<Person[]> {
  const people: Person[] = [];
  while (people.length < count) {
    people.push(await createUser(server));
  }
  return people;
}
