//! One key pair, or the public half of one: made, and read from PEM. Each is of one algorithm (RFC 8725, section 3.1).

use anyhow::Context as _;
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED,
    ECDSA_P384_SHA384_FIXED_SIGNING, ED25519, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair,
    ParsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey, crypto};
use rustls_pki_types::pem::{PemObject as _, SectionKind};

/// What stands before the key itself in a PKCS#8 document of an RSA key of 2048 to 8192 bits (RFC 5958).
const RSA_HEAD: usize = 26;
/// What stands before the key itself in public keys of the curves (RFC 5480 and RFC 8410).
const P256_HEAD: &[u8] = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";
const P384_HEAD: &[u8] =
    b"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00";
const ED25519_HEAD: &[u8] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";
/// The bits of an RSA key: as RFC 7518, section 3.3, demands, and as the library takes.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// A private key and its public one.
pub(super) struct KeyPair {
    pub(super) private: EncodingKey,
    pub(super) public: PublicKey,
}

/// A public key, as it is published.
#[derive(Clone)]
pub(super) struct PublicKey {
    pub(super) algorithm: Algorithm,
    /// Its name, `kid`: the thumbprint of RFC 7638.
    pub(super) kid: String,
    pub(super) key: DecodingKey,
    pub(super) jwk: Jwk,
}

impl KeyPair {
    /// Reads a private key for `algorithm` in PEM form: PKCS#8, PKCS#1 or SEC 1.
    ///
    /// # Errors
    /// What is wrong with it, as the second half of a sentence.
    pub(super) fn from_pem(pem: &str, algorithm: Algorithm) -> anyhow::Result<Self> {
        let private = sections(pem)
            .find_map(|(kind, der)| private_key(kind, &der, algorithm))
            .with_context(|| {
                let (what, command) = wanted(algorithm);
                format!(
                    "holds no private key for {algorithm:?}, which is {what}, in PEM form and without a passphrase: make one with `{command}`"
                )
            })?;
        let jwk = Jwk::from_encoding_key(&private, algorithm)?;
        let public = PublicKey::new(algorithm, DecodingKey::from_jwk(&jwk)?)?;
        // A pair that does not fit would issue tokens that nobody accepts.
        let signature = crypto::sign(b"fits", &private, algorithm)?;
        let fits = crypto::verify(&signature, b"fits", &public.key, algorithm)?;
        anyhow::ensure!(fits, "holds a private key that cannot be used");
        Ok(Self { private, public })
    }

    /// A new key for `algorithm`, in PEM form.
    ///
    /// # Errors
    /// Where the library cannot make one.
    pub(super) fn generate(algorithm: Algorithm) -> anyhow::Result<String> {
        let curve = |signing| EcdsaKeyPair::generate(signing)?.to_pkcs8v1();
        let made = match algorithm {
            Algorithm::ES256 => curve(&ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::ES384 => curve(&ECDSA_P384_SHA384_FIXED_SIGNING),
            Algorithm::EdDSA => Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8v1()),
            _ => {
                let pair = rsa::KeyPair::generate(KeySize::Rsa3072);
                let der = pair.and_then(|pair| pair.as_der());
                return Ok(pem(der.context("no RSA key can be made")?.as_ref()));
            }
        };
        Ok(pem(made.context("no key can be made")?.as_ref()))
    }
}

impl PublicKey {
    fn new(algorithm: Algorithm, key: DecodingKey) -> anyhow::Result<Self> {
        let mut jwk = Jwk::from_decoding_key(&key, Some(algorithm))?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256)?;
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        jwk.common.key_id = Some(kid.clone());
        Ok(Self {
            algorithm,
            kid,
            key,
            jwk,
        })
    }

    /// Reads a public key in PEM form. The key tells its algorithm; one of RSA is for `configured` if that is of RSA, else
    /// for RS256.
    ///
    /// # Errors
    /// What is wrong with it, as the second half of a sentence.
    pub(super) fn from_pem(pem: &str, configured: Algorithm) -> anyhow::Result<Self> {
        let mut sections = sections(pem);
        let (algorithm, key) = match (sections.next(), sections.next()) {
            (Some((SectionKind::PublicKey, der)), None) => public_key(&der, configured),
            _ => None,
        }
        .context(
            "holds no single public key for a supported algorithm, in PEM form: `openssl pkey -in PRIVATE_KEY -pubout` gives the one of a private key",
        )?;
        let public = Self::new(algorithm, key)?;
        if let AlgorithmParameters::RSA(rsa) = &public.jwk.algorithm {
            let modulus = URL_SAFE_NO_PAD.decode(&rsa.n)?;
            let unused = modulus.first().map_or(0, |byte| byte.leading_zeros());
            let bits = modulus.len() * 8 - unused as usize;
            anyhow::ensure!(
                RSA_BITS.contains(&bits),
                "holds an RSA key of {bits} bits, and it needs 2048 to 8192"
            );
        }
        Ok(public)
    }
}

