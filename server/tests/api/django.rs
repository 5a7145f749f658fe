//! Beside a real Django with django-graphql-jwt: its tokens, its answers, and its users who move over.

mod answers;
mod departures;
mod import;
mod moving;
mod old_passwords;
mod refresh_tokens;
mod tokens;
mod wire;
