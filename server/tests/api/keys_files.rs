//! Keys in files: those that the operator gives, and those that the server keeps for itself.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use jsonwebtoken::Algorithm;

use crate::keys::{kid_of, kids};
use crate::support::{Api, Database, Pair, Process, Token, jwks, latchkey, pem};

fn write(folder: &str, name: &str, text: &str) -> String {
    let path = Path::new(folder).join(name);
    fs::write(&path, text).expect("the folder can be written to");
    path.to_str().expect("it has a plain name").to_owned()
}

fn mode(path: &Path) -> u32 {
    let data = fs::metadata(path).expect("it is there");
    data.permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is there");
}

#[tokio::test]
async fn a_private_key_is_read_in_every_form_that_it_is_written_in() {
    for algorithm in [
        Algorithm::RS256,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::EdDSA,
    ] {
        let pair = Pair::new(algorithm);
        let parameters =
            "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
        let mut forms = vec![
            pair.private_pem(),
            pair.private_pem().replace('\n', "\r\n"),
            format!("A note.\n{}", pair.private_pem()),
        ];
        if let Some(older) = pair.older_pem() {
            // As `openssl ecparam -genkey` writes it.
            forms.push(format!("{parameters}{older}"));
            forms.push(older);
        }
        let mut names = Vec::new();
        for form in forms {
            let database = Database::fresh().await;
            let file = write(database.folder(), "key.pem", &form);
            let algorithm = format!("{algorithm:?}");
            let settings = [
                ("--jwt-algorithm", algorithm.as_str()),
                ("--jwt-private-key", &file),
            ];
            let api = Api::on(database, &settings).await;
            let ada = api.member("ada").await;
            ada.me().await.data();
            names.push(kid_of(&ada.token));
            assert_eq!(kids(&jwks(&api).await), [kid_of(&ada.token)]);
            assert!(!Path::new(api.database().folder()).join("keys").exists());
        }
        names.dedup();
        assert_eq!(names.len(), 1, "the same key has one name: {names:?}");
    }
}

#[tokio::test]
async fn further_public_keys_are_published_and_accepted_and_never_sign() {
    let pairs = [
        Algorithm::ES256,
        Algorithm::ES256,
        Algorithm::RS256,
        Algorithm::EdDSA,
    ]
    .map(Pair::new);
    let database = Database::fresh().await;
    let folder = database.folder().to_owned();
    let private = pairs[0].private_file(&folder, "private.pem");
    let public: Vec<String> = (0..4)
        .map(|n| pairs[n].public_file(&folder, &format!("{n}.pem")))
        .collect();
    let public = public.join(",");
    let settings = [
        ("--jwt-algorithm", "ES256"),
        ("--jwt-private-key", &private),
        ("--jwt-public-key", &public),
    ];
    let api = Api::on(database, &settings).await;
    let ada = api.member("ada").await;
    let kids = kids(&jwks(&api).await);
    assert_eq!(kids.len(), 4, "the one that signs is published once");
    assert_eq!(kids[0], kid_of(&ada.token));
    for (pair, kid) in pairs.iter().zip(&kids) {
        let token = Token::foreign("ada").pair(pair, Some(kid)).signed();
        api.anonymous().verify(&token).await.data();
        let next = api.anonymous().refresh(&token).await.data();
        let next = next["refreshToken"]["token"]
            .as_str()
            .expect("it is a text");
        assert_eq!(kid_of(next), kids[0]);
    }
}

/// Demands that a server with this file as a setting refuses to start, and says why.
fn is_refused(database: &Database, algorithm: &str, flag: &str, text: &str, texts: &[&str]) {
    let folder = database.folder();
    let file = write(folder, "tried.pem", text);
    let good = Pair::new(Algorithm::ES256).private_file(folder, "good.pem");
    let mut words = vec!["--listen", "127.0.0.1:0", "--jwt-algorithm", algorithm];
    if flag == "--jwt-public-key" {
        words.extend(["--jwt-private-key", &good]);
    }
    words.extend([flag, &file]);
    let variable = flag[2..].replace('-', "_").to_uppercase();
    let setting = format!("LATCHKEY_{variable} ({flag})");
    let finished = latchkey(database, &words, "");
    finished.fails_with(&[&[setting.as_str(), &file], texts].concat());
}

#[tokio::test]
async fn a_private_key_that_cannot_be_used_is_refused_in_a_sentence_that_names_setting_and_file() {
    let database = Database::fresh().await;
    let rsa = Pair::new(Algorithm::RS256).private_pem();
    let p256 = Pair::new(Algorithm::ES256);
    let p384 = Pair::new(Algorithm::ES384).private_pem();
    let (public, p256) = (p256.public_pem(), p256.private_pem());
    let broken = p256.replace("MIG", "AAA");
    let encrypted = p256.replace("PRIVATE", "ENCRYPTED PRIVATE");
    let short = include_str!("support/pem/rsa_1024_private.pem");
    let curve: &[&str] = &["no private key for ES256", "P-256", "openssl genpkey"];
    for (algorithm, text, texts) in [
        ("ES256", "", curve),
        ("ES256", "garbage", curve),
        ("ES256", &broken, curve),
        ("ES256", &p256[..100], curve),
        ("ES256", &encrypted, &["without a passphrase"]),
        ("ES256", &rsa, curve),
        ("ES256", &p384, curve),
        ("ES256", &public, curve),
        ("RS256", &p256, &["no private key for RS256", "RSA"]),
        (
            "RS256",
            short,
            &["no private key for RS256", "2048 to 8192"],
        ),
        ("EdDSA", &p256, &["no private key for EdDSA", "Ed25519"]),
    ] {
        is_refused(&database, algorithm, "--jwt-private-key", text, texts);
    }
    let words = [
        "--jwt-algorithm",
        "ES256",
        "--jwt-private-key",
        "/nowhere/key.pem",
    ];
    latchkey(&database, &words, "").fails_with(&[
        "LATCHKEY_JWT_PRIVATE_KEY",
        "/nowhere/key.pem",
        "cannot be read",
    ]);
}

