//! How a request is sent: paths, methods, bodies, variables, operation names.

use serde_json::json;

use crate::support::{Api, Request};

const TYPENAME: &str = "{ __typename }";

fn typename() -> serde_json::Value {
    json!({ "data": { "__typename": "Query" } })
}

fn body(query: &str) -> String {
    json!({ "query": query }).to_string()
}

#[tokio::test]
async fn both_paths_are_served_without_a_redirect() {
    let api = Api::start().await;
    for path in ["/graphql", "/graphql/"] {
        let request = Request::json(body(TYPENAME)).to(path);
        api.send(&request).await.is(200, &typename());
        let request = Request::get(&format!("{path}?query=%7B__typename%7D"));
        api.send(&request).await.is(200, &typename());
    }
}

#[tokio::test]
async fn variables_are_an_object_or_an_object_as_text() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let query = "mutation ($t: String) { verifyToken(token: $t) { payload } }";
    let object = json!({ "t": ada.token });
    for variables in [object.clone(), json!(object.to_string())] {
        let body = json!({ "query": query, "variables": variables });
        let data = api.send(&Request::json(body.to_string())).await.data();
        assert_eq!(data["verifyToken"]["payload"]["username"], "ada");
    }
}

#[tokio::test]
async fn variables_that_are_missing_null_or_empty_are_none() {
    let api = Api::start().await;
    for variables in [
        json!(null),
        json!({}),
        json!(""),
        json!("{}"),
        json!("null"),
    ] {
        let body = json!({ "query": TYPENAME, "variables": variables });
        let answer = api.send(&Request::json(body.to_string())).await;
        answer.is(200, &typename());
    }
}

#[tokio::test]
async fn variables_that_are_no_object_are_refused() {
    let api = Api::start().await;
    for variables in [json!([]), json!(1), json!("{"), json!("[1]"), json!("x")] {
        let body = json!({ "query": TYPENAME, "variables": variables });
        let answer = api.send(&Request::json(body.to_string())).await;
        answer.is_rejected_with(400, "BAD_REQUEST", "Variables are invalid JSON.");
    }
}

#[tokio::test]
async fn a_variable_that_is_missing_or_of_another_type_refuses_the_whole_request() {
    let api = Api::start().await;
    let query = "query ($n: Int!) { users(first: $n) { id } }";
    for variables in [
        json!({}),
        json!({ "n": null }),
        json!({ "n": "5" }),
        json!({ "n": 1.5 }),
        json!({ "n": 3_000_000_000_u64 }),
        json!({ "n": [1] }),
        json!({ "n": {} }),
    ] {
        let body = json!({ "query": query, "variables": variables });
        let answer = api.send(&Request::json(body.to_string())).await;
        let message = "Variable \"$n\" must be of type Int!.";
        answer.is_rejected_with(400, "BAD_USER_INPUT", message);
    }
}

#[tokio::test]
async fn the_operation_name_chooses_the_operation() {
    let api = Api::start().await;
    let query = "query A { a: __typename } query B { b: __typename }";
    let body = json!({ "query": query, "operationName": "B" });
    let answer = api.send(&Request::json(body.to_string())).await;
    answer.is(200, &json!({ "data": { "b": "Query" } }));
}

#[tokio::test]
async fn several_operations_need_a_name_and_an_unknown_one_is_refused() {
    let api = Api::start().await;
    let query = "query A { a: __typename } query B { b: __typename }";
    for name in [json!(null), json!(""), json!("C")] {
        let body = json!({ "query": query, "operationName": name });
        let answer = api.send(&Request::json(body.to_string())).await;
        answer.is_rejected(400, "OPERATION_NOT_FOUND");
    }
    let body = json!({ "query": TYPENAME, "operationName": "C" });
    let answer = api.send(&Request::json(body.to_string())).await;
    answer.is_rejected(400, "OPERATION_NOT_FOUND");
}

#[tokio::test]
async fn a_bare_document_is_sent_as_application_graphql() {
    let api = Api::start().await;
    let answer = api
        .send(&Request::post("application/graphql", TYPENAME))
        .await;
    answer.is(200, &typename());
}

