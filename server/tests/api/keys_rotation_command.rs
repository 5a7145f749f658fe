//! `latchkey keys`: what it does, what it refuses, and what it says.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use jsonwebtoken::Algorithm;

use crate::keys::{kid_of, kids};
use crate::support::{Api, Database, Finished, Pair, Process, jwks, latchkey, latchkey_with};

const ES256: [(&str, &str); 1] = [("--jwt-algorithm", "ES256")];

fn keys(database: &Database, words: &[&str]) -> Finished {
    let variables = [("LATCHKEY_JWT_ALGORITHM", "ES256")];
    latchkey_with(database, &[&["keys"], words].concat(), &variables)
}

/// The columns of `latchkey keys list`: file name, role, name.
fn listed(database: &Database) -> Vec<(String, String, String)> {
    let text = keys(database, &["list"]).succeeds();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("KID\tROLE\tALGORITHM\tMADE\tFILE"));
    lines
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let [kid, role, algorithm, made, file] = columns[..] else {
                panic!("five columns: {line}");
            };
            assert_eq!(algorithm, "ES256");
            assert!(made.ends_with('Z'), "{line}");
            let file = Path::new(file).file_name().and_then(|name| name.to_str());
            let file = file.expect("a file has a name").to_owned();
            (file, role.to_owned(), kid.to_owned())
        })
        .collect()
}

fn roles(database: &Database) -> Vec<(String, String)> {
    let listed = listed(database).into_iter();
    listed.map(|(file, role, _)| (file, role)).collect()
}

fn are(roles: &[(String, String)], expected: &[(&str, &str)]) {
    let roles: Vec<(&str, &str)> = roles
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    assert_eq!(roles, expected);
}

/// Lets a key have been made at another time.
fn made(database: &Database, number: u32, seconds: i64) {
    let path = Path::new(database.folder()).join(format!("keys/{number}.pem"));
    let text = fs::read_to_string(&path).expect("it is there");
    let lines = text.lines().map(|line| {
        let is_made = line.starts_with("made: ");
        if is_made {
            format!("made: {seconds}\n")
        } else {
            format!("{line}\n")
        }
    });
    fs::write(&path, lines.collect::<String>()).expect("it can be written");
}

#[tokio::test]
async fn keys_go_from_next_to_current_to_retired() {
    let api = Api::with(&ES256).await;
    let ada = api.member("ada").await;
    let database = Arc::clone(api.database());
    are(
        &roles(&database),
        &[("2.pem", "next"), ("1.pem", "current")],
    );
    let before = listed(&database);
    assert_eq!(before[1].2, kid_of(&ada.token));
    let published: Vec<String> = before.iter().map(|(_, _, kid)| kid.clone()).collect();
    assert_eq!(kids(&jwks(&api).await), published);
    let said = keys(&database, &["rotate"]).succeeds();
    let after = listed(&database);
    are(
        &roles(&database),
        &[
            ("3.pem", "next"),
            ("2.pem", "current"),
            ("1.pem", "retired"),
        ],
    );
    for (kid, what) in [
        (&before[0].2, "signs from now on"),
        (&before[1].2, "is retired"),
        (&after[0].2, "signs after the next rotation"),
    ] {
        let line = format!("{kid} {what}");
        let is_said = |one: &str| one.starts_with(kid) && one.contains(what);
        assert!(said.lines().any(is_said), "{line}: {said}");
    }
}

#[tokio::test]
async fn a_key_that_was_just_made_is_published_for_a_while_before_it_signs() {
    let api = Api::with(&ES256).await;
    let database = api.database();
    keys(database, &["rotate"]).succeeds();
    let before = roles(database);
    keys(database, &["rotate"]).fails_with(&["seconds ago", "600 seconds", "--force"]);
    assert_eq!(roles(database), before);
    keys(database, &["rotate", "--force"]).succeeds();
    are(
        &roles(database),
        &[
            ("4.pem", "next"),
            ("3.pem", "current"),
            ("2.pem", "retired"),
            ("1.pem", "retired"),
        ],
    );
}

#[tokio::test]
async fn a_retired_key_is_removed_once_no_token_of_it_can_be_alive() {
    let api = Api::with(&ES256).await;
    let database = api.database();
    keys(database, &["rotate"]).succeeds();
    // Key 1 has signed until key 3 was made.
    made(database, 3, 1_000_000_000);
    let unchanged = [("2.pem", "current"), ("1.pem", "retired")];
    for still in [
        &["--jwt-expiration-delta", "4000000000"] as &[&str],
        &["--jwt-leeway", "4000000000"],
        &["--jwt-verify-expiration", "false"],
    ] {
        keys(database, &[&["rotate", "--force"], still].concat()).succeeds();
        let now = roles(database);
        let newest = now.iter().map(|(file, _)| file.as_str());
        assert!(
            newest.clone().any(|file| file == "1.pem"),
            "{still:?}: {now:?}"
        );
        // As it was.
        fs::remove_file(Path::new(database.folder()).join("keys/4.pem")).expect("it is there");
        assert_eq!(roles(database).len(), unchanged.len() + 1);
    }
    let said = keys(database, &["rotate"]).succeeds();
    assert!(said.contains("is removed"), "{said}");
    are(
        &roles(database),
        &[
            ("4.pem", "next"),
            ("3.pem", "current"),
            ("2.pem", "retired"),
        ],
    );
}

