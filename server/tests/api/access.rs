//! Who may see what, field by field. A field that is not in the table fails the suite: decide, then list it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::schema::{items, types};
use crate::support::{Api, Client};

/// Who sees a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    /// Everybody.
    Everybody,
    /// The person whose field it is, and staff; others see the blank value.
    SelfAndStaff,
    /// The person whose field it is, and nobody else; others see null.
    SelfAlone,
    /// Who is signed in.
    SignedIn,
    /// Whoever asked for the operation that answers with it: their own new token, or claims that they sent.
    Caller,
}

use Access::{Caller, Everybody, SelfAlone, SelfAndStaff, SignedIn};

const MATRIX: [(&str, Access); 58] = [
    ("Query.me", SignedIn),
    ("Query.users", Everybody),
    ("Query.usersConnection", Everybody),
    ("Mutation.createUser", Everybody),
    ("Mutation.tokenAuth", Everybody),
    ("Mutation.verifyToken", Everybody),
    ("Mutation.refreshToken", Everybody),
    ("Mutation.revokeToken", Everybody),
    ("Mutation.deleteTokenCookie", Everybody),
    ("Mutation.deleteRefreshTokenCookie", Everybody),
    ("Mutation.logout", SignedIn),
    ("Mutation.logoutEverywhere", SignedIn),
    ("Mutation.revokeSession", SignedIn),
    ("CreateUser.user", Caller),
    ("ObtainJSONWebToken.payload", Caller),
    ("ObtainJSONWebToken.refreshExpiresIn", Caller),
    ("ObtainJSONWebToken.token", Caller),
    ("Refresh.payload", Caller),
    ("Refresh.refreshExpiresIn", Caller),
    ("Refresh.token", Caller),
    ("ObtainJSONWebToken.refreshToken", Caller),
    ("Refresh.refreshToken", Caller),
    ("Verify.payload", Caller),
    ("Revoke.revoked", Caller),
    ("DeleteJSONWebTokenCookie.deleted", Caller),
    ("DeleteRefreshTokenCookie.deleted", Caller),
    ("Logout.loggedOut", Caller),
    ("LogoutEverywhere.ended", Caller),
    ("RevokeSession.revoked", Caller),
    ("SessionType.id", SelfAlone),
    ("SessionType.device", SelfAlone),
    ("SessionType.ipAddress", SelfAlone),
    ("SessionType.authenticatedBy", SelfAlone),
    ("SessionType.createdAt", SelfAlone),
    ("SessionType.lastUsedAt", SelfAlone),
    ("SessionType.expiresAt", SelfAlone),
    ("SessionType.current", SelfAlone),
    ("UserConnection.edges", Everybody),
    ("UserConnection.pageInfo", Everybody),
    ("UserConnection.totalCount", Everybody),
    ("UserConnection.totalCountIsExact", Everybody),
    ("UserEdge.node", Everybody),
    ("UserEdge.cursor", Everybody),
    ("PageInfo.hasNextPage", Everybody),
    ("PageInfo.hasPreviousPage", Everybody),
    ("PageInfo.startCursor", Everybody),
    ("PageInfo.endCursor", Everybody),
    ("UserType.id", Everybody),
    ("UserType.username", Everybody),
    ("UserType.isActive", Everybody),
    ("UserType.isStaff", Everybody),
    ("UserType.isSuperuser", Everybody),
    ("UserType.dateJoined", Everybody),
    ("UserType.email", SelfAndStaff),
    ("UserType.firstName", SelfAndStaff),
    ("UserType.lastName", SelfAndStaff),
    ("UserType.lastLogin", SelfAndStaff),
    ("UserType.sessions", SelfAlone),
];

fn fields_of(owner: &str) -> Vec<(&'static str, Access)> {
    MATRIX
        .iter()
        .filter_map(|(name, access)| {
            let (of, field) = name.split_once('.')?;
            (of == owner).then_some((field, *access))
        })
        .collect()
}