#[tokio::test]
async fn a_bare_document_takes_the_rest_from_the_url() {
    let api = Api::start().await;
    let document =
        "query A($i: Boolean!) { a: users @include(if: $i) { id } } query B { b: __typename }";
    let request = Request::post("application/graphql", document)
        .to("/graphql?operationName=A&variables=%7B%22i%22%3Atrue%7D");
    let answer = api.send(&request).await;
    answer.is(200, &json!({ "data": { "a": [] } }));
}

#[tokio::test]
async fn the_content_type_may_name_utf_8_and_nothing_else() {
    let api = Api::start().await;
    for kind in [
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "Application/JSON; charset=\"utf-8\"",
    ] {
        let answer = api.send(&Request::post(kind, body(TYPENAME))).await;
        answer.is(200, &typename());
    }
    let request = Request::post("application/json; charset=utf-16", body(TYPENAME));
    let answer = api.send(&request).await;
    answer.is_rejected(415, "UNSUPPORTED_MEDIA_TYPE");
}

#[tokio::test]
async fn what_a_form_of_another_site_can_send_is_refused() {
    let api = Api::start().await;
    for kind in [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/plain; application/json",
        "application/jsonp",
        "",
    ] {
        let answer = api.send(&Request::post(kind, body(TYPENAME))).await;
        answer.is_rejected(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    let request = Request::new("POST", "/graphql").body(body(TYPENAME));
    let answer = api.send(&request).await;
    answer.is_rejected(415, "UNSUPPORTED_MEDIA_TYPE");
}

#[tokio::test]
async fn without_a_query_there_is_nothing_to_do() {
    let api = Api::start().await;
    for body in [
        "",
        " \n",
        "{}",
        r#"{"query":""}"#,
        r#"{"query":null}"#,
        r#"{"query":" "}"#,
    ] {
        let answer = api.send(&Request::json(body)).await;
        answer.is_rejected_with(400, "BAD_REQUEST", "Must provide query string.");
    }
    for request in [Request::get("/graphql"), Request::query(&[("query", "")])] {
        let answer = api.send(&request).await;
        answer.is_rejected_with(400, "BAD_REQUEST", "Must provide query string.");
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused() {
    let api = Api::start().await;
    for body in [
        "{",
        "query",
        "{\"query\": {",
        "{'query': 1}",
        "\u{feff}{}",
        "{}{}",
    ] {
        let answer = api.send(&Request::json(body)).await;
        answer.is_rejected_with(400, "BAD_REQUEST", "POST body sent invalid JSON.");
    }
}

#[tokio::test]
async fn a_batch_and_other_json_are_refused() {
    let api = Api::start().await;
    for body in [
        format!("[{}]", body(TYPENAME)),
        "[]".to_owned(),
        "1".to_owned(),
        "\"x\"".to_owned(),
        "null".to_owned(),
    ] {
        let answer = api.send(&Request::json(body)).await;
        answer.is_rejected(400, "BAD_REQUEST");
    }
}

#[tokio::test]
async fn members_of_the_wrong_type_are_refused() {
    let api = Api::start().await;
    for body in [
        json!({ "query": 1 }),
        json!({ "query": [TYPENAME] }),
        json!({ "query": TYPENAME, "operationName": 1 }),
        json!({ "query": TYPENAME, "extensions": 1 }),
    ] {
        let answer = api.send(&Request::json(body.to_string())).await;
        answer.is_rejected(400, "BAD_REQUEST");
    }
}

#[tokio::test]
async fn a_query_may_be_sent_by_get_with_variables_and_a_name() {
    let api = Api::start().await;
    let request = Request::query(&[
        (
            "query",
            "query A($i: Boolean!) { a: users @include(if: $i) { id } } query B { __typename }",
        ),
        ("operationName", "A"),
        ("variables", r#"{"i":true}"#),
    ]);
    let answer = api.send(&request).await;
    answer.is(200, &json!({ "data": { "a": [] } }));
}

#[tokio::test]
async fn bad_variables_in_a_url_are_refused() {
    let api = Api::start().await;
    let request = Request::query(&[("query", TYPENAME), ("variables", "{")]);
    let answer = api.send(&request).await;
    answer.is_rejected_with(400, "BAD_REQUEST", "Variables are invalid JSON.");
}

#[tokio::test]
async fn a_mutation_by_get_is_refused_and_does_nothing() {
    let api = Api::start().await;
    let mutation = "mutation { createUser(username: \"ada\", password: \"three grey geese, 42\", \
        email: \"ada@example.com\") { user { id } } }";
    let two = format!(
        "query Q {{ __typename }} {}",
        mutation.replace("mutation", "mutation M")
    );
    for request in [
        Request::query(&[("query", mutation)]),
        Request::query(&[("query", &two), ("operationName", "M")]),
    ] {
        let answer = api.send(&request).await;
        answer.is_rejected(405, "METHOD_NOT_ALLOWED");
        assert_eq!(answer.header("allow"), Some("POST"), "{answer}");
    }
    let data = api.anonymous().ask("{ users { id } }").await.data();
    assert_eq!(data, json!({ "users": [] }));
}

#[tokio::test]
async fn other_methods_are_refused_and_the_right_ones_named() {
    let api = Api::start().await;
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
        let request = Request::new(method, "/graphql")
            .header("content-type", "application/json")
            .body(body(TYPENAME));
        let answer = api.send(&request).await;
        answer.is_rejected(405, "METHOD_NOT_ALLOWED");
        assert_eq!(
            answer.header("allow"),
            Some("GET, POST"),
            "{method}: {answer}"
        );
    }
}

#[tokio::test]
async fn the_errors_of_a_document_say_where_they_are_and_never_quote_it() {
    let api = Api::start().await;
    for document in [
        "{ me { secret",
        "mutation { tokenAuth(password: \"hunter2 }",
    ] {
        let answer = api.anonymous().ask(document).await;
        answer.is_rejected(400, "GRAPHQL_PARSE_FAILED");
        assert!(
            answer.json()["errors"][0]["locations"].is_array(),
            "{answer}"
        );
        assert!(!answer.text().contains("hunter2"), "{answer}");
    }
    for document in [
        "{ unknown }",
        "{ me }",
        "{ me { unknown } }",
        "{ users(first: \"many\") { id } }",
        "{ ...F }",
        "mutation { tokenAuth(username: \"ada\") { token } }",
        "subscription { x }",
    ] {
        let answer = api.anonymous().ask(document).await;
        answer.is_rejected(400, "GRAPHQL_VALIDATION_FAILED");
    }
}

#[tokio::test]
async fn answers_are_private_and_their_type_is_not_guessed() {
    let api = Api::start().await;
    let answer = api.send(&Request::json(body(TYPENAME))).await;
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{answer}");
    }
    assert_eq!(answer.header("server"), None, "{answer}");
    assert!(answer.header("x-request-id").is_some(), "{answer}");
}

#[tokio::test]
async fn fields_are_answered_in_the_order_of_the_document() {
    let api = Api::start().await;
    api.member("ada").await;
    let document = "{ a: users { id } ...F ... { d: users { id } b: __typename } me { id } c: users { id } a: users { id } } \
        fragment F on Query { z: users { id } b: __typename }";
    let answer = api.anonymous().ask(document).await;
    let data = answer.json()["data"].take();
    let keys: Vec<&String> = data
        .as_object()
        .expect("data is an object")
        .keys()
        .collect();
    assert_eq!(keys, ["a", "z", "b", "d", "me", "c"], "{answer}");
}

#[tokio::test]
async fn where_every_field_is_skipped_the_data_is_empty() {
    let api = Api::start().await;
    let answer = api.anonymous().ask("{ me @skip(if: true) { id } }").await;
    answer.is(200, &json!({ "data": {} }));
}

#[tokio::test]
async fn a_mutation_that_would_run_twice_is_refused_and_a_query_is_merged() {
    let api = Api::start().await;
    let sign_up = "createUser(username: \"ada\", email: \"ada@example.com\", password: \"three grey geese, 42\")";
    let document = format!(
        "mutation {{ {sign_up} {{ user {{ id }} }} ...F }} \
         fragment F on Mutation {{ {sign_up} {{ user {{ username }} }} }}"
    );
    let answer = api.anonymous().ask(&document).await;
    let message = "The mutation selects \"createUser\" twice: give one of the two an alias.";
    answer.is_rejected_with(400, "GRAPHQL_VALIDATION_FAILED", message);
    let data = api.anonymous().ask("{ users { id } }").await.data();
    assert_eq!(data, json!({ "users": [] }));

    let ada = api.member("ada").await;
    let document =
        "{ ...A ...B } fragment A on Query { me { id } } fragment B on Query { me { username } }";
    let data = ada.ask(document).await.data();
    assert_eq!(data, json!({ "me": { "id": ada.id, "username": "ada" } }));
}
