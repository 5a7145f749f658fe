//! The hashers of Django beside Argon2: what they made is checked here, and nothing is made.

use std::num::NonZeroU32;

use anyhow::anyhow;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{digest, pbkdf2};
use base64::Engine as _;
use base64::alphabet::BCRYPT;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The most iterations of PBKDF2, several times what Django has today.
const MOST_ITERATIONS: u64 = 10_000_000;
/// The highest cost of bcrypt: a second or two of a processor.
const MOST_BCRYPT_COST: u32 = 15;
/// The most memory of scrypt, in bytes, and the most that it goes through.
const MOST_SCRYPT_MEMORY: u64 = 256 * 1_024 * 1_024;
const MOST_SCRYPT_WORK: u64 = 1_024 * 1_024 * 1_024;
/// Bytes of a password that bcrypt looks at.
const BCRYPT_BYTES: usize = 72;
const BCRYPT_SALT_BYTES: usize = 16;
/// bcrypt makes 24 bytes, and by tradition the last one is not stored.
const BCRYPT_STORED_BYTES: usize = 23;
const SCRYPT_BYTES: usize = 64;

/// The Base64 of bcrypt, whose last digits carry bits that nobody reads.
const BCRYPT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &BCRYPT,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

const DAMAGED: &str = "was made by a hasher of Django and is damaged";
const TOO_DEAR: &str = "costs too much to check";

/// A hash that Django made.
pub(super) enum DjangoHash {
    /// `pbkdf2_sha256` and `pbkdf2_sha1`.
    Pbkdf2 {
        algorithm: pbkdf2::Algorithm,
        iterations: NonZeroU32,
        salt: String,
        expected: Vec<u8>,
    },
    /// `bcrypt`, and `bcrypt_sha256`, which first makes 64 digits of the password.
    Bcrypt {
        digits: bool,
        cost: u32,
        salt: [u8; BCRYPT_SALT_BYTES],
        expected: Vec<u8>,
    },
    /// `scrypt`.
    Scrypt {
        params: scrypt::Params,
        salt: String,
        expected: Vec<u8>,
    },
}

type Read = Result<DjangoHash, &'static str>;

impl DjangoHash {
    /// Reads what `hasher` made and wrote after its name; None where there is no such hasher. Inside, why it cannot be
    /// checked.
    pub(super) fn parse(hasher: &str, rest: &str) -> Option<Read> {
        Some(match hasher {
            "pbkdf2_sha256" => pbkdf2(pbkdf2::PBKDF2_HMAC_SHA256, 32, rest),
            "pbkdf2_sha1" => pbkdf2(pbkdf2::PBKDF2_HMAC_SHA1, 20, rest),
            "bcrypt" => bcrypt(false, rest),
            "bcrypt_sha256" => bcrypt(true, rest),
            "scrypt" => scrypt(rest),
            _ => return None,
        })
    }

    /// Whether `password` is the one, compared in constant time.
    ///
    /// # Errors
    /// Where it cannot be computed.
    pub(super) fn matches(&self, password: &str) -> anyhow::Result<bool> {
        let password = password.as_bytes();
        // With NUL at the end or within, several passwords are one to these hashers: no person's password has any.
        let whole = !password.contains(&0);
        let equal = match self {
            Self::Pbkdf2 {
                algorithm,
                iterations,
                salt,
                expected,
            } => {
                pbkdf2::verify(*algorithm, *iterations, salt.as_bytes(), password, expected).is_ok()
            }
            Self::Bcrypt {
                digits,
                cost,
                salt,
                expected,
            } => {
                let sha256 =
                    || crate::model::hex(digest::digest(&digest::SHA256, password).as_ref());
                let mut key = if *digits {
                    sha256().into_bytes()
                } else {
                    password.to_vec()
                };
                key.push(0);
                key.truncate(BCRYPT_BYTES);
                let output = bcrypt::bcrypt(*cost, *salt, &key);
                verify_slices_are_equal(&output[..BCRYPT_STORED_BYTES], expected).is_ok()
            }
            Self::Scrypt {
                params,
                salt,
                expected,
            } => {
                let mut output = vec![0; expected.len()];
                scrypt::scrypt(password, salt.as_bytes(), params, &mut output)
                    .map_err(|error| anyhow!("scrypt: {error}"))?;
                verify_slices_are_equal(&output, expected).is_ok()
            }
        };
        Ok(equal && whole)
    }
}

