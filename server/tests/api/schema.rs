//! The schema: what clients of django-graphql-jwt and of the tutorial rely on, name by name.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Api, Client, Database, latchkey};

/// Every type of the schema, as introspection tells them.
pub(crate) async fn types(client: &Client) -> Vec<Value> {
    let document = "{ __schema { types { kind name description fields(includeDeprecated: true) { name description \
        args { name description defaultValue type { ...T } } type { ...T } } } } } \
        fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
    let mut data = client.ask(document).await.data();
    let Value::Array(types) = data["__schema"]["types"].take() else {
        panic!("the schema has types: {data}");
    };
    let named = |kind: &Value| !kind["name"].as_str().is_some_and(|n| n.starts_with("__"));
    types.into_iter().filter(named).collect()
}

/// The items of a JSON list; none of null.
pub(crate) fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A type as it is written in a schema: `[UserType]`, `ID!`.
fn written(kind: &Value) -> String {
    match text(&kind["kind"]) {
        "NON_NULL" => format!("{}!", written(&kind["ofType"])),
        "LIST" => format!("[{}]", written(&kind["ofType"])),
        _ => text(&kind["name"]).to_owned(),
    }
}

/// A field as it is written in a schema.
fn signature(owner: &Value, field: &Value) -> String {
    let arguments: Vec<String> = items(&field["args"])
        .map(|argument| {
            format!(
                "{}: {}",
                text(&argument["name"]),
                written(&argument["type"])
            )
        })
        .collect();
    let arguments = if arguments.is_empty() {
        String::new()
    } else {
        format!("({})", arguments.join(", "))
    };
    let (owner, name) = (text(&owner["name"]), text(&field["name"]));
    format!("{owner}.{name}{arguments}: {}", written(&field["type"]))
}

#[tokio::test]
async fn every_field_has_the_name_the_arguments_and_the_type_of_the_contract() {
    let api = Api::start().await;
    let types = types(&api.anonymous()).await;
    let mut served: Vec<String> = types
        .iter()
        .flat_map(|owner| items(&owner["fields"]).map(move |field| signature(owner, field)))
        .collect();
    served.sort();
    let mut contract = [
        "Query.me: UserType",
        "Query.users(first: Int, after: ID): [UserType]",
        "Query.usersConnection(first: Int, after: String, last: Int, before: String, search: String, \
         orderBy: UserOrder): UserConnection",
        "UserConnection.edges: [UserEdge!]!",
        "UserConnection.pageInfo: PageInfo!",
        "UserConnection.totalCount: Int!",
        "UserConnection.totalCountIsExact: Boolean!",
        "UserEdge.node: UserType!",
        "UserEdge.cursor: String!",
        "PageInfo.hasNextPage: Boolean!",
        "PageInfo.hasPreviousPage: Boolean!",
        "PageInfo.startCursor: String",
        "PageInfo.endCursor: String",
        "Mutation.createUser(username: String!, password: String!, email: String!): CreateUser",
        "Mutation.tokenAuth(username: String!, password: String!): ObtainJSONWebToken",
        "Mutation.verifyToken(token: String): Verify",
        "Mutation.refreshToken(token: String, refreshToken: String): Refresh",
        "Mutation.revokeToken(refreshToken: String): Revoke",
        "Mutation.deleteTokenCookie: DeleteJSONWebTokenCookie",
        "Mutation.deleteRefreshTokenCookie: DeleteRefreshTokenCookie",
        "Mutation.logout: Logout",
        "Mutation.logoutEverywhere(keepCurrent: Boolean): LogoutEverywhere",
        "Mutation.revokeSession(id: ID!): RevokeSession",
        "ObtainJSONWebToken.payload: GenericScalar!",
        "ObtainJSONWebToken.refreshExpiresIn: Int!",
        "ObtainJSONWebToken.token: String!",
        "Refresh.payload: GenericScalar!",
        "Refresh.refreshExpiresIn: Int!",
        "Refresh.token: String!",
        "ObtainJSONWebToken.refreshToken: String!",
        "Refresh.refreshToken: String!",
        "Verify.payload: GenericScalar!",
        "Revoke.revoked: Int!",
        "DeleteJSONWebTokenCookie.deleted: Boolean!",
        "DeleteRefreshTokenCookie.deleted: Boolean!",
        "Logout.loggedOut: Boolean!",
        "LogoutEverywhere.ended: Int!",
        "RevokeSession.revoked: Int!",
        "CreateUser.user: UserType",
        "UserType.id: ID!",
        "UserType.lastLogin: DateTime",
        "UserType.isSuperuser: Boolean!",
        "UserType.username: String!",
        "UserType.firstName: String!",
        "UserType.lastName: String!",
        "UserType.email: String!",
        "UserType.isStaff: Boolean!",
        "UserType.isActive: Boolean!",
        "UserType.dateJoined: DateTime!",
        "UserType.sessions: [SessionType!]",
        "SessionType.id: ID!",
        "SessionType.device: String!",
        "SessionType.ipAddress: String!",
        "SessionType.authenticatedBy: AuthenticationMethod!",
        "SessionType.createdAt: DateTime!",
        "SessionType.lastUsedAt: DateTime!",
        "SessionType.expiresAt: DateTime!",
        "SessionType.current: Boolean!",
    ];
    contract.sort_unstable();
    assert_eq!(served, contract);
}

