//! Settings that `latchkey serve` refuses, and how it says so.

use std::net::TcpListener;

use crate::support::{Database, latchkey, latchkey_with};

#[tokio::test]
async fn a_wrong_value_is_refused_with_a_sentence_that_names_the_setting() {
    let database = Database::fresh().await;
    for (flag, value, texts) in [
        (
            "--listen",
            "3000",
            &["--listen", "127.0.0.1:3000"] as &[&str],
        ),
        ("--listen", "127.0.0.1:99999", &["--listen", "0 to 65535"]),
        (
            "--database-url",
            "mysql://localhost/db",
            &["--database-url", "sqlite: or postgres://"],
        ),
        ("--log-format", "xml", &["--log-format", "text, json"]),
        ("--log", "a=b=c", &["--log"]),
        ("--log", "verbose", &["LATCHKEY_LOG", "debug or trace"]),
        (
            "--graphql-max-body",
            "0",
            &["LATCHKEY_GRAPHQL_MAX_BODY", "from 1"],
        ),
        (
            "--jwt-secret-key",
            "short",
            &["LATCHKEY_JWT_SECRET_KEY", "32 at least", "openssl rand"],
        ),
        (
            "--jwt-secret-key",
            "your-256-bit-secret-your-256-bit-secret",
            &["LATCHKEY_JWT_SECRET_KEY", "sample"],
        ),
        ("--jwt-expiration-delta", "0", &["--jwt-expiration-delta"]),
        (
            "--jwt-expiration-delta",
            "soon",
            &["--jwt-expiration-delta"],
        ),
        (
            "--jwt-refresh-expiration-delta",
            "-1",
            &["--jwt-refresh-expiration-delta"],
        ),
        ("--jwt-allow-refresh", "maybe", &["--jwt-allow-refresh"]),
        ("--jwt-leeway", "x", &["--jwt-leeway"]),
        ("--jwt-issuer", "", &["--jwt-issuer"]),
        ("--jwt-audience", " ", &["--jwt-audience", "empty"]),
        (
            "--jwt-auth-header-prefix",
            "My Token",
            &["--jwt-auth-header-prefix", "one word"],
        ),
        ("--argon2-memory", "1024", &["--argon2-memory", "too weak"]),
        ("--argon2-passes", "1", &["--argon2-passes", "too weak"]),
        ("--argon2-lanes", "65", &["--argon2-lanes"]),
        ("--hashing-concurrency", "0", &["--hashing-concurrency"]),
        (
            "--hashing-concurrency",
            "18446744073709551615",
            &["--hashing-concurrency"],
        ),
        (
            "--database-pool-size",
            "1",
            &["--database-pool-size", "2..=1000"],
        ),
        ("--password-min-length", "0", &["--password-min-length"]),
        (
            "--users-visibility",
            "all",
            &["--users-visibility", "public, members, staff"],
        ),
        (
            "--users-emails",
            "all",
            &["--users-emails", "private, members, public"],
        ),
        ("--users-max", "50", &["--users-max"]),
        (
            "--allowed-origins",
            "*",
            &["--allowed-origins", "https://app.example.com"],
        ),
        ("--max-connections", "0", &["--max-connections"]),
        (
            "--max-connections",
            "18446744073709551615",
            &["--max-connections"],
        ),
        ("--header-timeout", "0", &["--header-timeout"]),
    ] {
        let argument = format!("{flag}={value}");
        let free_port: &[&str] = if flag == "--listen" {
            &[]
        } else {
            &["--listen=127.0.0.1:0"]
        };
        let finished = latchkey(&database, &[&["serve", &argument], free_port].concat(), "");
        finished.fails_with(texts);
    }
}

#[tokio::test]
async fn a_wrong_setting_of_tokens_is_refused_in_the_same_way() {
    let database = Database::fresh().await;
    for (flag, value, texts) in [
        (
            "--jwt-auth-header-name",
            "My Token",
            &["--jwt-auth-header-name", "one word"] as &[&str],
        ),
        (
            "--jwt-algorithm",
            "none",
            &["LATCHKEY_JWT_ALGORITHM", "HS256", "EdDSA"],
        ),
        ("--jwt-algorithm", "", &["--jwt-algorithm"]),
        ("--jwt-audience", "shop,", &["--jwt-audience", "empty"]),
        (
            "--jwt-verify-expiration",
            "maybe",
            &["--jwt-verify-expiration"],
        ),
    ] {
        let argument = format!("{flag}={value}");
        latchkey(&database, &["serve", &argument], "").fails_with(texts);
    }
}

#[tokio::test]
async fn a_wrong_variable_is_refused_by_its_name() {
    let database = Database::fresh().await;
    for (variable, value) in [
        ("LATCHKEY_LISTEN", "nowhere"),
        ("LATCHKEY_JWT_EXPIRATION_DELTA", "0"),
        ("LATCHKEY_USERS_VISIBILITY", "all"),
    ] {
        let finished = latchkey_with(&database, &[], &[(variable, value)]);
        let flag = variable
            .replace("LATCHKEY_", "--")
            .replace('_', "-")
            .to_lowercase();
        finished.fails_with(&[variable, &flag, value]);
    }
}

#[tokio::test]
async fn a_port_in_use_is_told_so() {
    let database = Database::fresh().await;
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("it has an address").to_string();
    latchkey(&database, &["--listen", &address], "").fails_with(&[
        &format!("cannot listen on {address}"),
        "another program",
        "--listen",
    ]);
}

#[tokio::test]
async fn a_database_that_cannot_be_used_is_named_without_its_password() {
    let database = Database::fresh().await;
    let folder = format!("sqlite:{}", database.folder());
    latchkey(&database, &["--database-url", &folder], "")
        .fails_with(&["cannot use the database SQLite"]);
    let url = "postgres://ada:hunter2@127.0.0.1:1/latchkey";
    let finished = latchkey(&database, &["--database-url", url], "");
    finished.fails_with(&["cannot use the database PostgreSQL 127.0.0.1:1/latchkey"]);
    assert!(!finished.stderr.contains("hunter2"), "{finished:?}");
    let finished = latchkey(
        &database,
        &["--database-url", "mysql://ada:hunter2@h/db"],
        "",
    );
    finished.fails_with(&["LATCHKEY_DATABASE_URL", "sqlite: or postgres://"]);
    assert!(!finished.stderr.contains("hunter2"), "{finished:?}");
}
