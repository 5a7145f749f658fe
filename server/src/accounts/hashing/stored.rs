//! A stored hash of whatever kind: whether it can be checked, and the check.

use super::argon2id::{Argon2Hash, Argon2id};
use super::django::DjangoHash;
use super::normalised;

/// A hash that a password can be checked against.
pub(super) enum StoredHash {
    /// Of our own making, in PHC format.
    Own(Argon2Hash),
    /// Argon2 as Django writes it.
    DjangoArgon2(Argon2Hash),
    /// What else Django makes.
    Django(DjangoHash),
    /// Of nobody's password, as Django marks users who may not log in with one.
    Unusable,
}

/// What is to be said of a hash that comes from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::accounts) enum Verdict {
    /// Its password opens a session.
    Usable,
    /// There is no password, as was meant.
    Unusable,
    /// No password can be checked against it, and why: the end of a sentence that begins with the hash.
    Unreadable(String),
}

/// Judges a hash that comes from elsewhere, whatever the server that will check it is configured for.
pub(in crate::accounts) fn verdict(hash: &str) -> Verdict {
    match read(hash, None) {
        Ok(StoredHash::Unusable) => Verdict::Unusable,
        Ok(_) => Verdict::Usable,
        Err(wrong) => Verdict::Unreadable(wrong),
    }
}

impl StoredHash {
    /// Reads a stored hash.
    ///
    /// # Errors
    /// Why nothing can be checked against it: the end of a sentence that begins with the hash.
    pub(super) fn parse(hash: &str, argon2: &Argon2id) -> Result<Self, String> {
        read(hash, Some(argon2))
    }

    /// Whether `password` is the one.
    ///
    /// # Errors
    /// Where it cannot be computed.
    pub(super) fn matches(&self, password: &str, argon2: &Argon2id) -> anyhow::Result<bool> {
        let normal = normalised(password);
        let foreign = |matches: &dyn Fn(&str) -> anyhow::Result<bool>| {
            // Django hashes what was typed, as it was typed.
            Ok(matches(password)? || (normal != password && matches(&normal)?))
        };
        match self {
            Self::Own(hash) => argon2.matches(&normal, hash),
            Self::DjangoArgon2(hash) => foreign(&|password| argon2.matches(password, hash)),
            Self::Django(hash) => foreign(&|password| hash.matches(password)),
            Self::Unusable => argon2.toil(&normal).map(|()| false),
        }
    }

    /// Whether a new hash would be made in the same way.
    pub(super) fn is_current(&self, argon2: &Argon2id) -> bool {
        matches!(self, Self::Own(hash) if argon2.is_current(hash))
    }

    /// After a check that found nothing: what it cost less than a new hash does, as far as that can be told.
    ///
    /// # Errors
    /// Where it cannot be computed.
    pub(super) fn make_up(&self, password: &str, argon2: &Argon2id) -> anyhow::Result<()> {
        match self {
            Self::Own(hash) | Self::DjangoArgon2(hash) => argon2.make_up(password, hash),
            Self::Django(_) | Self::Unusable => Ok(()),
        }
    }
}

fn read(hash: &str, configured: Option<&Argon2id>) -> Result<StoredHash, String> {
    if hash.starts_with('!') {
        return Ok(StoredHash::Unusable);
    }
    let affordable = |hash: Argon2Hash| {
        let affordable = hash.is_affordable(configured);
        affordable.then_some(hash).ok_or("costs too much to check")
    };
    // PHC strings begin with the sign that Django has between the hasher and the rest.
    let (hasher, rest) = hash.split_once('$').ok_or("is of no known form")?;
    Ok(match hasher {
        "" => StoredHash::Own(Argon2Hash::parse(hash).and_then(affordable)?),
        "argon2" => {
            let phc = format!("${rest}");
            StoredHash::DjangoArgon2(Argon2Hash::parse(&phc).and_then(affordable)?)
        }
        _ => match DjangoHash::parse(hasher, rest) {
            Some(read) => StoredHash::Django(read?),
            None => return Err(unknown(hasher)),
        },
    })
}

fn unknown(hasher: &str) -> String {
    // Shown only where it is a name: it could be a part of a secret.
    let name = hasher.len() <= 32
        && hasher
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if name {
        format!("was made by the hasher {hasher}, which is not known")
    } else {
        "is of no known form".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_that_would_exhaust_a_server_are_not_checked() {
        let argon2 = |params: &str| {
            format!(
                "argon2$argon2id$v=19${params}$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            )
        };
        let zeros = "A".repeat(86);
        for hash in [
            "pbkdf2_sha256$1000000000000$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
                .to_owned(),
            "pbkdf2_sha256$100000000$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned(),
            "bcrypt$$2b$31$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde".to_owned(),
            format!("scrypt$1099511627776$salt$8$1${zeros}=="),
            format!("scrypt$16384$salt$8$100000${zeros}=="),
            argon2("m=4194304,t=1,p=1"),
            argon2("m=1024,t=100000,p=1"),
        ] {
            let verdict = verdict(&hash);
            assert_eq!(
                verdict,
                Verdict::Unreadable("costs too much to check".to_owned()),
                "{hash}"
            );
        }
        assert_eq!(verdict(&argon2("m=102400,t=2,p=8")), Verdict::Usable);
    }

    #[test]
    fn what_is_no_hash_is_told_without_being_shown() {
        let of = |hash: &str| match verdict(hash) {
            Verdict::Unreadable(wrong) => wrong,
            other => format!("{other:?}"),
        };
        assert_eq!(of("!Zx8f"), "Unusable");
        assert!(of("md5$salt$0123").contains("the hasher md5"));
        for damaged in [
            "pbkdf2_sha256$10$salt",
            "pbkdf2_sha256$0$salt$AAAA",
            "pbkdf2_sha256$ten$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "pbkdf2_sha256$10$salt$AAAA",
            "pbkdf2_sha1$10$salt$not base64",
            "bcrypt$$2b$12$short",
            "bcrypt$$9z$12$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde",
            "bcrypt_sha256$$2b$xx$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde",
            "scrypt$16384$salt$8$1$AAAA",
            "scrypt$16383$salt$8$1$AAAA",
            "argon2$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ",
            "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAA",
            "$argon2x$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert!(
                of(damaged).contains("damaged"),
                "{damaged}: {}",
                of(damaged)
            );
        }
        for nothing in ["", "0123456789abcdef", "pass word$", "$"] {
            assert!(
                !of(nothing).is_empty() && of(nothing) != "Usable",
                "{nothing}"
            );
        }
    }
}
