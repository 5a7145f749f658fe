//! `latchkey import django` from databases that Django made.

use serde_json::{Value, json};

use super::moving::{expected, import, moved, moved_from_the_old_back_end, taken_over, users};
use crate::support::{Api, Django, OLD_PASSWORD, OldUser, PASSWORD, latchkey, old_back_end};

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn users_keep_their_ids_names_addresses_flags_and_dates() {
    let api = moved_from_the_old_back_end().await;
    let wanted: Vec<Value> = taken_over().await.map(expected).collect();
    assert_eq!(users(&api).await, wanted);
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn a_dump_holds_the_same_users_as_the_database() {
    let dump = &old_back_end().await.dump;
    let api = moved(dump, &[], &[("--users-emails", "public")]).await;
    let mut wanted: Vec<Value> = taken_over().await.map(expected).collect();
    for time in wanted.iter_mut().flat_map(times) {
        // Django writes dumps to the millisecond.
        let whole = time
            .as_str()
            .map(|time| format!("{}000+00:00", &time[..23]));
        *time = whole.map_or(Value::Null, Value::String);
    }
    assert_eq!(users(&api).await, wanted);
    api.anonymous().log_in("ada", OLD_PASSWORD).await.data();
}

fn times(user: &mut Value) -> impl Iterator<Item = &mut Value> {
    let fields = user.as_object_mut().expect("a user is an object");
    let times = fields
        .iter_mut()
        .filter(|(name, _)| matches!(name.as_str(), "dateJoined" | "lastLogin"));
    times.map(|(_, time)| time)
}

/// What is to be said of the rows that are wrong: how each line begins.
fn wrong(users: &[OldUser]) -> [String; 4] {
    let named = |name: &str| {
        let user = users.iter().find(|user| user.username == name);
        format!("user {} {name:?}", user.map_or(0, |user| user.id))
    };
    [
        format!(
            "warning: {}: the password hash was made by the hasher md5,",
            named("by_md5")
        ),
        format!(
            "skipped: {}: the name is that of {},",
            named("robin"),
            named("Robin")
        ),
        format!(
            r#"warning: {}: the e-mail address "Shared@Example.com" is that of {} too:"#,
            named("second"),
            named("first")
        ),
        format!(
            r#"warning: {}: the e-mail address "nowhere" is not valid:"#,
            named("nowhere")
        ),
    ]
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn a_dry_run_says_what_the_import_then_does_and_changes_nothing() {
    let old = old_back_end().await;
    let added = old.users.len() - 1;
    let summary = format!(
        "Users: {added} would be added (3 with a warning, 1 without a password), 0 already there, 1 skipped.\n\
        Refresh tokens: 1 would be added, 0 already there, 2 revoked or expired, \
        0 of disabled users or older than the password, 0 skipped.\n"
    );
    let rehearsal = "This was a rehearsal: nothing has been changed.\n";
    let api = Api::start().await;
    let said = import(api.database(), &old.source, &["--dry-run"]).succeeds();
    let rows = said.strip_suffix(&format!("{summary}{rehearsal}"));
    let rows = rows.unwrap_or_else(|| panic!("it ends in {summary}{rehearsal}: {said}"));
    let wrong = wrong(&old.users);
    assert_eq!(rows.lines().count(), wrong.len(), "{said}");
    for row in &wrong {
        assert!(
            rows.lines().any(|line| line.starts_with(row)),
            "{row}: {said}"
        );
    }
    assert!(users(&api).await.is_empty());
    let done = import(api.database(), &old.source, &[]).succeeds();
    assert_eq!(
        done,
        format!("{rows}{}", summary.replace("would be added", "added"))
    );
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn a_second_import_adds_nothing_and_takes_nothing_back() {
    let old = old_back_end().await;
    let api = moved_from_the_old_back_end().await;
    api.anonymous().log_in("ada", OLD_PASSWORD).await.data();
    let hash = api.database().password_hash("ada").await;
    latchkey(api.database(), &["user", "disable", "first"], "").succeeds();
    let before = users(&api).await;
    import(api.database(), &old.source, &[]).succeeds();
    assert_eq!(users(&api).await, before);
    assert_eq!(api.database().password_hash("ada").await, hash);
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn whom_django_added_meanwhile_the_next_import_adds() {
    let mut django = Django::start(&[("CHEAP_HASHES", "1")]).await;
    django.order::<Value>("create", json!({ "username": "ada" }));
    let api = moved(django.source(), &[], &[]).await;
    django.order::<Value>("create", json!({ "username": "late" }));
    import(api.database(), django.source(), &[]).succeeds();
    let names: Vec<Value> = users(&api)
        .await
        .into_iter()
        .map(|mut user| user["username"].take())
        .collect();
    assert_eq!(names, ["ada", "late"]);
    api.anonymous().log_in("late", OLD_PASSWORD).await.data();
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn whoever_signs_up_here_gets_an_id_that_django_has_never_given() {
    let old = old_back_end().await;
    let api = moved_from_the_old_back_end().await;
    let last = old
        .users
        .iter()
        .map(|user| user.id)
        .max()
        .unwrap_or_default();
    let grace = api.member("grace").await;
    assert!(
        grace.id.parse::<i64>().is_ok_and(|id| id > last),
        "{}",
        grace.id
    );
    let taken = api
        .anonymous()
        .sign_up("ADA", "other@example.com", PASSWORD)
        .await;
    assert_eq!(taken.code(), "USERNAME_TAKEN", "{taken}");
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn users_of_a_model_of_the_apps_own_are_taken_over_by_its_columns() {
    let mut django = Django::start(&[("AUTH_USER_MODEL", "shop.Customer")]).await;
    django.order::<()>("create_customers", json!({}));
    let columns = "id=number,username=email,first_name=given_name,last_name=family_name,\
        is_active=enabled,is_staff=employee,date_joined=since";
    let table = ["--table", "shop_customer", "--columns", columns];
    let api = moved(django.source(), &table, &[("--users-emails", "public")]).await;
    let joined = "2019-03-04T05:06:07.891011+00:00";
    let customer = |id: &str, email: &str, name: &str, is_active: bool, is_staff: bool| {
        json!({
            "id": id, "username": email, "email": email, "firstName": name, "lastName": "Miller",
            "isActive": is_active, "isStaff": is_staff, "isSuperuser": false, "dateJoined": joined, "lastLogin": null,
        })
    };
    let wanted = [
        customer("1", "eve@example.com", "Eve", true, true),
        customer("2", "mallory@example.com", "Mallory", false, false),
    ];
    assert_eq!(users(&api).await, wanted);
    api.anonymous()
        .log_in("eve@example.com", OLD_PASSWORD)
        .await
        .data();
}