/// The parts of a PEM text that are known; none after one that is broken.
fn sections(pem: &str) -> impl Iterator<Item = (SectionKind, Vec<u8>)> {
    <(SectionKind, Vec<u8>)>::pem_slice_iter(pem.as_bytes()).map_while(Result::ok)
}

/// The private key in `der`, if it is one for `algorithm`, in the form that jsonwebtoken takes it in.
fn private_key(kind: SectionKind, der: &[u8], algorithm: Algorithm) -> Option<EncodingKey> {
    let curve = |signing: &'static EcdsaSigningAlgorithm| {
        let pair = match kind {
            SectionKind::PrivateKey => EcdsaKeyPair::from_pkcs8(signing, der),
            SectionKind::EcPrivateKey => EcdsaKeyPair::from_private_key_der(signing, der),
            _ => return None,
        };
        let document = pair.ok()?.to_pkcs8v1().ok()?;
        Some(EncodingKey::from_ec_der(document.as_ref()))
    };
    match algorithm.family() {
        AlgorithmFamily::Rsa => {
            let pair = match kind {
                SectionKind::PrivateKey => rsa::KeyPair::from_pkcs8(der),
                SectionKind::RsaPrivateKey => rsa::KeyPair::from_der(der),
                _ => return None,
            };
            let document = pair.ok()?.as_der().ok()?;
            let key = document.as_ref().get(RSA_HEAD..)?;
            Some(EncodingKey::from_rsa_der(key))
        }
        AlgorithmFamily::Ec if algorithm == Algorithm::ES384 => {
            curve(&ECDSA_P384_SHA384_FIXED_SIGNING)
        }
        AlgorithmFamily::Ec => curve(&ECDSA_P256_SHA256_FIXED_SIGNING),
        AlgorithmFamily::Ed if kind == SectionKind::PrivateKey => {
            let document = Ed25519KeyPair::from_pkcs8(der).ok()?.to_pkcs8v1().ok()?;
            Some(EncodingKey::from_ed_der(document.as_ref()))
        }
        AlgorithmFamily::Ed | AlgorithmFamily::Hmac => None,
    }
}

/// The public key in `der`, and its algorithm.
fn public_key(der: &[u8], configured: Algorithm) -> Option<(Algorithm, DecodingKey)> {
    if let Some(point) = der.strip_prefix(P256_HEAD) {
        ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()?;
        return Some((Algorithm::ES256, DecodingKey::from_ec_der(point)));
    }
    if let Some(point) = der.strip_prefix(P384_HEAD) {
        ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).ok()?;
        return Some((Algorithm::ES384, DecodingKey::from_ec_der(point)));
    }
    if let Some(point) = der.strip_prefix(ED25519_HEAD) {
        ParsedPublicKey::new(&ED25519, point).ok()?;
        return Some((Algorithm::EdDSA, DecodingKey::from_ed_der(point)));
    }
    let key = rsa::PublicKey::from_der(der).ok()?;
    let algorithm = match configured.family() {
        AlgorithmFamily::Rsa => configured,
        _ => Algorithm::RS256,
    };
    Some((algorithm, DecodingKey::from_rsa_der(key.as_ref())))
}

/// What an algorithm needs, and a command that makes it.
fn wanted(algorithm: Algorithm) -> (&'static str, &'static str) {
    match algorithm {
        Algorithm::ES256 => (
            "one on the curve P-256",
            "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        ),
        Algorithm::ES384 => (
            "one on the curve P-384",
            "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384",
        ),
        Algorithm::EdDSA => ("one of Ed25519", "openssl genpkey -algorithm ED25519"),
        _ => (
            "one of RSA with 2048 to 8192 bits",
            "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072",
        ),
    }
}

/// A PKCS#8 document in PEM form (RFC 7468).
fn pem(der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let mut text = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str("-----END PRIVATE KEY-----\n");
    text
}
