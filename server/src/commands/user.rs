//! `latchkey user …`.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use anyhow::Context as _;

use super::directory::{block_on, explained, open, open_existing, say};
use crate::accounts::{Directory, SignUp};
use crate::config::UserCommand;
use crate::model::{User, UserId};

/// Users read at once while listing.
const BATCH: u32 = 1_000;

/// Runs the command against the database.
pub(super) fn run(command: UserCommand) -> anyhow::Result<()> {
    block_on(dispatch(command))
}

async fn dispatch(command: UserCommand) -> anyhow::Result<()> {
    match command {
        UserCommand::Create {
            username,
            email,
            staff,
            admin,
        } => create(&open(&admin).await?, &username, &email, staff).await,
        UserCommand::List { admin } => list(&open_existing(&admin).await?).await,
        UserCommand::Disable { name, admin } => {
            set_active(&open_existing(&admin).await?, &name, false).await
        }
        UserCommand::Enable { name, admin } => {
            set_active(&open_existing(&admin).await?, &name, true).await
        }
        UserCommand::SetPassword { name, admin } => {
            set_password(&open_existing(&admin).await?, &name).await
        }
    }
}

async fn create(
    directory: &Directory,
    username: &str,
    email: &str,
    is_staff: bool,
) -> anyhow::Result<()> {
    let password = ask_password()?;
    let input = SignUp {
        username,
        email,
        password: &password,
        is_staff,
    };
    let user = directory.sign_up(&input).await.map_err(explained)?;
    let kind = if is_staff { "staff user" } else { "user" };
    say(&format!(
        "Created {kind} {} with id {}.",
        user.username, user.id
    ))
}

async fn list(directory: &Directory) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    writeln!(out, "ID\tUSERNAME\tE-MAIL\tSTATE")?;
    let mut after = UserId(0);
    loop {
        let users = directory.list(after, BATCH).await.map_err(explained)?;
        let Some(last) = users.last() else { break };
        after = last.id;
        for user in &users {
            let (id, name, email) = (user.id, &user.username, &user.email);
            writeln!(out, "{id}\t{name}\t{email}\t{}", state(user))?;
        }
    }
    Ok(out.flush()?)
}

fn state(user: &User) -> String {
    let mut words = vec![if user.is_active { "active" } else { "disabled" }];
    words.extend(user.is_staff.then_some("staff"));
    words.extend(user.is_superuser.then_some("superuser"));
    words.join(", ")
}

async fn set_active(directory: &Directory, name: &str, active: bool) -> anyhow::Result<()> {
    let user = find(directory, name).await?;
    directory
        .set_active(&user, active)
        .await
        .map_err(explained)?;
    let username = &user.username;
    say(&if active {
        format!("{username} may log in again.")
    } else {
        format!("{username} is disabled, and every session has ended.")
    })
}

async fn set_password(directory: &Directory, name: &str) -> anyhow::Result<()> {
    let user = find(directory, name).await?;
    let password = ask_password()?;
    directory
        .set_password(&user, &password)
        .await
        .map_err(explained)?;
    let username = &user.username;
    say(&format!(
        "The password of {username} is set, and every session has ended."
    ))
}

async fn find(directory: &Directory, name: &str) -> anyhow::Result<User> {
    let found = directory.find(name).await.map_err(explained)?;
    found.with_context(|| format!("there is no user {name:?}: `latchkey user list` shows them all"))
}

/// Asks on the terminal, twice and unseen; elsewhere reads the first line of standard input.
fn ask_password() -> anyhow::Result<String> {
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        io::stdin()
            .lock()
            .read_line(&mut line)
            .context("no password could be read from standard input")?;
        let password = line.strip_suffix('\n').unwrap_or(&line);
        let password = password.strip_suffix('\r').unwrap_or(password);
        anyhow::ensure!(!password.is_empty(), "standard input holds no password");
        return Ok(password.to_owned());
    }
    let password = rpassword::prompt_password("Password: ")?;
    let again = rpassword::prompt_password("Password again: ")?;
    anyhow::ensure!(password == again, "the two passwords are not the same");
    Ok(password)
}
