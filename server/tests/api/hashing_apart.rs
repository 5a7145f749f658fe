//! The processes in which a server has passwords hashed.

use std::fs::{self, Permissions};
use std::num::NonZero;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Database, Process, Request, signal};

/// A server, on which ada may log in and has.
struct Serving {
    server: Process,
    _database: Arc<Database>,
}

impl Serving {
    async fn start() -> Self {
        let database = Database::fresh().await;
        // One hash at a time: one process.
        let server = Process::serve(&database, &["--hashing-concurrency", "1"]);
        Request::send(&Request::sign_up("ada"), server.address)
            .await
            .data();
        let serving = Self {
            server,
            _database: database,
        };
        serving.log_in().await;
        serving
    }

    async fn log_in(&self) {
        Request::send(&Request::log_in("ada"), self.server.address)
            .await
            .data();
    }

    /// The process that hashes.
    fn helper(&self) -> u32 {
        self.only("hash")
    }

    /// The one that has it pause.
    fn pauser(&self) -> u32 {
        self.only("pause")
    }

    fn only(&self, what: &str) -> u32 {
        let all = children(self.server.id());
        let is_one = |id: &u32| {
            let command = fs::read_to_string(file(*id, "cmdline")).unwrap_or_default();
            command.split('\0').nth(1) == Some(what)
        };
        let found: Vec<_> = all.into_iter().filter(is_one).collect();
        assert_eq!(found.len(), 1, "{what}: {found:?}");
        found[0]
    }
}

fn file(process: u32, name: &str) -> PathBuf {
    Path::new("/proc").join(process.to_string()).join(name)
}

/// The fields of `/proc/PID/stat` after the name; None where there is no such process.
fn stat(process: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(file(process, "stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')').expect("a name is in brackets");
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

fn children(parent: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").expect("there is /proc");
    let ids = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    ids.filter(|id| stat(*id).is_some_and(|fields| fields[1] == parent.to_string()))
        .collect()
}

/// What it does: runs, sleeps, or is stopped; empty where there is none.
fn state(process: u32) -> String {
    stat(process).map_or_else(String::new, |mut fields| fields.swap_remove(0))
}

async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::task::yield_now().await;
    }
}

/// Waits for what has to come.
async fn in_time(comes: impl Future<Output = ()>) {
    let waited = tokio::time::timeout(Duration::from_mins(1), comes);
    waited.await.expect("it comes within a minute");
}

#[tokio::test]
async fn they_are_sessions_of_their_own_that_give_way() {
    let serving = Serving::start().await;
    let helper = serving.helper();
    let fields = stat(helper).expect("it is there");
    assert_eq!(fields[3], helper.to_string(), "the session is its own");
    assert_eq!(fields[16], "10", "how nice it is");
    // It has to wait where others have just done the same. Not every kernel shares out by sessions. How nice it is depends on
    // how busy the machine is.
    in_time(async {
        while let Ok(group) = fs::read_to_string(file(helper, "autogroup"))
            && !["nice 19", "nice 10"]
                .iter()
                .any(|nice| group.contains(nice))
        {
            serving.log_in().await;
        }
    })
    .await;
    let variables = fs::read_to_string(file(helper, "environ")).expect("it is there");
    assert!(!variables.contains("LATCHKEY_"), "{variables}");
    let huge = "GLIBC_TUNABLES=glibc.malloc.hugetlb=1";
    assert!(variables.split('\0').any(|one| one == huge), "{variables}");
    let command = fs::read_to_string(file(helper, "cmdline")).expect("it is there");
    let words: Vec<_> = command.split_terminator('\0').collect();
    let cost = ["memory=19456", "passes=2", "lanes=1"].map(|cost| format!("--argon2-{cost}"));
    assert_eq!(words[..2], ["latchkey", "hash"]);
    assert_eq!(words[2..], cost);
}

/// What is asked of a server that hashes one password at a time, and what it is to answer.
fn question(number: usize) -> (Request, Value) {
    let name = format!("user{}", number % 8);
    let password = format!("{name} has three grey geese");
    let ask = |query: &str| Request::json(json!({ "query": query }).to_string());
    let log_in = |login: &str, password: &str| {
        ask(&format!(
            r#"mutation {{ tokenAuth(username: "{login}", password: "{password}") {{ payload }} }}"#
        ))
    };
    match number / 8 {
        0 => {
            let sign_up = ask(&format!(
                r#"mutation {{ createUser(username: "{name}", email: "{name}@example.com", password: "{password}") {{ user {{ username }} }} }}"#
            ));
            (sign_up, json!(name))
        }
        1 => (log_in(&name, &password), json!(name)),
        2 => (
            log_in(&name, "two grey geese"),
            json!("INVALID_CREDENTIALS"),
        ),
        3 => (
            log_in(&format!("no {name}"), &password),
            json!("INVALID_CREDENTIALS"),
        ),
        _ => {
            let sign_up = ask(&format!(
                r#"mutation {{ createUser(username: "other{name}", email: "other{name}@example.com", password: "other{name}") {{ user {{ username }} }} }}"#
            ));
            (sign_up, json!("VALIDATION_FAILED"))
        }
    }
}

#[tokio::test]
async fn of_several_at_a_time_each_gets_its_own_answer() {
    let database = Database::fresh().await;
    let settings = ["--hashing-concurrency", "1", "--hashing-wait", "60000"];
    let server = Process::serve(&database, &settings);
    let ask = async |number| {
        let (request, expected) = question(number);
        let answer = request.send(server.address).await;
        let found = match answer.code() {
            Value::Null => {
                let data = answer.data();
                let user = data.pointer("/createUser/user/username");
                let user = user.or_else(|| data.pointer("/tokenAuth/payload/username"));
                user.cloned().unwrap_or_default()
            }
            code => code,
        };
        assert_eq!(found, expected, "{number}");
    };
    join_all((0..8).map(ask)).await;
    // One after the other in the queue, and of every kind in any few of them.
    join_all((0..32).map(|turn| ask(8 + turn % 4 * 8 + turn / 4))).await;
}

#[tokio::test]
async fn a_hash_of_another_cost_is_upgraded() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &[]);
    Request::send(&Request::sign_up("ada"), server.address)
        .await
        .data();
    drop(server);
    let server = Process::serve(&database, &["--argon2-passes", "3"]);
    Request::send(&Request::log_in("ada"), server.address)
        .await
        .data();
    let hash = database.password_hash("ada").await;
    assert!(
        hash.starts_with("$argon2id$v=19$m=19456,t=3,p=1$"),
        "{hash}"
    );
}

