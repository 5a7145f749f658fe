//! `/graphql/relay`: the same mutations with one argument `input`, and `clientMutationId` in and out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::schema::items;
use crate::support::{Answer, Api, PASSWORD, Request};

async fn ask(api: &Api, query: &str, variables: Value) -> Answer {
    let body = json!({ "query": query, "variables": variables });
    let request = Request::json(body.to_string()).to("/graphql/relay");
    api.send(&request).await.answering(query)
}

async fn sign_up(api: &Api) -> Answer {
    let query = "mutation ($i: CreateUserInput!) \
        { createUser(input: $i) { user { id username } clientMutationId } }";
    let input = json!({
        "username": "ada",
        "email": "ada@example.com",
        "password": PASSWORD,
        "clientMutationId": "one",
    });
    ask(api, query, json!({ "i": input })).await
}

#[tokio::test]
async fn a_person_signs_up_logs_in_refreshes_and_revokes() {
    let api = Api::start().await;
    assert_eq!(
        sign_up(&api).await.data(),
        json!({ "createUser": { "user": { "id": "1", "username": "ada" }, "clientMutationId": "one" } })
    );
    let query = "mutation ($i: ObtainJSONWebTokenInput!) \
        { tokenAuth(input: $i) { token refreshToken payload refreshExpiresIn clientMutationId } }";
    let input = json!({ "username": "ada", "password": PASSWORD, "clientMutationId": "two" });
    let mut data = ask(&api, query, json!({ "i": input })).await.data();
    let issued = data["tokenAuth"].take();
    assert_eq!(issued["clientMutationId"], "two", "{issued}");
    assert_eq!(issued["payload"]["username"], "ada", "{issued}");

    let query =
        "mutation ($i: VerifyInput!) { verifyToken(input: $i) { payload clientMutationId } }";
    let answer = ask(&api, query, json!({ "i": { "token": issued["token"] } })).await;
    let verified = json!({ "payload": issued["payload"], "clientMutationId": null });
    assert_eq!(answer.data(), json!({ "verifyToken": verified }));

    let query = "mutation ($i: RefreshInput!) { refreshToken(input: $i) { token refreshToken } }";
    let input = json!({ "refreshToken": issued["refreshToken"] });
    let mut data = ask(&api, query, json!({ "i": input })).await.data();
    let next = data["refreshToken"].take();

    let query =
        "mutation ($i: RevokeInput!) { revokeToken(input: $i) { revoked clientMutationId } }";
    let input = json!({ "refreshToken": next["refreshToken"], "clientMutationId": "three" });
    let answer = ask(&api, query, json!({ "i": input })).await;
    assert_eq!(answer.data()["revokeToken"]["clientMutationId"], "three");
    let token = next["token"].as_str().expect("a token is a text");
    let me = api.anonymous().with_token(token).me().await;
    assert_eq!(me.code(), "SESSION_ENDED", "{me}");
}

#[tokio::test]
async fn errors_are_those_of_the_plain_flavour() {
    let api = Api::start().await;
    let query = "mutation { verifyToken(input: {}) { payload } }";
    let answer = ask(&api, query, json!({})).await;
    answer.is_refused("verifyToken", "TOKEN_REQUIRED", "Token is required");
    let query = "mutation { refreshToken(input: { refreshToken: null }) { token } }";
    let answer = ask(&api, query, json!({})).await;
    let message = "Refresh token is required";
    answer.is_refused("refreshToken", "REFRESH_TOKEN_REQUIRED", message);
    let query = "mutation { tokenAuth(input: { username: \"ada\", password: \"x\" }) { token } }";
    let answer = ask(&api, query, json!({})).await;
    let message = "Please enter valid credentials";
    answer.is_refused("tokenAuth", "INVALID_CREDENTIALS", message);
    let query = "mutation { logout(input: {}) { loggedOut clientMutationId } }";
    let answer = ask(&api, query, json!({})).await;
    answer.is_refused("logout", "UNAUTHENTICATED", "Not logged in!");
}

#[tokio::test]
async fn the_limits_hold_here_too() {
    let api = Api::start().await;
    let call = "tokenAuth(input: { username: \"ada\", password: \"x\" }) { token }";
    let calls: String = (0..5).map(|n| format!("a{n}: {call} ")).collect();
    let answer = ask(&api, &format!("mutation {{ {calls} }}"), json!({})).await;
    answer.is_rejected(400, "TOO_COMPLEX");
    let request = Request::post("text/plain", "{}").to("/graphql/relay");
    api.send(&request)
        .await
        .is_rejected(415, "UNSUPPORTED_MEDIA_TYPE");
    let foreign = Request::json("{}")
        .to("/graphql/relay")
        .header("origin", "https://evil.example");
    api.send(&foreign).await.is_rejected(403, "CROSS_SITE");
}

