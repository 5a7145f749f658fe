//! `users.visibility` and `users.emails`: who may list users, and who sees what is private in them.

use serde_json::{Value, json};

use crate::support::{Api, Client, PASSWORD};

/// A database with ada and bob, members, and grace, staff; served with these settings.
struct People {
    api: Api,
    anonymous: Client,
    ada: Client,
    staff: Client,
}

impl People {
    async fn with(settings: &[(&str, &str)]) -> Self {
        let api = Api::with(settings).await;
        let ada = (*api.member("ada").await).clone();
        api.member("bob").await;
        let staff = (**api.staff("grace").await).clone();
        let anonymous = (*api.anonymous()).clone();
        Self {
            api,
            anonymous,
            ada,
            staff,
        }
    }

    /// What a caller sees of bob and of ada.
    async fn emails(&self, client: &Client) -> (Value, Value) {
        let data = client
            .ask("{ users { username email lastLogin } }")
            .await
            .data();
        let of = |name: &str| {
            let users = data["users"].as_array().into_iter().flatten();
            let user = users.clone().find(|user| user["username"] == name);
            user.cloned()
                .unwrap_or_else(|| panic!("{name} is listed: {data}"))
        };
        (of("bob")["email"].clone(), of("ada")["email"].clone())
    }
}

const FORBIDDEN: &str = "You do not have permission to perform this action";

#[tokio::test]
async fn a_public_list_is_for_everybody() {
    let people = People::with(&[("--users-visibility", "public")]).await;
    for client in [&people.anonymous, &people.ada, &people.staff] {
        let data = client.ask("{ users { username } }").await.data();
        assert_eq!(data["users"].as_array().map(Vec::len), Some(3), "{data}");
    }
}

#[tokio::test]
async fn a_list_for_members_is_refused_to_strangers() {
    let people = People::with(&[("--users-visibility", "members")]).await;
    let answer = people.anonymous.ask("{ users { username } }").await;
    answer.is_refused("users", "UNAUTHENTICATED", FORBIDDEN);
    for client in [&people.ada, &people.staff] {
        client.ask("{ users { username } }").await.data();
    }
}

#[tokio::test]
async fn a_list_for_staff_is_refused_to_members() {
    let people = People::with(&[("--users-visibility", "staff")]).await;
    let answer = people.anonymous.ask("{ users { username } }").await;
    answer.is_refused("users", "UNAUTHENTICATED", FORBIDDEN);
    let answer = people.ada.ask("{ users { username } }").await;
    answer.is_refused("users", "FORBIDDEN", FORBIDDEN);
    people.staff.ask("{ users { username } }").await.data();
}

#[tokio::test]
async fn a_refused_list_says_nothing_of_its_arguments() {
    let people = People::with(&[("--users-visibility", "staff")]).await;
    let answer = people.ada.ask("{ users(first: 0) { username } }").await;
    answer.is_refused("users", "FORBIDDEN", FORBIDDEN);
}

#[tokio::test]
async fn me_is_for_oneself_whatever_the_settings() {
    let settings = [
        ("--users-visibility", "staff"),
        ("--users-emails", "private"),
    ];
    let people = People::with(&settings).await;
    let data = people.ada.ask("{ me { email } }").await.data();
    assert_eq!(data, json!({ "me": { "email": "ada@example.com" } }));
}

#[tokio::test]
async fn private_addresses_are_for_oneself_and_staff() {
    let people = People::with(&[("--users-emails", "private")]).await;
    let (bob, ada) = (json!("bob@example.com"), json!("ada@example.com"));
    assert_eq!(
        people.emails(&people.anonymous).await,
        (json!(""), json!(""))
    );
    assert_eq!(people.emails(&people.ada).await, (json!(""), ada.clone()));
    assert_eq!(people.emails(&people.staff).await, (bob, ada));
}

#[tokio::test]
async fn addresses_for_members_are_for_who_is_signed_in() {
    let people = People::with(&[("--users-emails", "members")]).await;
    let both = (json!("bob@example.com"), json!("ada@example.com"));
    assert_eq!(
        people.emails(&people.anonymous).await,
        (json!(""), json!(""))
    );
    assert_eq!(people.emails(&people.ada).await, both);
    assert_eq!(people.emails(&people.staff).await, both);
}

