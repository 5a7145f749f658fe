//! The limits of a request: what is too large, too deep or too much is refused before anything runs.

use serde_json::json;

use crate::support::{Api, PASSWORD, Request};

fn too_complex(what: &str) -> String {
    format!("The document is too complex: at most {what} are allowed.")
}

async fn is_too_complex(api: &Api, document: &str, what: &str) {
    let answer = api.anonymous().ask(document).await;
    answer.is_rejected_with(400, "TOO_COMPLEX", &too_complex(what));
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let api = Api::start().await;
    let body = |length: usize| {
        let start = r#"{"query":"{ __typename }","pad":""#;
        format!("{start}{}\"}}", "x".repeat(length - start.len() - 2))
    };
    api.send(&Request::json(body(65_536))).await.data();
    for length in [65_537, 20_000_000] {
        let answer = api.send(&Request::json(body(length))).await;
        answer.is_rejected(413, "TOO_LARGE");
    }
}

#[tokio::test]
async fn a_password_of_a_megabyte_is_refused_with_its_body() {
    let api = Api::start().await;
    let huge = "x".repeat(1_000_000);
    let answer = api.anonymous().log_in("ada", &huge).await;
    answer.is_rejected(413, "TOO_LARGE");
    let answer = api
        .anonymous()
        .sign_up("ada", "ada@example.com", &huge)
        .await;
    answer.is_rejected(413, "TOO_LARGE");
}

#[tokio::test]
async fn ten_thousand_aliases_are_refused() {
    let api = Api::with(&[("--graphql-max-body", "1000000")]).await;
    let aliases: String = (0..10_000).map(|n| format!("a{n}: __typename ")).collect();
    is_too_complex(&api, &format!("{{ {aliases} }}"), "1000 tokens").await;
}

#[tokio::test]
async fn aliases_are_counted() {
    let api = Api::start().await;
    let document = |count: usize| {
        let aliases: String = (0..count).map(|n| format!("a{n}: username ")).collect();
        format!("{{ users {{ {aliases} }} }}")
    };
    api.anonymous().ask(&document(15)).await.data();
    is_too_complex(&api, &document(16), "15 aliases").await;
}

#[tokio::test]
async fn fields_at_the_root_are_counted() {
    let api = Api::start().await;
    let document = |count: usize| format!("{{ {} }}", "users { id } ".repeat(count));
    api.anonymous().ask(&document(10)).await.data();
    is_too_complex(&api, &document(11), "10 fields at the root").await;
}

#[tokio::test]
async fn nesting_is_counted_before_anything_is_parsed() {
    let api = Api::start().await;
    for (open, close) in [("{a", "}"), ("{a(b:[", "])}"), ("{a(b:{c:", "1})}")] {
        let document = format!("{}{}", open.repeat(300), close.repeat(300));
        let answer = api.anonymous().ask(&document).await;
        answer.is_rejected(400, "TOO_COMPLEX");
    }
}

#[tokio::test]
async fn depth_is_counted() {
    let api = Api::start().await;
    let document = |levels: usize| {
        format!(
            "{{ __schema {{ types {{ fields {{ type {{ {} name {} }} }} }} }} }}",
            "ofType {".repeat(levels),
            "}".repeat(levels)
        )
    };
    api.anonymous().ask(&document(9)).await.data();
    is_too_complex(&api, &document(16), "15 levels of fields").await;
}

#[tokio::test]
async fn complexity_is_counted() {
    let api = Api::with(&[("--graphql-max-complexity", "10")]).await;
    api.anonymous()
        .ask("{ users { id username email } }")
        .await
        .data();
    let document = format!("{{ users {{ {} }} }}", "id username ".repeat(8));
    is_too_complex(&api, &document, "10 fields and fragments").await;
}

#[tokio::test]
async fn fields_that_take_a_password_are_counted_and_none_of_too_many_runs() {
    let api = Api::start().await;
    let field = |n: usize| {
        format!(
            "a{n}: createUser(username: \"ada{n}\", email: \"ada{n}@example.com\", password: \"{PASSWORD}\") {{ user {{ id }} }} "
        )
    };
    let document = |count: usize| {
        let fields: String = (0..count).map(field).collect();
        format!("mutation {{ {fields} }}")
    };
    is_too_complex(&api, &document(5), "4 fields that take a password").await;
    let data = api.anonymous().ask("{ users { id } }").await.data();
    assert_eq!(data, json!({ "users": [] }));
    api.anonymous().ask(&document(4)).await.data();
}

