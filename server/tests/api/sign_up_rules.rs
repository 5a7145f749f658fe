//! The rules of signing up: each on its own, and all that are broken reported at once, by field.

use serde_json::{Value, json};

use crate::support::{Answer, Api, PASSWORD};

/// Signs up with one field changed, and gives the sentences that came back by field.
async fn refused(api: &Api, username: &str, email: &str, password: &str) -> (Answer, Value) {
    let answer = api.anonymous().sign_up(username, email, password).await;
    assert_eq!(answer.code(), "VALIDATION_FAILED", "{answer}");
    let fields = answer.json()["errors"][0]["extensions"]["fields"].take();
    (answer, fields)
}

/// Demands that exactly these fields are complained of, with a sentence at least for each.
async fn breaks(api: &Api, (username, email, password): (&str, &str, &str), expected: &[&str]) {
    let (answer, fields) = refused(api, username, email, password).await;
    let names: Vec<&String> = fields
        .as_object()
        .into_iter()
        .flat_map(|f| f.keys())
        .collect();
    assert_eq!(names, expected, "{username:?} {email:?}: {answer}");
    for name in expected {
        let sentences = fields[*name].as_array().cloned().unwrap_or_default();
        let good = |sentence: &Value| sentence.as_str().is_some_and(|s| s.ends_with('.'));
        assert!(
            !sentences.is_empty() && sentences.iter().all(good),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once_by_field() {
    let api = Api::start().await;
    let answer = api.anonymous().sign_up("a b@c", "nowhere", "1234").await;
    let body = answer.json();
    let extensions = &body["errors"][0]["extensions"];
    let message = body["errors"][0]["message"].as_str().unwrap_or_default();
    answer.is_refused_with("createUser", message, extensions);
    assert_eq!(extensions["code"], "VALIDATION_FAILED", "{answer}");
    let counts: Vec<(&str, usize)> = ["username", "email", "password"]
        .into_iter()
        .map(|field| {
            (
                field,
                extensions["fields"][field].as_array().map_or(0, Vec::len),
            )
        })
        .collect();
    assert_eq!(
        counts,
        [("username", 1), ("email", 1), ("password", 3)],
        "{answer}"
    );
}

#[tokio::test]
async fn a_taken_name_is_told_with_everything_else_that_is_wrong() {
    let api = Api::start().await;
    api.member("ada").await;
    let (answer, fields) = refused(&api, "ADA", "nowhere", "short").await;
    assert_eq!(
        fields["username"],
        json!(["A user with that username already exists."]),
        "{answer}"
    );
    assert!(
        fields["email"].is_array() && fields["password"].is_array(),
        "{answer}"
    );
}

#[tokio::test]
async fn a_username_holds_letters_digits_and_four_signs() {
    let api = Api::start().await;
    let email = "new@example.com";
    for name in [
        "",
        " ",
        "a b",
        " ada",
        "ada ",
        "a@b",
        "ada@example.com",
        "a/b",
        "<b>",
        "a\"b",
        "a'b",
        "a:b",
        "🙂",
        "a\u{200b}b",
        "a\u{202e}b",
        "a\u{0}b",
        "\u{0}",
        "a\nb",
        "a\u{7f}",
        "a\u{feff}",
    ] {
        breaks(&api, (name, email, PASSWORD), &["username"]).await;
    }
}

#[tokio::test]
async fn a_username_may_be_of_any_script() {
    let api = Api::start().await;
    for (n, name) in [
        "Жанна",
        "金田一",
        "José",
        "Ada.Lovelace+1_2-3",
        "7",
        "_",
        "ñandú",
    ]
    .iter()
    .enumerate()
    {
        let email = format!("n{n}@example.com");
        let answer = api.anonymous().sign_up(name, &email, PASSWORD).await;
        assert_eq!(
            answer.data()["createUser"]["user"]["username"],
            *name,
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_username_has_150_characters_at_most() {
    let api = Api::start().await;
    let (fits, too_long) = ("é".repeat(150), "é".repeat(151));
    breaks(&api, (&too_long, "a@example.com", PASSWORD), &["username"]).await;
    let answer = api
        .anonymous()
        .sign_up(&fits, "a@example.com", PASSWORD)
        .await;
    assert_eq!(answer.data()["createUser"]["user"]["username"], fits);
}

#[tokio::test]
async fn a_username_that_grows_beyond_the_limit_in_its_compatibility_form_is_refused() {
    let api = Api::start().await;
    // One sign that stands for 18 characters.
    let name = "\u{fdfa}".repeat(100);
    breaks(&api, (&name, "a@example.com", PASSWORD), &["username"]).await;
}

#[tokio::test]
async fn an_email_address_is_one_by_its_syntax() {
    let api = Api::start().await;
    for email in [
        "",
        " ",
        "ada",
        "ada@",
        "@example.com",
        "a b@example.com",
        "ada@exam ple.com",
        "ada@@example.com",
        "ada@example..com",
        "ada@-example.com",
        "Ada <ada@example.com>",
        "ada@example.com\u{0}",
        "ada\n@example.com",
        "ada@example.com, bob@example.com",
    ] {
        breaks(&api, ("ada", email, PASSWORD), &["email"]).await;
    }
}

#[tokio::test]
async fn an_email_address_has_254_characters_at_most() {
    let api = Api::start().await;
    let domain = format!(
        "{}.{}.{}.com",
        "d".repeat(60),
        "d".repeat(60),
        "d".repeat(60)
    );
    let of_length = |length: usize| format!("{}@{domain}", "a".repeat(length - 1 - domain.len()));
    assert_eq!(of_length(250).len(), 250);
    breaks(&api, ("ada", &of_length(255), PASSWORD), &["email"]).await;
    let answer = api
        .anonymous()
        .sign_up("ada", &of_length(250), PASSWORD)
        .await;
    assert_eq!(answer.data()["createUser"]["user"]["email"], of_length(250));
}

#[tokio::test]
async fn a_password_has_8_characters_at_least() {
    let api = Api::start().await;
    let email = "ada@example.com";
    for password in ["", "vK9~q", "vK9~qP7"] {
        breaks(&api, ("ada", email, password), &["password"]).await;
    }
    api.anonymous()
        .sign_up("ada", email, "vK9~qP7#")
        .await
        .data();
}

#[tokio::test]
async fn characters_of_a_password_are_counted_not_bytes() {
    let api = Api::start().await;
    let email = "ada@example.com";
    breaks(&api, ("ada", email, "жълтица"), &["password"]).await;
    api.anonymous()
        .sign_up("ada", email, "щърк❄ель")
        .await
        .data();
}

#[tokio::test]
async fn the_fewest_characters_of_a_password_are_a_setting() {
    let api = Api::with(&[("--password-min-length", "15")]).await;
    let email = "ada@example.com";
    let (answer, fields) = refused(&api, "ada", email, "vK9~qP7#vK9~qP").await;
    assert!(
        fields["password"][0]
            .as_str()
            .is_some_and(|s| s.contains("15")),
        "{answer}"
    );
    api.anonymous()
        .sign_up("ada", email, "vK9~qP7#vK9~qPx")
        .await
        .data();
}

#[tokio::test]
async fn a_password_has_1024_bytes_at_most_and_is_never_cut() {
    let api = Api::start().await;
    let (fits, too_long) = ("vK9~".repeat(256), "vK9~".repeat(256) + "x");
    breaks(&api, ("ada", "ada@example.com", &too_long), &["password"]).await;
    let client = api.anonymous();
    client.sign_up("ada", "ada@example.com", &fits).await.data();
    client.log_in("ada", &fits).await.data();
    client.log_in("ada", &too_long).await.is_refused(
        "tokenAuth",
        "INVALID_CREDENTIALS",
        "Please enter valid credentials",
    );
}

#[tokio::test]
async fn a_common_password_is_refused_in_any_letter_case() {
    let api = Api::start().await;
    for password in [
        "password",
        "PassWord",
        "qwertyuiop",
        "iloveyou",
        "sunshine",
        "password1",
        "letmein1",
    ] {
        breaks(&api, ("ada", "ada@example.com", password), &["password"]).await;
    }
}

#[tokio::test]
async fn a_password_of_digits_alone_is_refused() {
    let api = Api::start().await;
    for password in ["4839205716", "٤٨٣٩٢٠٥٧١٦"] {
        breaks(&api, ("ada", "ada@example.com", password), &["password"]).await;
    }
}

#[tokio::test]
async fn a_password_near_to_the_username_or_the_address_is_refused() {
    let api = Api::start().await;
    for password in [
        "evangeline",
        "Evangeline1",
        "1EVANGELINE",
        "vanderberg",
        "vanderberg7",
    ] {
        let email = "vanderberg@example.com";
        breaks(&api, ("evangeline", email, password), &["password"]).await;
    }
}

#[tokio::test]
async fn a_password_may_hold_any_character_and_composition() {
    let api = Api::start().await;
    for (n, password) in [
        "    a b c    ",
        "пароль, но какой",
        "🦔🦔🦔🌲🌲🌲🍂🍂",
        "nul\u{0}in the middle",
    ]
    .iter()
    .enumerate()
    {
        let (name, email) = (format!("user{n}"), format!("n{n}@example.com"));
        api.anonymous()
            .sign_up(&name, &email, password)
            .await
            .data();
        api.anonymous().log_in(&name, password).await.data();
    }
}

#[tokio::test]
async fn a_password_typed_in_another_unicode_form_is_the_same() {
    let api = Api::start().await;
    let client = api.anonymous();
    client
        .sign_up(
            "ada",
            "ada@example.com",
            "cre\u{300}me bru\u{302}le\u{301}e",
        )
        .await
        .data();
    client.log_in("ada", "crème brûlée").await.data();
}

#[tokio::test]
async fn a_password_is_not_compared_with_names_of_any_size() {
    let api = Api::start().await;
    let huge = "a.".repeat(15_000);
    let answer = api.anonymous().sign_up(&huge, &huge, PASSWORD).await;
    let fields = answer.json()["errors"][0]["extensions"]["fields"].take();
    let named: Vec<&String> = fields
        .as_object()
        .expect("fields are told")
        .keys()
        .collect();
    assert_eq!(named, ["username", "email"], "{answer}");
}
