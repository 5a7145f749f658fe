//! The token: its header, its claims and their order.

use serde_json::{Value, json};

use crate::support::{Answer, Api, PASSWORD, START, Token, claims_of, header_of};

fn claims(token: &str) -> Value {
    serde_json::from_str(&claims_of(token)).expect("claims are JSON")
}

fn names(claims: &Value) -> Vec<&str> {
    claims
        .as_object()
        .into_iter()
        .flat_map(|c| c.keys())
        .map(String::as_str)
        .collect()
}

async fn issued(api: &Api) -> (Answer, String) {
    api.member("ada").await;
    let answer = api.anonymous().log_in("ada", PASSWORD).await;
    let token = answer.data()["tokenAuth"]["token"]
        .as_str()
        .map(str::to_owned);
    (answer, token.expect("a token is a text"))
}

#[tokio::test]
async fn the_header_names_the_algorithm_and_the_type_in_any_order() {
    let api = Api::start().await;
    let (_, token) = issued(&api).await;
    let header: Value = serde_json::from_str(&header_of(&token)).expect("a header is JSON");
    assert_eq!(header, json!({ "alg": "HS256", "typ": "JWT" }));
}

#[tokio::test]
async fn the_claims_are_in_the_order_of_the_contract() {
    let api = Api::start().await;
    let (_, token) = issued(&api).await;
    assert_eq!(
        names(&claims(&token)),
        ["username", "exp", "origIat", "sub", "iat", "jti", "sid"]
    );
}

#[tokio::test]
async fn audience_and_issuer_stand_after_orig_iat() {
    let api = Api::with(&[("--jwt-audience", "shop"), ("--jwt-issuer", "id.example")]).await;
    let (_, token) = issued(&api).await;
    let claims = claims(&token);
    assert_eq!(
        names(&claims)[..5],
        ["username", "exp", "origIat", "aud", "iss"]
    );
    assert_eq!(
        (&claims["aud"], &claims["iss"]),
        (&json!("shop"), &json!("id.example"))
    );
}

#[tokio::test]
async fn several_audiences_are_carried_and_one_of_them_is_enough() {
    let api = Api::with(&[("--jwt-audience", "shop,forum")]).await;
    let (_, token) = issued(&api).await;
    assert_eq!(claims(&token)["aud"], json!(["shop", "forum"]));
    api.anonymous().verify(&token).await.data();
    for (audience, accepted) in [
        (json!("forum"), true),
        (json!(["forum"]), true),
        (json!(["blog", "shop"]), true),
        (json!("blog"), false),
        (json!(["blog"]), false),
        (json!([]), false),
        (json!("shop,forum"), false),
        (json!(null), false),
    ] {
        let token = Token::foreign("ada").with("aud", audience.clone()).signed();
        let answer = api.anonymous().verify(&token).await;
        if accepted {
            answer.data();
        } else {
            answer.is_refused("verifyToken", "TOKEN_INVALID", "Invalid token");
        }
    }
}

#[tokio::test]
async fn whether_tokens_end_at_their_exp_is_a_setting() {
    let api = Api::with(&[("--jwt-verify-expiration", "false")]).await;
    let ada = api.member("ada").await;
    api.pass(100_000);
    ada.me().await.data();
    api.anonymous().verify(&ada.token).await.data();
    let data = api.anonymous().refresh(&ada.token).await.data();
    let payload = &data["refreshToken"]["payload"];
    assert_eq!(payload["exp"], json!(START + 100_300));
    // Not looked at, whatever it is; the other times are.
    let token = Token::foreign("ada").with("exp", "soon").signed();
    api.anonymous().verify(&token).await.data();
    let token = Token::foreign("ada").with("nbf", START + 200_000).signed();
    let answer = api.anonymous().verify(&token).await;
    answer.is_refused("verifyToken", "TOKEN_INVALID", "Invalid token");
}

#[tokio::test]
async fn the_payload_in_the_answer_has_the_order_of_the_token() {
    let api = Api::start().await;
    let (answer, token) = issued(&api).await;
    let payload = format!("\"payload\":{}", claims_of(&token));
    assert!(answer.text().contains(&payload), "{payload} in {answer}");
}

#[tokio::test]
async fn claims_of_any_shape_stand_in_the_answer_as_in_the_token() {
    let api = Api::start().await;
    api.member("ada").await;
    let claims = format!(
        r#"{{"z":[[],[1,{{"b":null,"a":-1.5}}],{{}}],"é\"\n":"\\\u2028","username":"ada","exp":{},"":true}}"#,
        START + 300
    );
    let token = Token::of_payload(&claims);
    // The second time they are remembered.
    let query = "mutation($token: String!, $bad: String!) {
        one: verifyToken(token: $token) { payload again: payload }
        bad: verifyToken(token: $bad) { payload }
    }";
    let variables = json!({ "token": token, "bad": format!("{token}x") });
    let expected: Value = serde_json::from_str(&claims).expect("they are JSON");
    for _ in 0..2 {
        let answer = api.anonymous().ask_with(query, variables.clone()).await;
        let (text, whole) = (answer.text(), answer.json());
        let one = &whole["data"]["one"];
        assert_eq!((&one["payload"], &one["again"]), (&expected, &expected));
        assert_eq!(names(&one["payload"]), names(&expected), "{text}");
        assert_eq!(whole["data"]["bad"], Value::Null, "{text}");
        assert_eq!(whole["errors"][0]["path"], json!(["bad"]), "{text}");
        assert!(text.starts_with(r#"{"errors":["#), "{text}");
    }
}

#[tokio::test]
async fn times_are_whole_seconds_and_a_token_lives_for_five_minutes() {
    let api = Api::start().await;
    let (_, token) = issued(&api).await;
    let claims = claims(&token);
    for (name, seconds) in [("exp", START + 300), ("origIat", START), ("iat", START)] {
        assert_eq!(claims[name], json!(seconds), "{name} of {claims}");
    }
}

#[tokio::test]
async fn the_lifetime_is_a_setting() {
    let api = Api::with(&[("--jwt-expiration-delta", "7")]).await;
    let (_, token) = issued(&api).await;
    assert_eq!(claims(&token)["exp"], json!(START + 7));
}

#[tokio::test]
async fn the_refresh_window_is_a_setting() {
    let api = Api::with(&[("--jwt-refresh-expiration-delta", "11")]).await;
    let (answer, _) = issued(&api).await;
    assert_eq!(
        answer.data()["tokenAuth"]["refreshExpiresIn"],
        json!(START + 11)
    );
}

#[tokio::test]
async fn the_user_is_named_as_the_account_is_and_by_id() {
    let api = Api::start().await;
    let client = api.anonymous();
    client
        .sign_up("Ada", "ada@example.com", PASSWORD)
        .await
        .data();
    let claims = claims(&client.token("ADA@example.com", PASSWORD).await);
    assert_eq!(
        (&claims["username"], &claims["sub"]),
        (&json!("Ada"), &json!("1"))
    );
}

#[tokio::test]
async fn no_two_tokens_have_the_same_id() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let next = api.anonymous().token("ada", PASSWORD).await;
    assert_ne!(claims(&ada.token)["jti"], claims(&next)["jti"]);
}

#[tokio::test]
async fn without_refreshing_a_token_has_no_orig_iat() {
    let api = Api::with(&[("--jwt-allow-refresh", "false")]).await;
    let (_, token) = issued(&api).await;
    assert_eq!(
        names(&claims(&token)),
        ["username", "exp", "sub", "iat", "jti", "sid"]
    );
}
