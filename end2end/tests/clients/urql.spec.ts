/** The npm package @urql/core does the main job against the API, with queries by GET where it likes to. */
import { type AnyVariables, cacheExchange, type Client, createClient, fetchExchange, gql } from '@urql/core';

import { apiTest as test, expect } from '../fixtures.ts';
import { newPerson } from '../people.ts';

const SIGN_UP = gql`
  mutation SignUp($username: String!, $email: String!, $password: String!) {
    createUser(username: $username, email: $email, password: $password) {
      user {
        id
        username
      }
    }
  }
`;
const LOG_IN = gql`
  mutation LogIn($username: String!, $password: String!) {
    tokenAuth(username: $username, password: $password) {
      token
    }
  }
`;
const REFRESH = gql`
  mutation Refresh($token: String!) {
    refreshToken(token: $token) {
      token
    }
  }
`;
const ME = gql`
  query Me {
    me {
      id
      username
      email
    }
  }
`;
const USERS = gql`
  query Users($first: Int) {
    users(first: $first) {
      id
      username
    }
  }
`;

/** The data of an answer; an error of any kind fails the test. */
async function data<Data>(answer: Promise<{ data?: Data; error?: Error }>): Promise<Data> {
  const { data, error } = await answer;
  expect(error).toBeUndefined();
  return data!;
}

for (const preferGetMethod of [false, 'force'] as const) {
  test(`sign-up, log-in, me, users and refresh, queries by ${preferGetMethod ? 'GET' : 'POST'}`, async ({ server }) => {
    const person = newPerson();
    let token = '';
    const client: Client = createClient({
      url: `${server.url}/graphql`,
      exchanges: [cacheExchange, fetchExchange],
      preferGetMethod,
      fetchOptions: () => ({ headers: new Headers(token ? { Authorization: `JWT ${token}` } : {}) }),
    });
    const mutate = <Data>(document: typeof ME, variables: AnyVariables) => data<Data>(client.mutation(document, variables).toPromise());
    const query = <Data>(document: typeof ME, variables: AnyVariables = {}) =>
      data<Data>(client.query(document, variables, { requestPolicy: 'network-only' }).toPromise());

    const signedUp = await mutate<{ createUser: { user: { id: string; username: string } } }>(SIGN_UP, { ...person });
    const { user } = signedUp.createUser;
    expect(user.username).toBe(person.username);

    const logIn = { username: person.username, password: person.password };
    token = (await mutate<{ tokenAuth: { token: string } }>(LOG_IN, logIn)).tokenAuth.token;
    const { me } = await query<{ me: object }>(ME);
    expect(me).toMatchObject({ id: user.id, username: person.username, email: person.email });

    token = (await mutate<{ refreshToken: { token: string } }>(REFRESH, { token })).refreshToken.token;
    expect((await query<{ me: object }>(ME)).me).toMatchObject({ id: user.id });

    const { users } = await query<{ users: object[] }>(USERS, { first: 1000 });
    expect(users).toContainEqual(expect.objectContaining({ id: user.id, username: person.username }));
  });
}
