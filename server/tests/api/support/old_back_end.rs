//! A real Django app with django-graphql-jwt (`server/tests/django`), with a database of the suite's engine.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Mutex, OnceCell};

use super::SECRET;
use super::database::{cluster, create};

/// The password of most of its users.
pub(crate) const OLD_PASSWORD: &str = "the old words, 42";

/// The app, in a process of its own that does one thing after the other.
pub(crate) struct Django {
    child: Child,
    orders: Option<ChildStdin>,
    results: Lines<BufReader<ChildStdout>>,
    source: String,
    /// The folder of its files, where it goes with it.
    _folder: Option<TempDir>,
}

impl Django {
    /// The app for one test alone, with these variables.
    pub(crate) async fn start(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().to_owned();
        Self::start_in(&path, Some(folder), variables).await
    }

    /// The app with a fresh database: its SQLite file, where it has one, is in the folder at `path`.
    async fn start_in(path: &Path, folder: Option<TempDir>, variables: &[(&str, &str)]) -> Self {
        let source = match cluster() {
            Some(cluster) => create(&cluster).await,
            None => path.join("django.db").display().to_string(),
        };
        let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/django");
        let mut child = Command::new(python())
            .arg("manage.py")
            .current_dir(app)
            .env_clear()
            .envs([("PYTHONUTF8", "1"), ("PYTHONDONTWRITEBYTECODE", "1")])
            .envs([("SECRET_KEY", SECRET), ("DATABASE", &source)])
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("LATCHKEY_TEST_PYTHON names a Python");
        let orders = child.stdin.take();
        let results = child.stdout.take().expect("standard output is a pipe");
        let mut django = Self {
            child,
            orders,
            results: BufReader::new(results).lines(),
            source,
            _folder: folder,
        };
        django.order::<()>("migrate", json!({}));
        django
    }

    /// Where its database is, as `latchkey import django --from` takes it.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Has one of the words in `manage.py` done.
    pub(crate) fn order<T: DeserializeOwned>(&mut self, word: &str, mut order: Value) -> T {
        order["do"] = json!(word);
        let orders = self.orders.as_mut().expect("it takes orders until it ends");
        writeln!(orders, "{order}").expect("Django runs");
        let result = self.results.next();
        let result = result.unwrap_or_else(|| panic!("Django failed at {order}: see its output"));
        serde_json::from_str(&result.expect("results are text"))
            .unwrap_or_else(|error| panic!("{error} in the result of {order}"))
    }
}

impl Drop for Django {
    fn drop(&mut self) {
        // It ends when there is nothing more to do.
        self.orders.take();
        let _ = self.child.wait();
    }
}

/// A Django that has users and has issued tokens. All tests share it, so none may change it.
pub(crate) struct OldBackEnd {
    /// Where its database is.
    pub(crate) source: String,
    /// What `dumpdata` made of it.
    pub(crate) dump: String,
    /// Its users, by id.
    pub(crate) users: Vec<OldUser>,
    /// What it issued to `ada`.
    pub(crate) tokens: OldTokens,
    /// The app itself.
    pub(crate) django: Mutex<Django>,
}

/// A user of it.
#[derive(Debug, Deserialize)]
pub(crate) struct OldUser {
    pub(crate) id: i64,
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) is_active: bool,
    pub(crate) is_staff: bool,
    pub(crate) is_superuser: bool,
    pub(crate) date_joined: String,
    pub(crate) last_login: Option<String>,
    /// How the stored hash begins.
    pub(crate) algorithm: String,
    /// None where it is unusable.
    pub(crate) password: Option<String>,
}

/// A log-in there, and further tokens.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OldTokens {
    pub(crate) token: String,
    pub(crate) payload: Value,
    pub(crate) refresh_expires_in: i64,
    /// An access token that has expired.
    pub(crate) expired: String,
    pub(crate) refresh: OldRefreshTokens,
}

/// Long-running refresh tokens.
#[derive(Debug, Deserialize)]
pub(crate) struct OldRefreshTokens {
    pub(crate) good: String,
    pub(crate) revoked: String,
    pub(crate) expired: String,
}

impl OldTokens {
    /// When they were issued, in seconds.
    pub(crate) fn issued(&self) -> i64 {
        self.payload["origIat"].as_i64().expect("a time")
    }
}

/// The Django that all tests share.
pub(crate) async fn old_back_end() -> &'static OldBackEnd {
    static SHARED: OnceCell<OldBackEnd> = OnceCell::const_new();
    SHARED.get_or_init(OldBackEnd::make).await
}

impl OldBackEnd {
    async fn make() -> Self {
        // Nothing shared by all tests is ever dropped, so this folder stays, and is emptied the next time.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("old-back-end");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("the target folder can be written");
        let mut django = Django::start_in(&folder, None, &[("LONG_RUNNING", "1")]).await;
        let users = django.order("create_everybody", json!({}));
        let ada = json!({ "username": "ada", "password": OLD_PASSWORD });
        let tokens = django.order("issue_tokens", ada);
        let dump = folder.join("dump.json").display().to_string();
        django.order::<()>("dump", json!({ "path": dump }));
        Self {
            source: django.source().to_owned(),
            dump,
            users,
            tokens,
            django: Mutex::new(django),
        }
    }
}

/// The Python that has Django.
#[expect(
    clippy::disallowed_methods,
    reason = "this names the tests' Python: it is no setting of the server's"
)]
fn python() -> PathBuf {
    let python = std::env::var_os("LATCHKEY_TEST_PYTHON").filter(|path| !path.is_empty());
    let python = python.expect(
        "`cargo xtask test` prepares Django for this test; once it has, set LATCHKEY_TEST_PYTHON to \
         target/django/bin/python with its whole path",
    );
    PathBuf::from(python)
}