#[tokio::test]
async fn keys_of_another_algorithm_stay_while_servers_may_still_sign_with_them() {
    let api = Api::with(&ES256).await;
    let database = api.database();
    let rotate = |algorithm: &str, words: &[&str]| {
        let words = [&["keys", "rotate", "--jwt-algorithm", algorithm], words].concat();
        latchkey(database, &words, "").succeeds()
    };
    let said = rotate("EdDSA", &[]);
    let published = "signs where --jwt-algorithm is EdDSA";
    assert!(said.contains(published), "{said}");
    for number in [3, 4] {
        made(database, number, 1_000_000_000);
    }
    // The servers may not have been restarted yet, however long ago that was.
    let said = rotate("EdDSA", &[]);
    assert!(!said.contains("is removed"), "{said}");
    let text = keys(database, &["list"]).succeeds();
    assert_eq!(text.matches("\taccepted\tEdDSA\t").count(), 3, "{text}");
    assert_eq!(text.matches("\tcurrent\tES256\t").count(), 1, "{text}");
    made(database, 5, 1_000_000_000);
    let said = rotate("EdDSA", &[]);
    assert_eq!(said.matches("is removed").count(), 3, "1, 2 and 3: {said}");
}

#[tokio::test]
async fn what_a_rotation_left_that_was_cut_off_is_no_key_and_goes_with_the_next() {
    let api = Api::with(&ES256).await;
    let database = api.database();
    let folder = Path::new(database.folder()).join("keys");
    let draft = folder.join("2.draft-0011223344556677");
    let young = folder.join("9.draft-0011223344556677");
    for path in [
        &draft,
        &young,
        &folder.join("note.txt"),
        &folder.join("03.pem"),
    ] {
        fs::write(path, "half a ke").expect("it can be written");
    }
    are(&roles(database), &[("2.pem", "next"), ("1.pem", "current")]);
    keys(database, &["rotate"]).succeeds();
    assert!(!draft.exists(), "the number is taken: it can become no key");
    assert!(young.exists(), "another process may be about to finish it");
    assert!(folder.join("note.txt").exists());
    are(
        &roles(database),
        &[
            ("3.pem", "next"),
            ("2.pem", "current"),
            ("1.pem", "retired"),
        ],
    );
}

#[tokio::test]
async fn rotations_at_the_same_moment_are_each_whole_or_not_at_all() {
    let api = Api::with(&ES256).await;
    let database = api.database();
    let done = std::thread::scope(|scope| {
        let rotate = || keys(database, &["rotate"]);
        let started: Vec<_> = (0..4).map(|_| scope.spawn(rotate)).collect();
        let finished = started.into_iter().map(|one| one.join().expect("it ends"));
        finished.filter(|finished| finished.success).count()
    });
    assert_eq!(done, 1, "the others find the next key too young, or taken");
    are(
        &roles(database),
        &[
            ("3.pem", "next"),
            ("2.pem", "current"),
            ("1.pem", "retired"),
        ],
    );
}

#[tokio::test]
async fn where_there_is_nothing_to_rotate_it_says_what_to_do_instead() {
    let database = Database::fresh().await;
    for word in ["rotate", "list"] {
        let finished = latchkey(&database, &["keys", word], "");
        finished.fails_with(&[
            "HS256 signs with a secret key",
            "--jwt-secret-key",
            "--jwt-retired-secret-keys",
        ]);
        keys(&database, &[word]).fails_with(&["there is no folder", "keys", "--data-dir"]);
    }
    let folder = Path::new(database.folder()).join("keys");
    assert!(!folder.exists(), "a mistyped folder is not filled");
    let pair = Pair::new(Algorithm::ES256);
    let file = pair.private_file(database.folder(), "key.pem");
    let other = Pair::new(Algorithm::ES256).public_file(database.folder(), "other.pem");
    let words = ["--jwt-private-key", &file, "--jwt-public-key", &other];
    keys(&database, &[&["rotate"], &words[..]].concat()).fails_with(&[
        "LATCHKEY_JWT_PRIVATE_KEY",
        "nothing to rotate",
        "--jwt-public-key",
    ]);
    let text = keys(&database, &[&["list"], &words[..]].concat()).succeeds();
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.contains("current\tES256\t-\t"), "{text}");
    assert!(text.contains("accepted\tES256\t-\t"), "{text}");
}

#[tokio::test]
async fn nothing_private_is_ever_printed() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &["--jwt-algorithm", "ES256", "--log", "trace"]);
    let mut said = server.started.join("\n");
    for words in [&["list"] as &[&str], &["rotate", "--force"], &["list"]] {
        let finished = keys(&database, words);
        said.push_str(&finished.stderr);
        said.push_str(&finished.succeeds());
    }
    server.hang_up();
    said.push_str(&server.line_with("the key pairs have changed"));
    for number in 1..=3 {
        let path = Path::new(database.folder()).join(format!("keys/{number}.pem"));
        let text = fs::read_to_string(path).expect("it is there");
        let secret = text.lines().nth(4).expect("a key has lines");
        assert!(secret.len() > 40 && !said.contains(secret), "{said}");
    }
}
