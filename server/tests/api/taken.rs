//! Names and addresses that somebody holds already, however they are written, and races for one.

use serde_json::{Value, json};

use crate::support::{Answer, Api, PASSWORD};

const NAME_TAKEN: &str = "A user with that username already exists.";
const EMAIL_TAKEN: &str = "A user with that e-mail address already exists.";

#[tokio::test]
async fn a_taken_username_is_refused() {
    let api = Api::start().await;
    api.member("ada").await;
    let answer = api
        .anonymous()
        .sign_up("ada", "other@example.com", PASSWORD)
        .await;
    let extensions = json!({ "code": "USERNAME_TAKEN", "fields": { "username": [NAME_TAKEN] } });
    answer.is_refused_with("createUser", NAME_TAKEN, &extensions);
}

#[tokio::test]
async fn a_taken_email_address_is_refused() {
    let api = Api::start().await;
    api.member("ada").await;
    let answer = api
        .anonymous()
        .sign_up("bob", "ada@example.com", PASSWORD)
        .await;
    let extensions = json!({ "code": "EMAIL_TAKEN", "fields": { "email": [EMAIL_TAKEN] } });
    answer.is_refused_with("createUser", EMAIL_TAKEN, &extensions);
}

#[tokio::test]
async fn a_taken_name_and_a_taken_address_are_told_together() {
    let api = Api::start().await;
    api.member("ada").await;
    let answer = api
        .anonymous()
        .sign_up("ada", "ada@example.com", PASSWORD)
        .await;
    let fields = json!({ "username": [NAME_TAKEN], "email": [EMAIL_TAKEN] });
    let extensions = json!({ "code": "USERNAME_TAKEN", "fields": fields });
    let message = format!("{NAME_TAKEN} {EMAIL_TAKEN}");
    answer.is_refused_with("createUser", &message, &extensions);
}

#[tokio::test]
async fn a_username_is_taken_in_every_letter_case_and_unicode_form() {
    let api = Api::start().await;
    let pairs = [
        ("ada", "ADA"),
        ("bob", "ｂｏｂ"),
        ("josé", "JOSE\u{301}"),
        ("straße", "STRASSE"),
        ("σίσυφος", "ΣΊΣΥΦΟΣ"),
        ("ﬁona", "fiona"),
        ("x²", "X2"),
    ];
    for (n, (first, second)) in pairs.iter().enumerate() {
        let (one, other) = (
            format!("one{n}@example.com"),
            format!("other{n}@example.com"),
        );
        api.anonymous().sign_up(first, &one, PASSWORD).await.data();
        let answer = api.anonymous().sign_up(second, &other, PASSWORD).await;
        assert_eq!(
            answer.code(),
            "USERNAME_TAKEN",
            "{first} {second}: {answer}"
        );
    }
}

#[tokio::test]
async fn an_email_address_is_taken_in_every_letter_case_and_unicode_form() {
    let api = Api::start().await;
    let pairs = [
        ("ada@example.com", "ADA@Example.COM"),
        ("josé@example.com", "jose\u{301}@example.com"),
        ("bob@example.com", " bob@example.com "),
    ];
    for (n, (first, second)) in pairs.iter().enumerate() {
        let (one, other) = (format!("one{n}"), format!("other{n}"));
        api.anonymous().sign_up(&one, first, PASSWORD).await.data();
        let answer = api.anonymous().sign_up(&other, second, PASSWORD).await;
        assert_eq!(answer.code(), "EMAIL_TAKEN", "{first} {second}: {answer}");
    }
}

/// How many succeeded; all the others have to be refused with this code.
fn winners(answers: &[Answer], code: &str) -> usize {
    answers
        .iter()
        .filter(|answer| {
            let refused = answer.code();
            assert!(refused == Value::Null || refused == code, "{answer}");
            refused == Value::Null
        })
        .count()
}

async fn race(api: &Api, rivals: impl Iterator<Item = (String, String)>) -> Vec<Answer> {
    let racing: Vec<_> = rivals
        .map(|(name, email)| {
            let client = api.anonymous();
            tokio::spawn(async move { client.sign_up(&name, &email, PASSWORD).await })
        })
        .collect();
    let mut answers = Vec::new();
    for rival in racing {
        answers.push(rival.await.expect("a sign-up is answered"));
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_sign_ups_for_one_name_at_the_same_moment_exactly_one_wins() {
    let api = Api::start().await;
    let rivals = [("ada", "one@example.com"), ("ADA", "other@example.com")];
    let rivals = rivals.map(|(name, email)| (name.to_owned(), email.to_owned()));
    let answers = race(&api, rivals.into_iter()).await;
    assert_eq!(winners(&answers, "USERNAME_TAKEN"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_sign_ups_for_one_name_at_the_same_moment_exactly_one_wins() {
    let api = Api::start().await;
    let rivals = (0..20).map(|n| ("ada".to_owned(), format!("n{n}@example.com")));
    let answers = race(&api, rivals).await;
    assert_eq!(winners(&answers, "USERNAME_TAKEN"), 1);
    let users = api.anonymous().ask("{ users { username } }").await.data();
    assert_eq!(users, json!({ "users": [{ "username": "ada" }] }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_sign_ups_for_one_address_at_the_same_moment_exactly_one_wins() {
    let api = Api::start().await;
    let rivals = (0..20).map(|n| (format!("user{n}"), "ada@example.com".to_owned()));
    let answers = race(&api, rivals).await;
    assert_eq!(winners(&answers, "EMAIL_TAKEN"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_sign_ups_for_twenty_names_at_the_same_moment_all_win() {
    let api = Api::start().await;
    let rivals = (0..20).map(|n| (format!("user{n}"), format!("n{n}@example.com")));
    let answers = race(&api, rivals).await;
    assert_eq!(winners(&answers, "none"), 20);
}
