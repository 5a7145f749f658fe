//! One request to both back ends, and their answers without what cannot be the same.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::support::{Api, Django, PASSWORD, Request, START, latchkey};

/// How much later than Latchkey's clock a request may reach Django, in seconds: half of what times are rounded to.
const SLACK: i64 = 150;

/// Stands in a request for the refresh token that the one who is asked gave last.
pub(super) const LATEST: &str = "the latest refresh token";

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    method: &'static str,
    path: String,
    content_type: &'static str,
    body: String,
    authorization: Option<String>,
}

impl Wire {
    /// A document.
    pub(super) fn ask(document: &str) -> Self {
        Self::body(&json!({ "query": document }).to_string())
    }

    /// A document with variables.
    pub(super) fn with(document: &str, variables: &Value) -> Self {
        Self::body(&json!({ "query": document, "variables": variables }).to_string())
    }

    /// Any body.
    pub(super) fn body(body: &str) -> Self {
        Self {
            method: "POST",
            path: "/graphql/".to_owned(),
            content_type: "application/json",
            body: body.to_owned(),
            authorization: None,
        }
    }

    /// A document in the address.
    pub(super) fn get(query: &str) -> Self {
        Self {
            method: "GET",
            path: format!("/graphql/?{query}"),
            content_type: "",
            ..Self::body("")
        }
    }

    /// The same by another method.
    pub(super) fn by(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    /// The same as another type.
    pub(super) fn typed(mut self, content_type: &'static str) -> Self {
        self.content_type = content_type;
        self
    }

    /// The same with an `Authorization` header.
    pub(super) fn authorized(mut self, authorization: &str) -> Self {
        self.authorization = Some(authorization.to_owned());
        self
    }

    /// The same with a refresh token where the body has [`LATEST`].
    fn filled(&self, refresh_token: &str) -> Self {
        Self {
            body: self.body.replace(LATEST, refresh_token),
            ..self.clone()
        }
    }

    fn to_django(&self) -> Value {
        json!({
            "method": self.method,
            "path": self.path,
            "content_type": self.content_type,
            "body": self.body,
            "authorization": self.authorization,
        })
    }

    fn to_latchkey(&self) -> Request {
        let mut request = Request::new(self.method, &self.path).body(self.body.as_str());
        if !self.content_type.is_empty() {
            request = request.header("content-type", self.content_type);
        }
        match &self.authorization {
            Some(authorization) => request.header("authorization", authorization),
            None => request,
        }
    }
}

/// An answer, as far as the two are compared.
#[derive(Debug, Deserialize, PartialEq)]
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) allow: Option<String>,
    pub(super) body: Value,
}

/// Both back ends with the same users: `ada`, and `grace`, who is disabled.
pub(super) struct Both {
    api: Api,
    django: Django,
    /// What the clock of Latchkey shows, in seconds: when Django had started.
    pub(super) now: i64,
}

impl Both {
    /// Both, with hashes that cost as little in Django as ours do here.
    pub(super) async fn start() -> Self {
        Self::with(&[], &[]).await
    }

    /// The same with refresh tokens.
    pub(super) async fn with_refresh_tokens() -> Self {
        let settings = [
            ("--jwt-long-running-refresh-token", "true"),
            ("--jwt-refresh-expiration-delta", "604800"),
        ];
        Self::with(&[("LONG_RUNNING", "1")], &settings).await
    }

    async fn with(variables: &[(&str, &str)], settings: &[(&str, &str)]) -> Self {
        let variables = [variables, &[("CHEAP_HASHES", "1")]].concat();
        let mut django = Django::start(&variables).await;
        let api = Api::with(settings).await;
        for (name, is_active) in [("ada", true), ("grace", false)] {
            let user = json!({ "username": name, "password": PASSWORD, "is_active": is_active });
            django.order::<Value>("create", user);
            let email = format!("{name}@example.com");
            let anonymous = api.anonymous();
            anonymous.sign_up(name, &email, PASSWORD).await.data();
        }
        latchkey(api.database(), &["user", "disable", "grace"], "").succeeds();
        let now = django.order("now", json!({}));
        api.pass(now - START);
        Self { api, django, now }
    }

    /// Sends every request to both, in this order: for each what Django said, and what Latchkey did.
    pub(super) async fn send(&mut self, requests: &[Wire]) -> Vec<(Told, Told)> {
        let mut both = Vec::new();
        let mut latest = [String::new(), String::new()];
        for request in requests {
            let to_django = request.filled(&latest[0]).to_django();
            let asked = json!({ "requests": [to_django] });
            let [mut theirs]: [Told; 1] = self.django.order("ask", asked);
            let answer = self
                .api
                .send(&request.filled(&latest[1]).to_latchkey())
                .await;
            let mut ours = Told {
                status: answer.status,
                allow: answer.header("allow").map(str::to_owned),
                body: answer.json(),
            };
            for (told, latest) in [&mut theirs, &mut ours].into_iter().zip(&mut latest) {
                if let Some(token) = refresh_token(&told.body) {
                    token.clone_into(latest);
                }
                told.body = self.masked(told.body.take());
            }
            both.push((theirs, ours));
        }
        both
    }

    /// A body without what is of one back end only: the codes of errors and the claims that section 8 of the contract
    /// adds. Tokens and ids are any; times are rounded, and counted from now.
    fn masked(&self, body: Value) -> Value {
        match body {
            Value::Array(items) => items.into_iter().map(|item| self.masked(item)).collect(),
            Value::Object(fields) => {
                let fields = fields.into_iter().filter_map(|(name, value)| {
                    let value = self.masked_field(&name, value)?;
                    Some((name, value))
                });
                Value::Object(fields.collect::<Map<_, _>>())
            }
            other => other,
        }
    }

    fn masked_field(&self, name: &str, value: Value) -> Option<Value> {
        Some(match (name, value) {
            ("extensions" | "sub" | "iat" | "jti" | "sid", _) => return None,
            ("id", Value::String(_)) => json!("an id"),
            ("token", Value::String(token)) => {
                json!(token.split('.').map(|_| "part").collect::<Vec<_>>())
            }
            ("refreshToken", Value::String(token)) => {
                let digits = token
                    .chars()
                    .map(|c| if c.is_ascii_hexdigit() { 'f' } else { c });
                json!(digits.collect::<String>())
            }
            ("dateJoined" | "lastLogin", Value::String(time)) => {
                let digits = time
                    .chars()
                    .map(|c| if c.is_ascii_digit() { '9' } else { c });
                json!(digits.collect::<String>())
            }
            ("exp" | "origIat" | "refreshExpiresIn" | "revoked", Value::Number(time)) => {
                let from_now = time.as_i64().expect("times are whole") - self.now;
                json!((from_now + SLACK).div_euclid(2 * SLACK))
            }
            (_, other) => self.masked(other),
        })
    }
}

/// The refresh token in an answer.
fn refresh_token(body: &Value) -> Option<&str> {
    let mut fields = body["data"].as_object()?.values();
    fields.find_map(|field| field.get("refreshToken")?.as_str())
}
