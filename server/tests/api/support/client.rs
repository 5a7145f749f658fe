//! Callers: anybody, a member, staff. Each asks over the socket as a client of the API would.

use std::net::SocketAddr;
use std::ops::Deref;

use serde_json::{Value, json};

use super::{Answer, Api, PASSWORD, Request, latchkey};

/// Somebody who asks, with or without an `Authorization` header.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    address: SocketAddr,
    authorization: Option<String>,
}

impl Client {
    /// Asks a document.
    pub(crate) async fn ask(&self, document: &str) -> Answer {
        self.ask_with(document, json!({})).await
    }

    /// Asks a document with variables.
    pub(crate) async fn ask_with(&self, document: &str, variables: Value) -> Answer {
        let body = json!({ "query": document, "variables": variables });
        self.send(Request::json(body.to_string()))
            .await
            .answering(document)
    }

    /// Sends a request, signed with this caller's token.
    pub(crate) async fn send(&self, request: Request) -> Answer {
        let request = match &self.authorization {
            Some(authorization) => request.header("authorization", authorization),
            None => request,
        };
        request.send(self.address).await
    }

    /// The same caller with another `Authorization` header.
    pub(crate) fn with_authorization(&self, authorization: &str) -> Self {
        Self {
            address: self.address,
            authorization: Some(authorization.to_owned()),
        }
    }

    /// The same caller with this token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        self.with_authorization(&format!("JWT {token}"))
    }

    /// Who the server takes the caller for.
    pub(crate) async fn me(&self) -> Answer {
        self.ask("{ me { id username } }").await
    }

    /// Signs somebody up.
    pub(crate) async fn sign_up(&self, username: &str, email: &str, password: &str) -> Answer {
        let document = "mutation ($u: String!, $p: String!, $e: String!) \
            { createUser(username: $u, password: $p, email: $e) { user { id username email } } }";
        let variables = json!({ "u": username, "p": password, "e": email });
        self.ask_with(document, variables).await
    }

    /// Logs in.
    pub(crate) async fn log_in(&self, login: &str, password: &str) -> Answer {
        let document = "mutation ($u: String!, $p: String!) \
            { tokenAuth(username: $u, password: $p) { token payload refreshExpiresIn } }";
        let variables = json!({ "u": login, "p": password });
        self.ask_with(document, variables).await
    }

    /// Checks a token.
    pub(crate) async fn verify(&self, token: &str) -> Answer {
        let document = "mutation ($t: String) { verifyToken(token: $t) { payload } }";
        self.ask_with(document, json!({ "t": token })).await
    }

    /// Exchanges a token for the next.
    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        let document = "mutation ($t: String) \
            { refreshToken(token: $t) { token payload refreshExpiresIn } }";
        self.ask_with(document, json!({ "t": token })).await
    }

    /// Logs in and gives a session with a refresh token.
    pub(crate) async fn open_session(&self, login: &str) -> Tokens {
        let document = "mutation ($u: String!, $p: String!) \
            { tokenAuth(username: $u, password: $p) { token refreshToken } }";
        let variables = json!({ "u": login, "p": PASSWORD });
        let data = self.ask_with(document, variables).await.data();
        Tokens::of(&data["tokenAuth"])
    }

    /// Exchanges a refresh token for the next.
    pub(crate) async fn rotate(&self, refresh_token: &str) -> Answer {
        let document = "mutation ($r: String) \
            { refreshToken(refreshToken: $r) { token payload refreshExpiresIn refreshToken } }";
        self.ask_with(document, json!({ "r": refresh_token })).await
    }

    /// The same, where it succeeds.
    pub(crate) async fn rotated(&self, refresh_token: &str) -> Tokens {
        Tokens::of(&self.rotate(refresh_token).await.data()["refreshToken"])
    }

    /// Revokes a refresh token.
    pub(crate) async fn revoke(&self, refresh_token: &str) -> Answer {
        let document = "mutation ($r: String) { revokeToken(refreshToken: $r) { revoked } }";
        self.ask_with(document, json!({ "r": refresh_token })).await
    }

    /// Logs in and gives the token.
    pub(crate) async fn token(&self, login: &str, password: &str) -> String {
        let mut data = self.log_in(login, password).await.data();
        match data["tokenAuth"]["token"].take() {
            Value::String(token) => token,
            other => panic!("a token is a text, not {other}"),
        }
    }
}

/// The two tokens of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Tokens {
    fn of(data: &Value) -> Self {
        let text = |name: &str| data[name].as_str().map(str::to_owned);
        Self {
            access: text("token").unwrap_or_else(|| panic!("a token: {data}")),
            refresh: text("refreshToken").unwrap_or_else(|| panic!("a refresh token: {data}")),
        }
    }
}

/// Somebody without a token.
#[derive(Clone, Debug)]
pub(crate) struct Anonymous(Client);

impl Anonymous {
    /// Somebody who asks the server at this address.
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self(Client {
            address,
            authorization: None,
        })
    }
}

/// Somebody who signed up and logged in.
pub(crate) struct Member {
    client: Client,
    /// The id.
    pub(crate) id: String,
    /// The token that signs the requests.
    pub(crate) token: String,
}

impl Member {
    pub(super) async fn sign_up(api: &Api, username: &str) -> Self {
        let anonymous = api.anonymous();
        let email = email(username);
        anonymous.sign_up(username, &email, PASSWORD).await.data();
        Self::log_in(&anonymous, username).await
    }

    async fn log_in(anonymous: &Anonymous, username: &str) -> Self {
        let token = anonymous.token(username, PASSWORD).await;
        let client = anonymous.with_authorization(&format!("JWT {token}"));
        let mut me = client.me().await.data();
        let Value::String(id) = me["me"]["id"].take() else {
            panic!("an id is a text: {me}");
        };
        Self { client, id, token }
    }
}

/// A staff user who logged in.
pub(crate) struct Staff(Member);

impl Staff {
    pub(super) async fn create(api: &Api, username: &str) -> Self {
        let email = email(username);
        let words = ["user", "create", username, "--email", &email, "--staff"];
        latchkey(api.database(), &words, PASSWORD).succeeds();
        Self(Member::log_in(&api.anonymous(), username).await)
    }
}

fn email(username: &str) -> String {
    format!("{username}@example.com")
}

impl Deref for Anonymous {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}

impl Deref for Member {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Deref for Staff {
    type Target = Member;

    fn deref(&self) -> &Member {
        &self.0
    }
}
