//! Which keys sign tokens, and which are accepted beside them.

use std::path::PathBuf;

use clap::Args;
use jsonwebtoken::Algorithm;

use super::{Secret, values};

/// Which keys sign tokens, and which are accepted beside them.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Tokens")]
pub struct KeyConfig {
    /// Algorithm that signs tokens: HS256, HS384 or HS512 with the secret key; RS256, RS384, RS512, PS256, PS384, PS512,
    /// ES256, ES384 or EdDSA with a key pair
    #[arg(long, env = "LATCHKEY_JWT_ALGORITHM", default_value = "HS256", value_name = "ALGORITHM", value_parser = values::algorithm)]
    pub jwt_algorithm: Algorithm,
    /// File with the private key that signs tokens, in PEM form [default: key pairs made at the first start, kept in the
    /// folder `keys` in the data folder]
    #[arg(long, env = "LATCHKEY_JWT_PRIVATE_KEY", value_name = "FILE")]
    pub jwt_private_key: Option<PathBuf>,
    /// Files with further public keys that are published and accepted, in PEM form, separated by commas
    #[arg(
        long,
        env = "LATCHKEY_JWT_PUBLIC_KEY",
        value_name = "FILES",
        value_delimiter = ','
    )]
    pub jwt_public_key: Vec<PathBuf>,
    /// Secret keys that signed tokens before and are still accepted, separated by commas
    #[arg(
        long,
        env = "LATCHKEY_JWT_RETIRED_SECRET_KEYS",
        hide_env_values = true,
        value_name = "SECRETS",
        value_delimiter = ','
    )]
    pub jwt_retired_secret_keys: Vec<Secret>,
}