/// `iterations$salt$hash`.
fn pbkdf2(algorithm: pbkdf2::Algorithm, bytes: usize, rest: &str) -> Read {
    let [iterations, salt, hash] = parts(rest)?;
    let iterations = number(iterations)?;
    if iterations > MOST_ITERATIONS {
        return Err(TOO_DEAR);
    }
    let iterations = u32::try_from(iterations).ok().and_then(NonZeroU32::new);
    Ok(DjangoHash::Pbkdf2 {
        algorithm,
        iterations: iterations.ok_or(DAMAGED)?,
        salt: salt.to_owned(),
        expected: output(hash, bytes)?,
    })
}

/// `$2b$cost$salt and hash`.
fn bcrypt(digits: bool, rest: &str) -> Read {
    let [empty, version, cost, salt_and_hash] = parts(rest)?;
    let known = empty.is_empty() && matches!(version, "2a" | "2b" | "2y");
    let (salt, hash) = salt_and_hash.split_at_checked(22).ok_or(DAMAGED)?;
    let salt = BCRYPT_BASE64.decode(salt).map_err(|_| DAMAGED)?;
    let expected = BCRYPT_BASE64.decode(hash).map_err(|_| DAMAGED)?;
    let cost = u32::try_from(number(cost)?).map_err(|_| DAMAGED)?;
    if !known || expected.len() != BCRYPT_STORED_BYTES || !(4..=31).contains(&cost) {
        return Err(DAMAGED);
    }
    if cost > MOST_BCRYPT_COST {
        return Err(TOO_DEAR);
    }
    Ok(DjangoHash::Bcrypt {
        digits,
        cost,
        salt: salt.try_into().map_err(|_| DAMAGED)?,
        expected,
    })
}

/// `N$salt$r$p$hash`.
fn scrypt(rest: &str) -> Read {
    let [n, salt, r, p, hash] = parts(rest)?;
    let (n, r, p) = (number(n)?, number(r)?, number(p)?);
    let expected = output(hash, SCRYPT_BYTES)?;
    if !n.is_power_of_two() || n < 2 || r == 0 || p == 0 {
        return Err(DAMAGED);
    }
    let block = r.checked_mul(128);
    let memory = n
        .checked_add(p)
        .and_then(|blocks| blocks.checked_mul(block?));
    let work = n
        .checked_mul(p)
        .and_then(|blocks| blocks.checked_mul(block?));
    let affordable = memory.is_some_and(|memory| memory <= MOST_SCRYPT_MEMORY)
        && work.is_some_and(|work| work <= MOST_SCRYPT_WORK);
    let small = |number: u64| u32::try_from(number).ok().filter(|_| affordable);
    let (r, p) = (small(r).ok_or(TOO_DEAR)?, small(p).ok_or(TOO_DEAR)?);
    let log_n = u8::try_from(n.ilog2()).map_err(|_| TOO_DEAR)?;
    Ok(DjangoHash::Scrypt {
        params: scrypt::Params::new(log_n, r, p).map_err(|_| DAMAGED)?,
        salt: salt.to_owned(),
        expected,
    })
}

/// So many parts, divided by `$`.
fn parts<const N: usize>(rest: &str) -> Result<[&str; N], &'static str> {
    let parts: Vec<&str> = rest.split('$').collect();
    parts.try_into().map_err(|_| DAMAGED)
}

fn number(text: &str) -> Result<u64, &'static str> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number.ok_or(DAMAGED)
}

/// A hash of exactly so many bytes: a shorter one would be matched by too many passwords.
fn output(base64: &str, bytes: usize) -> Result<Vec<u8>, &'static str> {
    let output = STANDARD.decode(base64).map_err(|_| DAMAGED)?;
    (output.len() == bytes).then_some(output).ok_or(DAMAGED)
}