#[tokio::test]
async fn one_that_is_killed_is_missed_by_nobody() {
    let serving = Serving::start().await;
    let first = serving.helper();
    for _ in 0..3 {
        signal("-KILL", serving.helper());
        serving.log_in().await;
    }
    assert_ne!(serving.helper(), first);
    serving
        .server
        .line_with("a process that hashes passwords has ended");
}

#[tokio::test]
async fn they_pause_while_others_want_the_processors() {
    let serving = Serving::start().await;
    let helper = serving.helper();
    let done = Arc::new(AtomicBool::new(false));
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let others: Vec<_> = (0..2 * processors)
        .map(|_| {
            let done = Arc::clone(&done);
            thread::spawn(move || while !done.load(Ordering::Relaxed) {})
        })
        .collect();
    let log_ins = async {
        loop {
            serving.log_in().await;
        }
    };
    in_time(async {
        tokio::select! {
            () = log_ins => {}
            () = until(|| state(helper) == "T") => {}
        }
    })
    .await;
    done.store(true, Ordering::Relaxed);
    for other in others {
        other.join().expect("it does nothing that panics");
    }
    serving.log_in().await;
    assert_eq!(serving.helper(), helper);
}

#[tokio::test]
async fn one_that_is_stopped_is_told_to_go_on() {
    let serving = Serving::start().await;
    let helper = serving.helper();
    signal("-STOP", helper);
    serving.log_in().await;
    assert_eq!(serving.helper(), helper);
}

#[tokio::test]
async fn without_the_one_that_has_them_pause_they_do_not() {
    let serving = Serving::start().await;
    let pauser = serving.pauser();
    signal("-KILL", pauser);
    in_time(until(|| state(pauser) == "Z")).await;
    serving.log_in().await;
    serving
        .server
        .line_with("hashes do not pause for what is asked meanwhile any more");
    serving.log_in().await;
}

#[tokio::test]
async fn signals_for_the_server_and_all_its_processes_leave_them_at_work() {
    let serving = Serving::start().await;
    let (helper, pauser) = (serving.helper(), serving.pauser());
    for name in ["-TERM", "-INT", "-HUP"] {
        signal(name, helper);
        signal(name, pauser);
        serving.log_in().await;
    }
    assert_eq!((serving.helper(), serving.pauser()), (helper, pauser));
}

#[tokio::test]
async fn they_end_with_the_server_even_where_that_is_killed() {
    for name in ["-TERM", "-KILL"] {
        let serving = Serving::start().await;
        let all = [serving.helper(), serving.pauser()];
        signal(name, serving.server.id());
        serving.server.wait();
        // Who is nobody's child any more may stay in the list.
        let ended = |process| ["", "Z"].contains(&&*state(process));
        in_time(until(|| all.into_iter().all(ended))).await;
    }
}

#[tokio::test]
async fn where_there_can_be_none_the_server_hashes_itself() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let program = folder.path().join("latchkey");
    // By another process: a file that this one writes is held by what it starts meanwhile, and cannot be started then.
    let mut copy = Command::new("cp");
    let copied = copy.arg(env!("CARGO_BIN_EXE_latchkey")).arg(&program);
    assert!(copied.status().is_ok_and(|status| status.success()));
    let server = Process::serve_with(&program, folder.path());
    // What may not be started any more.
    fs::set_permissions(&program, Permissions::from_mode(0o600)).expect("it is ours");
    Request::send(&Request::sign_up("ada"), server.address)
        .await
        .data();
    server.line_with("passwords are hashed in the server itself");
    Request::send(&Request::log_in("ada"), server.address)
        .await
        .data();
    assert_eq!(children(server.id()), Vec::<u32>::new());
}

#[tokio::test]
async fn a_hash_that_no_process_survives_is_no_end_of_the_server() {
    let database = Database::fresh().await;
    let server = Process::serve_in_little_memory(&database, 500_000);
    let send = async |request: Request| request.send(server.address).await;
    for name in ["ada", "bob"] {
        send(Request::sign_up(name)).await.data();
    }
    // A hash that may be checked, and takes more memory than there is.
    let hash =
        "$argon2id$v=19$m=524288,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    database
        .execute(
            "UPDATE users SET password_hash = $1 WHERE username = 'bob'",
            hash,
        )
        .await;
    let (bob, log_in) = tokio::join!(send(Request::log_in("bob")), send(Request::log_in("ada")));
    assert_eq!(bob.code(), "INTERNAL", "{bob}");
    log_in.data();
    send(Request::log_in("ada")).await.data();
    assert!(!children(server.id()).is_empty());
}
