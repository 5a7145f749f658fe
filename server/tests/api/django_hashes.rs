//! Passwords that Django hashed: they log in, and are hashed anew by that.

use crate::support::django::{Django, HASH};
use crate::support::{Api, PASSWORD, latchkey};

/// Made by Django 5.2 of `PASSWORD`, with less cost than it has by default.
const HASHES: [&str; 10] = [
    HASH,
    "pbkdf2_sha1$1000$JzfeG5Td2nW9sfXmPKE6T3$H+dIgg1+qCOpPzFpem8XwMoQFog=",
    "argon2$argon2id$v=19$m=1024,t=2,p=8$cU5sRjNiTjF5T3VKdVFxMEVyN1pvdQ$dW1uMMagDqsBJW7NynlbpEUwgw7vc7R8FCkgXvS6Rc0",
    "argon2$argon2i$v=19$m=1024,t=1,p=2$c29tZXNhbHRzb21lc2FsdA$2xDsBC71ZXg9QqsLVrD8vg",
    "argon2$argon2d$v=19$m=1024,t=1,p=2$c29tZXNhbHRzb21lc2FsdA$u9wSDJK5ihzmqFN8SnV56w",
    "argon2$argon2i$m=1024,t=1,p=2$c29tZXNhbHRzb21lc2FsdA$jN/2ZlpItv/v6TRSGGm/rQ",
    "bcrypt_sha256$$2b$04$MaUJwB2Yyi2LK5YfbV1mL.JjXU13i2BlPPkooGo432LHadVjipp.W",
    "bcrypt$$2b$04$w9MEK7KutRnPMm92dCHvROGHt3R7QEC62cURvWym.FbqMRYumt74G",
    "scrypt$1024$i89AF0VVlggkXMHg8y5HTs$8$5$PfhX8eaAlC3BIr68J5uD20X3Ho9PnqgoYopHH7vhqz6rySLde1+JxUckAkmlFhOD4P71XbKSckwGF0EH1IqQHA==",
    "scrypt$1024$seasalt$4$2$CaiuWj39quhOGBZu9lgLqp43TQWDIyfri8whj0ZHARsvu2tfIxt4VvoHxGLc+1aVlnghY3PfWKT+fHx+ZNFcWw==",
];

/// A server with users 1, 2, … who have these hashes.
async fn with(hashes: &[&str]) -> Api {
    let api = Api::start().await;
    let django = Django::fresh(api.database()).await;
    for (id, hash) in (1..).zip(hashes) {
        django.add(id, &format!("user{id}"), "").await;
        django
            .execute(&format!(
                "UPDATE auth_user SET password = '{hash}' WHERE id = {id}"
            ))
            .await;
    }
    let words = ["import", "django", "--from", &django.from];
    latchkey(api.database(), &words, "").succeeds();
    api
}

async fn refuses(api: &Api, user: &str, password: &str) {
    let answer = api.anonymous().log_in(user, password).await;
    assert_eq!(answer.code(), "INVALID_CREDENTIALS", "{user}: {answer}");
}

#[tokio::test]
async fn the_password_of_every_hasher_logs_in_and_is_hashed_anew_by_that() {
    let api = with(&HASHES).await;
    let changed = "SELECT CAST(password_changed_at AS TEXT) FROM users WHERE username = $1";
    for (id, hash) in (1..).zip(HASHES) {
        let name = format!("user{id}");
        for wrong in [
            "three grey geese, 43",
            "",
            "three grey geese, 42\0",
            " three grey geese, 42",
        ] {
            refuses(&api, &name, wrong).await;
        }
        assert_eq!(
            api.database().password_hash(&name).await,
            hash,
            "a miss changes nothing"
        );
        let before = api.database().texts(changed, &name).await;
        let token = api.anonymous().token(&name, PASSWORD).await;
        let new = api.database().password_hash(&name).await;
        assert!(
            new.starts_with("$argon2id$v=19$m=64,t=1,p=1$"),
            "{hash}: {new}"
        );
        assert_eq!(
            api.database().texts(changed, &name).await,
            before,
            "it is the same password"
        );
        // What opened by the old hash stays open.
        api.anonymous()
            .with_authorization(&format!("JWT {token}"))
            .me()
            .await
            .data();
        api.anonymous().log_in(&name, PASSWORD).await.data();
        refuses(&api, &name, "three grey geese, 43").await;
        assert_eq!(
            api.database().password_hash(&name).await,
            new,
            "it is hashed anew once"
        );
    }
}