#[tokio::test]
async fn the_types_are_those_of_the_contract_and_no_others() {
    let api = Api::start().await;
    let types = types(&api.anonymous()).await;
    let served: BTreeSet<(&str, &str)> = types
        .iter()
        .map(|kind| (text(&kind["kind"]), text(&kind["name"])))
        .collect();
    let contract = BTreeSet::from([
        ("OBJECT", "Query"),
        ("OBJECT", "Mutation"),
        ("OBJECT", "CreateUser"),
        ("OBJECT", "ObtainJSONWebToken"),
        ("OBJECT", "Refresh"),
        ("OBJECT", "Revoke"),
        ("OBJECT", "DeleteJSONWebTokenCookie"),
        ("OBJECT", "DeleteRefreshTokenCookie"),
        ("OBJECT", "Logout"),
        ("OBJECT", "LogoutEverywhere"),
        ("OBJECT", "RevokeSession"),
        ("OBJECT", "SessionType"),
        ("ENUM", "AuthenticationMethod"),
        ("OBJECT", "UserType"),
        ("OBJECT", "UserConnection"),
        ("OBJECT", "UserEdge"),
        ("OBJECT", "PageInfo"),
        ("ENUM", "UserOrder"),
        ("OBJECT", "Verify"),
        ("SCALAR", "Boolean"),
        ("SCALAR", "DateTime"),
        ("SCALAR", "Float"),
        ("SCALAR", "GenericScalar"),
        ("SCALAR", "ID"),
        ("SCALAR", "Int"),
        ("SCALAR", "String"),
    ]);
    // Which of the built-in scalars a schema lists that it does not use is left open.
    let open = BTreeSet::from([("SCALAR", "Float")]);
    let beyond: Vec<_> = served.symmetric_difference(&contract).collect();
    assert!(beyond.iter().all(|kind| open.contains(kind)), "{beyond:?}");
}

#[tokio::test]
async fn every_type_field_and_argument_has_a_description() {
    let api = Api::start().await;
    // Of the built-in scalars, which GraphQL itself describes, async-graphql says nothing about this one.
    let ours = |owner: &Value| owner["name"] != "ID";
    for owner in types(&api.anonymous()).await.into_iter().filter(ours) {
        assert_ne!(text(&owner["description"]), "", "{}", owner["name"]);
        for field in items(&owner["fields"]) {
            let name = signature(&owner, field);
            assert_ne!(text(&field["description"]), "", "{name}");
            for argument in items(&field["args"]) {
                assert_ne!(text(&argument["description"]), "", "{name}: {argument}");
            }
        }
    }
}