#[tokio::test]
async fn public_addresses_are_for_everybody() {
    let people = People::with(&[("--users-emails", "public")]).await;
    let both = (json!("bob@example.com"), json!("ada@example.com"));
    for client in [&people.anonymous, &people.ada, &people.staff] {
        assert_eq!(people.emails(client).await, both);
    }
}

#[tokio::test]
async fn staff_who_are_staff_no_longer_see_no_more_than_members() {
    let people = People::with(&[]).await;
    let sql = "UPDATE users SET is_staff = FALSE WHERE username = $1";
    people.api.database().execute(sql, "grace").await;
    assert_eq!(people.emails(&people.staff).await, (json!(""), json!("")));
}

#[tokio::test]
async fn nobody_signs_up_as_staff() {
    let people = People::with(&[]).await;
    let document = "{ users { username isStaff isSuperuser } }";
    let data = people.anonymous.ask(document).await.data();
    let user = |name: &str, staff: bool| json!({ "username": name, "isStaff": staff, "isSuperuser": false });
    let users = [user("ada", false), user("bob", false), user("grace", true)];
    assert_eq!(data, json!({ "users": users }));
}

/// What is there already is answered at once, and the rest field by field: nobody can tell which.
#[tokio::test]
async fn users_are_the_same_however_they_are_asked_for() {
    const ALL: &str = "username __typename id mail: email email firstName lastName isStaff isActive isSuperuser lastLogin
                       dateJoined id";
    const NAMES: &str = r#"{"username":"ada","__typename":"UserType","id":"1","mail":"#;
    let people = People::with(&[("--users-visibility", "public")]).await;
    people.api.member("linus").await;
    people.api.anonymous().log_in("bob", PASSWORD).await;
    let database = &people.api.database();
    for (sql, name) in [
        (
            "UPDATE users SET first_name = 'Robert', last_name = 'Tables', is_superuser = TRUE WHERE username = $1",
            "bob",
        ),
        (
            "UPDATE users SET first_name = 'Ada', last_name = 'Lovelace' WHERE username = $1",
            "ada",
        ),
        (
            "UPDATE users SET first_name = 'Grace', is_active = FALSE WHERE username = $1",
            "linus",
        ),
    ] {
        database.execute(sql, name).await;
    }
    for client in [&people.anonymous, &people.ada, &people.staff] {
        let ask = async |fields: &str| {
            let mut document = format!(
                "{{ me {{ {fields} }} users {{ {fields} }} usersConnection {{ edges {{ node {{ {fields} }} }} }} }}"
            );
            if fields.contains("...All") {
                document.push_str(&format!(" fragment All on UserType {{ {ALL} }}"));
            }
            client.ask(&document).await
        };
        let plain = ask(ALL).await;
        assert!(plain.text().contains(NAMES), "{plain}");
        for other in [
            format!("... on UserType {{ {ALL} }}"),
            "...All".to_owned(),
            format!("id ...All {ALL}"),
            format!("...All @include(if: true) {ALL} email @skip(if: true)"),
        ] {
            assert_eq!(ask(&other).await.json(), plain.json(), "{other}");
        }
        // Where all is skipped, too.
        let nothing = ask("id @skip(if: true)").await.json();
        for other in [
            "... on UserType { id @skip(if: true) }",
            "...All @skip(if: true)",
        ] {
            assert_eq!(ask(other).await.json(), nothing, "{other}");
        }
    }
    let sessions = format!("{{ me {{ {ALL} sessions {{ id }} }} }}");
    let mut me = people.ada.ask(&sessions).await.data()["me"].take();
    let sessions = me.as_object_mut().and_then(|me| me.remove("sessions"));
    assert_eq!(
        sessions.as_ref().and_then(Value::as_array).map(Vec::len),
        Some(1)
    );
    let plain = people
        .ada
        .ask(&format!("{{ me {{ {ALL} }} }}"))
        .await
        .data();
    assert_eq!(plain["me"], me);
}