#[tokio::test]
async fn a_password_is_compared_as_it_was_typed_and_then_as_composed() {
    let api = with(&[
        // Of "Café noir 42" with a combining accent, which Django takes as it comes, and with a composed one.
        "pbkdf2_sha256$1000$AXS2OcH4E1LInqWiIW2A89$27iPRAFvlYS0suxzL/h/tZ5fVKSs82HiUE82/CEJCVo=",
        "pbkdf2_sha256$1000$VZ47dzuYADykjZUXDiVVsM$/7fXbjdVIZe4HZKhAu0ryWxatu1fbKVYdDY+HJxAeEg=",
    ])
    .await;
    let (combining, composed) = ("Cafe\u{301} noir 42", "Caf\u{e9} noir 42");
    refuses(&api, "user1", composed).await;
    api.anonymous().log_in("user1", combining).await.data();
    // From here on both are the same, as with every password.
    api.anonymous().log_in("user1", composed).await.data();
    api.anonymous().log_in("user2", combining).await.data();
    api.anonymous().log_in("user2", composed).await.data();
}

#[tokio::test]
async fn bcrypt_looks_at_72_bytes_and_takes_no_nul() {
    let api = with(&[
        // Of seven times the ten digits and "ab".
        "bcrypt$$2b$04$iGo/a77iTUWLbS6k48GVreOlNR/ebVMjyS92LjGKG8B1WICn9aqqK",
        // Of "a".
        "bcrypt$$2b$04$VIpvDzRR4KPvIhv9.1Necu4X7BA1WeqZ3/h6KfXvrhZdRN0gI.5gS",
        // Of "пароль 🐢".
        "bcrypt_sha256$$2b$04$QQFb3pGZSF3L6ew.pU2xEuWTcpL3.JeExGbU.Uxaj/bCs7vIDU/Q.",
    ])
    .await;
    let digits = "0123456789".repeat(7);
    refuses(&api, "user1", &format!("{digits}a")).await;
    refuses(&api, "user1", &format!("{digits}ac")).await;
    // bcrypt cannot tell it from the one that was set.
    api.anonymous()
        .log_in("user1", &format!("{digits}ab and more"))
        .await
        .data();
    // bcrypt repeats a password, and puts NUL between.
    for wrong in ["a\0a", "a\0", "\0"] {
        refuses(&api, "user2", wrong).await;
    }
    api.anonymous().log_in("user2", "a").await.data();
    api.anonymous().log_in("user3", "пароль 🐢").await.data();
}

#[tokio::test]
async fn a_hash_that_cannot_be_checked_is_a_wrong_password() {
    let api = with(&[
        "!hye9wY6FmHvaAKjHYZFCJrsNfodBP6ebc8UcWP9z",
        "md5$salt$0123456789abcdef",
        "",
        "pbkdf2_sha256$1000000000000$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "scrypt$1099511627776$salt$8$1$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
        "argon2$argon2id$v=19$m=4194304,t=100,p=1$c29tZXNhbHRzb21lc2FsdA$jN/2ZlpItv/v6TRSGGm/rQ",
        "bcrypt$$2b$31$w9MEK7KutRnPMm92dCHvROGHt3R7QEC62cURvWym.FbqMRYumt74G",
        "bcrypt$$2b$04$w9MEK7KutRnPMm92dCH",
    ])
    .await;
    for id in 1..=8 {
        let name = format!("user{id}");
        for password in [PASSWORD, "", "!"] {
            refuses(&api, &name, password).await;
        }
        // It is mended as it was said at the import.
        latchkey(api.database(), &["user", "set-password", &name], PASSWORD).succeeds();
        api.anonymous().log_in(&name, PASSWORD).await.data();
    }
}

#[tokio::test]
async fn a_name_that_nobody_has_is_refused_even_with_somebodys_password() {
    let api = with(&HASHES).await;
    for name in 0..20 {
        refuses(&api, &format!("nobody{name}"), PASSWORD).await;
    }
    for (id, hash) in (1..).zip(HASHES) {
        assert_eq!(
            api.database().password_hash(&format!("user{id}")).await,
            hash,
            "nothing changes"
        );
    }
}

#[tokio::test]
async fn the_log_names_the_user_whose_hash_cannot_be_checked() {
    let api = with(&["md5$salt$0123456789abcdef"]).await;
    let database = api.stop().await;
    let server = crate::support::Process::serve(&database, &[]);
    let request = crate::support::Request::json(
        r#"{"query":"mutation { tokenAuth(username: \"user1\", password: \"x\") { token } }"}"#,
    );
    request.send(server.address).await;
    let line = loop {
        let line = server.line();
        if line.contains("hash") {
            break line;
        }
    };
    assert!(line.contains("WARN") && line.contains("user=1"), "{line}");
    assert!(
        line.contains("the hasher md5") && !line.contains("0123456789abcdef"),
        "{line}"
    );
}
