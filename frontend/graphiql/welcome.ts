/** The query a person finds when they open GraphiQL for the first time. */

// Lines stay short: the editor is half a window wide and does not wrap.

const ANONYMOUS = `# Welcome to GraphiQL, the workbench for
# Latchkey's API. Put the cursor into one of the
# operations below, press Ctrl-Enter to run it.

# 1. Sign up. This does not log in yet.
mutation SignUp {
  createUser(
    username: "ada"
    email: "ada@example.com"
    password: "choose a good one"
  ) {
    user {
      id
      username
    }
  }
}

# 2. Log in, by username or e-mail address,
#    and copy the token from the answer.
mutation LogIn {
  tokenAuth(
    username: "ada"
    password: "choose a good one"
  ) {
    token
    payload
  }
}

# 3. Who am I? Needs the token. Write it into
#    the Headers pane:
#    { "Authorization": "Bearer <token>" }
query Me {
  me {
    id
    username
    email
  }
}
`;

const SIGNED_IN = `# Welcome to GraphiQL, the workbench for
# Latchkey's API. You are signed in on this site,
# so the Headers pane already holds your token.
# Ctrl-Enter runs the query.

query Me {
  me {
    id
    username
    email
  }
}
`;

/** The first query for a person who is signed in on the site, or not. */
export function queryFor(token: string | null): string {
  return token === null ? ANONYMOUS : SIGNED_IN;
}
