//! The API, tested as clients use it: the real server on a socket of its own, with a fresh database for every test.
//!
//! SQLite by default; PostgreSQL where `LATCHKEY_TEST_DATABASE_URL` names a superuser of a throwaway cluster. The tests in
//! `django` are left out unless they are asked for (`--include-ignored`): they need a Python with Django, which
//! `cargo xtask test` makes and names in `LATCHKEY_TEST_PYTHON`.

mod access;
mod authorization;
mod claims;
mod command_dev;
mod command_log;
mod command_serve;
mod command_settings;
mod command_shutdown;
mod command_tokens;
mod command_user;
mod connections;
mod cookies;
mod create_user;
mod cross_site;
mod database_trouble;
mod db_copy;
mod db_copy_refused;
mod django;
mod django_hashes;
mod documentation;
mod export;
mod hashing;
#[cfg(target_os = "linux")]
mod hashing_apart;
mod health;
mod hostile_requests;
mod hostile_tokens;
mod import_django;
mod import_dumpdata;
mod import_tokens;
mod keys;
mod keys_files;
mod keys_hostile;
mod keys_retired_secrets;
mod keys_rotation;
mod keys_rotation_command;
mod layers;
mod limits;
mod media_types;
mod pages;
mod refresh_storms;
mod refresh_token;
mod relay;
mod requests;
mod rotation;
mod schema;
mod session_list;
mod sessions;
mod sign_up_rules;
mod start_together;
mod support;
mod taken;
mod token_arguments;
mod token_auth;
mod users;
mod users_connection;
mod users_search;
mod verify_token;
mod visibility;
