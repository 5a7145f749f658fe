//! Beside a real Django with django-graphql-jwt: its tokens.

mod tokens;
