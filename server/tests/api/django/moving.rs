//! Moving over from a real Django: the import, and what is to be found after it.

use serde_json::{Value, json};

use crate::support::{Api, Database, Finished, OldUser, START, latchkey, old_back_end};

/// The user who is not taken over: Latchkey has one of this name already.
pub(super) const LEFT_BEHIND: &str = "robin";

/// Runs the import.
pub(super) fn import(database: &Database, source: &str, more: &[&str]) -> Finished {
    let words = [&["import", "django", "--from", source], more].concat();
    latchkey(database, &words, "")
}

/// A server that has taken over what `source` holds, at the time when Django issued its tokens.
pub(super) async fn moved(source: &str, more: &[&str], settings: &[(&str, &str)]) -> Api {
    let database = Database::fresh().await;
    import(&database, source, more).succeeds();
    let api = Api::on(database, settings).await;
    api.pass(old_back_end().await.tokens.issued() - START);
    api
}

/// The same with the users that all tests share.
pub(super) async fn moved_from_the_old_back_end() -> Api {
    moved(
        &old_back_end().await.source,
        &[],
        &[("--users-emails", "public")],
    )
    .await
}

/// Users who were there and are to be here.
pub(super) async fn taken_over() -> impl Iterator<Item = &'static OldUser> {
    let users = old_back_end().await.users.iter();
    users.filter(|user| user.username != LEFT_BEHIND)
}

/// What the API is to tell of a user.
pub(super) fn expected(user: &OldUser) -> Value {
    json!({
        "id": user.id.to_string(),
        "username": user.username,
        "email": user.email,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "isActive": user.is_active,
        "isStaff": user.is_staff,
        "isSuperuser": user.is_superuser,
        "dateJoined": user.date_joined,
        "lastLogin": user.last_login,
    })
}

/// What the API tells of all users.
pub(super) async fn users(api: &Api) -> Vec<Value> {
    let fields =
        "id username email firstName lastName isActive isStaff isSuperuser dateJoined lastLogin";
    let document = format!("{{ users(first: 100) {{ {fields} }} }}");
    let mut data = api.anonymous().ask(&document).await.data();
    match data["users"].take() {
        Value::Array(users) => users,
        other => panic!("users are a list, not {other}"),
    }
}