#[tokio::test]
async fn log_ins_and_sign_ups_count_together_fragments_included() {
    let api = Api::start().await;
    let log_in =
        |n: usize| format!("l{n}: tokenAuth(username: \"ada\", password: \"x\") {{ token }} ");
    let document = format!(
        "mutation {{ ...F ...G {} }} fragment F on Mutation {{ {} {} }} fragment G on Mutation {{ ... {{ {} {} }} }}",
        log_in(0),
        log_in(1),
        log_in(2),
        log_in(3),
        log_in(4)
    );
    is_too_complex(&api, &document, "4 fields that take a password").await;
}

#[tokio::test]
async fn fragments_that_double_each_other_are_refused_at_once() {
    let api = Api::start().await;
    let mut document = "{ ...F0 } fragment F25 on Query { users { id } }".to_owned();
    for n in 0..25 {
        let next = n + 1;
        document += &format!(" fragment F{n} on Query {{ ...F{next} ...F{next} }}");
    }
    is_too_complex(&api, &document, "300 fields and fragments").await;
    // Nothing spreads these, and validation would walk them all the same.
    let unused = document.replace("{ ...F0 } ", "{ __typename } ");
    is_too_complex(&api, &unused, "300 fields and fragments").await;
}

#[tokio::test]
async fn fragments_that_hold_nothing_but_fragments_are_refused_at_once() {
    let api = Api::start().await;
    let mut document = "{ ...F0 } fragment F30 on Query { ... { __typename } }".to_owned();
    for n in 0..30 {
        let next = n + 1;
        document += &format!(" fragment F{n} on Query {{ ...F{next} ...F{next} }}");
    }
    is_too_complex(&api, &document, "300 fields and fragments").await;
    let unknown = document.replace("... { __typename }", "...X ...X");
    let answer = api.anonymous().ask(&unknown).await;
    answer.is_rejected_with(400, "GRAPHQL_VALIDATION_FAILED", "Unknown fragment: \"X\".");
}

#[tokio::test]
async fn fragments_that_spread_themselves_are_refused() {
    let api = Api::start().await;
    let document = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }";
    let answer = api.anonymous().ask(document).await;
    answer.is_rejected(400, "GRAPHQL_VALIDATION_FAILED");
}

#[tokio::test]
async fn an_answer_holds_ten_errors_of_512_bytes_at_most() {
    let api = Api::start().await;
    let unknown: String = (0..15)
        .map(|n| format!("x{n}{} ", "y".repeat(700)))
        .collect();
    let answer = api
        .anonymous()
        .ask(&format!("{{ users {{ {unknown} }} }}"))
        .await;
    answer.is_rejected(400, "GRAPHQL_VALIDATION_FAILED");
    let body = answer.json();
    let errors = body["errors"].as_array().expect("errors are a list");
    assert_eq!(errors.len(), 10, "{answer}");
    for error in errors {
        let message = error["message"].as_str().expect("a message is a text");
        assert!(message.len() <= 512, "{} bytes: {message}", message.len());
    }
    let long = "v".repeat(3_000);
    for document in [
        format!("query (${long}: Int!) {{ users(first: ${long}) {{ id }} }}"),
        format!("{{ ...{long} }}"),
    ] {
        let answer = api.anonymous().ask(&document).await;
        assert!(answer.body.len() < 1_000, "{answer}");
    }
}

#[tokio::test]
async fn every_limit_is_a_setting() {
    let api = Api::with(&[
        ("--graphql-max-tokens", "40"),
        ("--graphql-max-aliases", "1"),
        ("--graphql-max-root-fields", "2"),
        ("--graphql-max-credential-fields", "1"),
        ("--graphql-max-body", "500"),
    ])
    .await;
    is_too_complex(&api, &format!("{{ {} }}", "id ".repeat(40)), "40 tokens").await;
    is_too_complex(&api, "{ a: __typename b: __typename }", "1 aliases").await;
    is_too_complex(
        &api,
        "{ me { id } me { id } me { id } }",
        "2 fields at the root",
    )
    .await;
    let two = "mutation { tokenAuth(username: \"a\", password: \"a\") { token } \
        tokenAuth(username: \"a\", password: \"a\") { token } }";
    is_too_complex(&api, two, "1 fields that take a password").await;
    let answer = api
        .send(&Request::json(format!(
            "{{\"query\":\"{}\"}}",
            " ".repeat(500)
        )))
        .await;
    answer.is_rejected(413, "TOO_LARGE");
}