#[tokio::test]
async fn a_public_key_that_cannot_be_used_is_refused_in_a_sentence_that_names_setting_and_file() {
    let database = Database::fresh().await;
    let pair = Pair::new(Algorithm::ES256);
    let two = pair.public_pem() + &Pair::new(Algorithm::RS256).public_pem();
    // A point that is not on the curve.
    let mut off = pair.public_der().to_vec();
    let last = off.last_mut().expect("a key has bytes");
    *last ^= 1;
    let short = include_str!("support/pem/rsa_1024_public.pem");
    for (text, texts) in [
        ("", &["no single public key", "openssl pkey"] as &[&str]),
        (&pair.private_pem(), &["no single public key", "-pubout"]),
        (&two, &["no single public key"]),
        (&pem("PUBLIC KEY", &off), &["no single public key"]),
        (
            &pem("CERTIFICATE", pair.public_der()),
            &["no single public key"],
        ),
        (short, &["1024 bits", "2048"]),
    ] {
        is_refused(&database, "ES256", "--jwt-public-key", text, texts);
    }
}

#[tokio::test]
async fn key_pairs_where_the_algorithm_has_none_are_refused() {
    let database = Database::fresh().await;
    let pair = Pair::new(Algorithm::ES256);
    let private = pair.private_file(database.folder(), "private.pem");
    let public = pair.public_file(database.folder(), "public.pem");
    for (flag, file) in [("--jwt-private-key", private), ("--jwt-public-key", public)] {
        let finished = latchkey(&database, &[flag, &file], "");
        finished.fails_with(&[flag, "HS256", "--jwt-algorithm", "ES256"]);
    }
    latchkey(&database, &["--jwt-algorithm", "ES512"], "").fails_with(&[
        "LATCHKEY_JWT_ALGORITHM",
        "--jwt-algorithm",
        "EdDSA",
    ]);
}

#[tokio::test]
async fn a_private_key_that_others_can_read_is_warned_of() {
    let database = Database::fresh().await;
    let file = Pair::new(Algorithm::EdDSA).private_file(database.folder(), "key.pem");
    let settings = ["--jwt-algorithm", "EdDSA", "--jwt-private-key", &file];
    for (permissions, warned) in [(0o644, true), (0o640, true), (0o600, false)] {
        set_mode(Path::new(&file), permissions);
        let server = Process::serve(&database, &settings);
        let warning =
            |line: &String| line.contains("can be read by others") && line.contains(&file);
        assert_eq!(
            server.started.iter().any(warning),
            warned,
            "{:?}",
            server.started
        );
        // It is the operator's.
        assert_eq!(mode(Path::new(&file)), permissions);
    }
}

#[tokio::test]
async fn keys_of_the_servers_own_are_for_the_owner_alone_and_kept() {
    let database = Database::fresh().await;
    let keys = Path::new(database.folder()).join("keys");
    let settings = ["--jwt-algorithm", "ES256"];
    let first = Process::serve(&database, &settings);
    let read = |name: &str| fs::read_to_string(keys.join(name)).expect("it is there");
    let made = [read("1.pem"), read("2.pem")];
    assert_eq!(mode(&keys), 0o700);
    for name in ["1.pem", "2.pem"] {
        assert_eq!(mode(&keys.join(name)), 0o600);
    }
    assert_eq!(fs::read_dir(&keys).expect("it is there").count(), 2);
    first.terminate();
    first.wait();
    set_mode(&keys.join("1.pem"), 0o644);
    let second = Process::serve(&database, &settings);
    assert_eq!([read("1.pem"), read("2.pem")], made);
    assert_eq!(mode(&keys.join("1.pem")), 0o600, "it is made private again");
    drop(second);
}

#[tokio::test]
async fn a_key_file_of_the_servers_own_that_is_broken_is_named() {
    for (text, wrong) in [
        ("", "algorithm:"),
        ("algorithm: ES256\n", "made:"),
        ("algorithm: ES256\nmade: 1\n", "no private key for ES256"),
        ("algorithm: HS256\nmade: 1\n", "no private key for HS256"),
    ] {
        let database = Database::fresh().await;
        let keys = Path::new(database.folder()).join("keys");
        fs::create_dir(&keys).expect("it can be made");
        let path = keys.join("7.pem");
        fs::write(&path, text).expect("it can be written");
        let path = path.to_str().expect("it has a plain name");
        latchkey(&database, &["--jwt-algorithm", "ES256"], "").fails_with(&[path, wrong]);
    }
}