#[tokio::test]
async fn the_introspection_query_of_graphql_js_is_within_the_limits() {
    let api = Api::start().await;
    let of_type = "kind name ofType { ".repeat(9) + "kind name" + &" }".repeat(9);
    let document = format!(
        "query IntrospectionQuery {{ __schema {{ description queryType {{ name kind }} mutationType {{ name kind }} \
         subscriptionType {{ name kind }} types {{ ...FullType }} directives {{ name description isRepeatable \
         locations args(includeDeprecated: true) {{ ...InputValue }} }} }} }} \
         fragment FullType on __Type {{ kind name description specifiedByURL fields(includeDeprecated: true) \
         {{ name description args(includeDeprecated: true) {{ ...InputValue }} type {{ ...TypeRef }} isDeprecated \
         deprecationReason }} inputFields(includeDeprecated: true) {{ ...InputValue }} interfaces {{ ...TypeRef }} \
         enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }} \
         possibleTypes {{ ...TypeRef }} }} \
         fragment InputValue on __InputValue {{ name description type {{ ...TypeRef }} defaultValue isDeprecated \
         deprecationReason }} fragment TypeRef on __Type {{ {of_type} }}"
    );
    let data = api.anonymous().ask(&document).await.data();
    assert_eq!(data["__schema"]["queryType"]["name"], "Query", "{data}");
}

#[tokio::test]
async fn introspection_can_be_turned_off() {
    let api = Api::with(&[("--introspection", "false")]).await;
    for document in [
        "{ __schema { queryType { name } } }",
        "{ ...F } fragment F on Query { __type(name: \"Query\") { name } }",
    ] {
        let answer = api.anonymous().ask(document).await;
        answer.is_rejected(400, "INTROSPECTION_OFF");
    }
    api.anonymous().ask("{ __typename }").await.data();
}

#[tokio::test]
async fn names_are_not_suggested_where_introspection_is_off() {
    let api = Api::with(&[("--introspection", "false")]).await;
    let answer = api.anonymous().ask("{ user }").await;
    answer.is_rejected(400, "GRAPHQL_VALIDATION_FAILED");
    assert!(!answer.text().contains("users"), "{answer}");
}

#[tokio::test]
async fn the_typename_is_what_clients_cache_by() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let data = ada.ask("{ __typename me { __typename } }").await.data();
    assert_eq!(
        data,
        serde_json::json!({ "__typename": "Query", "me": { "__typename": "UserType" } })
    );
}

#[tokio::test]
async fn the_password_is_no_field_of_a_user() {
    let api = Api::start().await;
    let answer = api.anonymous().ask("{ users { id password } }").await;
    answer.is_rejected(400, "GRAPHQL_VALIDATION_FAILED");
}

#[tokio::test]
async fn the_committed_schemas_are_what_the_server_prints() {
    let committed = include_str!("../../../app/graphql/schema.graphql");
    let database = Database::fresh().await;
    let printed = latchkey(&database, &["schema"], "").succeeds();
    assert_eq!(printed, committed, "`cargo xtask schema` writes it anew");
    let committed = include_str!("../../../docs/relay.graphql");
    let printed = latchkey(&database, &["schema", "--relay"], "").succeeds();
    assert_eq!(printed, committed, "`cargo xtask schema` writes it anew");
}

#[tokio::test]
async fn the_committed_schema_is_what_the_server_serves() {
    let api = Api::start().await;
    let committed = include_str!("../../../app/graphql/schema.graphql");
    for owner in types(&api.anonymous()).await {
        let (kind, name) = (text(&owner["kind"]), text(&owner["name"]));
        let head = match kind {
            "OBJECT" => format!("type {name} {{"),
            "ENUM" => format!("enum {name} {{"),
            "SCALAR" if matches!(name, "Boolean" | "Float" | "ID" | "Int" | "String") => continue,
            _ => format!("scalar {name}"),
        };
        assert!(committed.contains(&head), "{head}");
        for field in items(&owner["fields"]) {
            let (field, kind) = (text(&field["name"]), written(&field["type"]));
            assert!(committed.contains(&format!("\t{field}")), "{name}.{field}");
            assert!(committed.contains(&format!(": {kind}\n")), "{name}.{field}");
        }
    }
}