/// A user without a blank field, as somebody sees them in the list.
async fn seen_by(client: &Client, id: &str) -> Value {
    let fields: Vec<&str> = fields_of("UserType")
        .iter()
        .map(|(name, _)| match *name {
            "sessions" => "sessions { id }",
            other => other,
        })
        .collect();
    let document = format!("{{ users {{ {} }} }}", fields.join(" "));
    let data = client.ask(&document).await.data();
    let found = items(&data["users"]).find(|user| user["id"] == id);
    found
        .cloned()
        .unwrap_or_else(|| panic!("{id} is listed: {data}"))
}

async fn whole_user(api: &Api, username: &str) -> crate::support::Member {
    let user = api.member(username).await;
    let sql = "UPDATE users SET first_name = 'Ada', last_name = 'Lovelace' WHERE username = $1";
    api.database().execute(sql, username).await;
    user
}

#[tokio::test]
async fn every_field_of_every_type_is_in_the_matrix() {
    let api = Api::start().await;
    let mut served = BTreeSet::new();
    for owner in types(&api.anonymous()).await {
        for field in items(&owner["fields"]) {
            let name = format!("{}.{}", owner["name"], field["name"]).replace('"', "");
            let listed = MATRIX.iter().find(|(known, _)| *known == name);
            assert!(listed.is_some(), "{name} is not in the access matrix");
            served.insert(name);
        }
    }
    for (name, _) in MATRIX {
        assert!(served.contains(name), "{name} is not served");
    }
}

#[tokio::test]
async fn a_stranger_sees_what_everybody_may_see_and_blanks() {
    let api = Api::start().await;
    let ada = whole_user(&api, "ada").await;
    let own = seen_by(&ada, &ada.id).await;
    let strange = seen_by(&api.anonymous(), &ada.id).await;
    for (field, access) in fields_of("UserType") {
        let blank = match field {
            "lastLogin" | "sessions" => Value::Null,
            _ => json!(""),
        };
        assert_ne!(own[field], blank, "{field} of {own}");
        let expected = if access == Everybody {
            &own[field]
        } else {
            &blank
        };
        assert_eq!(&strange[field], expected, "{field} of {strange}");
    }
}

#[tokio::test]
async fn another_member_sees_no_more_than_a_stranger() {
    let api = Api::start().await;
    let ada = whole_user(&api, "ada").await;
    let bob = api.member("bob").await;
    assert_eq!(
        seen_by(&bob, &ada.id).await,
        seen_by(&api.anonymous(), &ada.id).await
    );
}

#[tokio::test]
async fn staff_see_what_the_person_sees() {
    let api = Api::start().await;
    let ada = whole_user(&api, "ada").await;
    let staff = api.staff("grace").await;
    let mut own = seen_by(&ada, &ada.id).await;
    assert_ne!(own["sessions"].take(), Value::Null);
    assert_eq!(seen_by(&staff, &ada.id).await, own);
}

#[tokio::test]
async fn what_needs_a_user_is_refused_to_strangers_and_the_rest_is_not() {
    let api = Api::start().await;
    let stranger = api.anonymous();
    for (field, access) in fields_of("Query") {
        let selection = match field {
            "usersConnection" => "edges { node { id } }",
            _ => "id",
        };
        let answer = stranger
            .ask(&format!("{{ {field} {{ {selection} }} }}"))
            .await;
        let code = if access == SignedIn {
            json!("UNAUTHENTICATED")
        } else {
            Value::Null
        };
        assert_eq!(answer.code(), code, "{field}: {answer}");
    }
}

#[tokio::test]
async fn the_mutations_that_need_a_user_are_refused_to_strangers() {
    let api = Api::start().await;
    let documents = [
        ("logout", "mutation { logout { loggedOut } }"),
        (
            "logoutEverywhere",
            "mutation { logoutEverywhere { ended } }",
        ),
        (
            "revokeSession",
            "mutation { revokeSession(id: \"1\") { revoked } }",
        ),
    ];
    let needing: Vec<&str> = fields_of("Mutation")
        .into_iter()
        .filter(|(_, access)| *access == SignedIn)
        .map(|(name, _)| name)
        .collect();
    assert_eq!(documents.map(|(field, _)| field).to_vec(), needing);
    for (field, document) in documents {
        let answer = api.anonymous().ask(document).await;
        answer.is_refused(field, "UNAUTHENTICATED", "Not logged in!");
    }
}
