/** The npm package graphql-request does the main job against the API. */
import { ClientError, gql, GraphQLClient } from 'graphql-request';

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
      payload
      refreshExpiresIn
    }
  }
`;
const ME = gql`
  query Me {
    me {
      username
      email
    }
  }
`;
const USERS = gql`
  query Users {
    users {
      username
      email
    }
  }
`;
const REFRESH = gql`
  mutation Refresh($token: String!) {
    refreshToken(token: $token) {
      token
      payload
    }
  }
`;

interface Claims {
  username: string;
  exp: number;
  origIat: number;
}

test('sign-up, log-in, me, users and refresh', async ({ server }) => {
  const person = newPerson();
  const client = new GraphQLClient(`${server.url}/graphql`);

  const signedUp = await client.request<{ createUser: { user: { username: string } } }>(SIGN_UP, { ...person });
  expect(signedUp.createUser.user.username).toBe(person.username);

  const { tokenAuth } = await client.request<{ tokenAuth: { token: string; payload: Claims; refreshExpiresIn: number } }>(LOG_IN, {
    username: person.email,
    password: person.password,
  });
  expect(tokenAuth.payload.username).toBe(person.username);
  expect(Object.keys(tokenAuth.payload).slice(0, 3)).toEqual(['username', 'exp', 'origIat']);
  expect(tokenAuth.refreshExpiresIn).toBe(tokenAuth.payload.origIat + 7 * 24 * 60 * 60);

  client.setHeader('Authorization', `JWT ${tokenAuth.token}`);
  const { me } = await client.request<{ me: { username: string; email: string } }>(ME);
  expect(me).toEqual({ username: person.username, email: person.email });

  const { users } = await client.request<{ users: { username: string; email: string }[] }>(USERS);
  expect(users).toContainEqual({ username: person.username, email: person.email });

  const { refreshToken } = await client.request<{ refreshToken: { token: string; payload: Claims } }>(REFRESH, { token: tokenAuth.token });
  expect(refreshToken.payload.origIat).toBe(tokenAuth.payload.origIat);
  client.setHeader('Authorization', `JWT ${refreshToken.token}`);
  expect((await client.request<{ me: { username: string } }>(ME)).me.username).toBe(person.username);
});

test('refusals arrive as GraphQL errors with their code', async ({ server }) => {
  const client = new GraphQLClient(`${server.url}/graphql`);
  const refused = await client.request(LOG_IN, { username: 'nobody', password: 'nothing at all' }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ClientError);
  const [error] = (refused as ClientError).response.errors!;
  expect(error!.message).toBe('Please enter valid credentials');
  expect(error!.extensions).toMatchObject({ code: 'INVALID_CREDENTIALS' });

  const anonymous = (await client.request(ME).catch((error: unknown) => error)) as ClientError;
  expect(anonymous.response.errors![0]!.message).toBe('Not logged in!');
});