#[tokio::test]
async fn queries_are_the_same_and_the_slash_may_be_there() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    for path in ["/graphql/relay", "/graphql/relay/"] {
        let body = json!({ "query": "{ me { id username } }" }).to_string();
        let answer = ada.send(Request::json(body).to(path)).await;
        let me = json!({ "id": ada.id, "username": "ada" });
        assert_eq!(answer.data(), json!({ "me": me }), "{path}");
    }
}

#[tokio::test]
async fn every_mutation_has_one_input_and_the_types_have_the_names_of_the_peer() {
    let api = Api::start().await;
    let query = "{ __schema { mutationType { fields { name args { name type { kind ofType { name } } } \
        type { name fields { name } } } } } }";
    let data = ask(&api, query, json!({})).await.data();
    let fields = &data["__schema"]["mutationType"]["fields"];
    let mut names = Vec::new();
    for field in items(fields) {
        let argument = &field["args"][0];
        assert_eq!(argument["name"], "input", "{field}");
        assert_eq!(argument["type"]["kind"], "NON_NULL", "{field}");
        let answers = items(&field["type"]["fields"]);
        assert!(
            answers
                .map(|one| &one["name"])
                .any(|name| name == "clientMutationId")
        );
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let input = text(&argument["type"]["ofType"]["name"]);
        names.push((text(&field["name"]), input, text(&field["type"]["name"])));
    }
    let listed = |field: &str, name: &str| {
        (
            field.to_owned(),
            format!("{name}Input"),
            format!("{name}Payload"),
        )
    };
    assert_eq!(
        names,
        [
            listed("createUser", "CreateUser"),
            listed("tokenAuth", "ObtainJSONWebToken"),
            listed("verifyToken", "Verify"),
            listed("refreshToken", "Refresh"),
            listed("revokeToken", "Revoke"),
            listed("deleteTokenCookie", "DeleteJSONWebTokenCookie"),
            listed("deleteRefreshTokenCookie", "DeleteRefreshTokenCookie"),
            listed("logout", "Logout"),
            listed("logoutEverywhere", "LogoutEverywhere"),
            listed("revokeSession", "RevokeSession"),
        ]
    );
}

#[tokio::test]
async fn whatever_is_shown_here_is_shown_by_the_plain_flavour_too() {
    let api = Api::start().await;
    let query = "{ __schema { types { name fields { name } } } }";
    let mut fields = Vec::new();
    for path in ["/graphql", "/graphql/relay"] {
        let body = json!({ "query": query }).to_string();
        let data = api.send(&Request::json(body).to(path)).await.data();
        let types: BTreeMap<String, BTreeSet<String>> = items(&data["__schema"]["types"])
            .map(|owner| {
                let names = items(&owner["fields"]).map(|field| field["name"].to_string());
                let name = owner["name"].as_str().unwrap_or_default();
                let plain = name.strip_suffix("Payload").unwrap_or(name).to_owned();
                (
                    plain,
                    names
                        .filter(|name| name != "\"clientMutationId\"")
                        .collect(),
                )
            })
            .collect();
        fields.push(types);
    }
    // What the plain flavour shows is judged field by field in `access`.
    for (name, shown) in &fields[1] {
        if !name.ends_with("Input") {
            assert_eq!(fields[0].get(name), Some(shown), "{name}");
        }
    }
}

#[tokio::test]
async fn requests_are_read_and_refused_as_by_the_plain_flavour() {
    let api = Api::start().await;
    let get = Request::get("/graphql/relay?query=%7B__typename%7D");
    assert_eq!(
        api.send(&get).await.data(),
        json!({ "__typename": "Query" })
    );
    let mutation = "/graphql/relay?query=mutation%7Blogout(input:%7B%7D)%7BloggedOut%7D%7D";
    let answer = api.send(&Request::get(mutation)).await;
    assert_eq!(
        (answer.status, answer.header("allow")),
        (405, Some("POST")),
        "{answer}"
    );
    let bare = Request::post("application/graphql", "{ __typename }").to("/graphql/relay");
    assert_eq!(
        api.send(&bare).await.data(),
        json!({ "__typename": "Query" })
    );
    let body = json!({ "query": "query ($n: Int) { users(first: $n) { id } }", "variables": "{\"n\": 1}" });
    let text = Request::json(body.to_string()).to("/graphql/relay");
    assert_eq!(api.send(&text).await.data(), json!({ "users": [] }));
    let page = Request::get("/graphql/relay").header("accept", "text/html");
    assert!(api.send(&page).await.text().contains("GraphiQL"));
}
