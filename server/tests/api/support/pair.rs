//! Key pairs made here, in every form that they are written in; and the keys that a server publishes.

use std::path::{Path, PathBuf};

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, AlgorithmFamily, EncodingKey};

use super::{Api, Request};

/// What stands before the key itself in a PKCS#8 document of an RSA key.
const RSA_HEAD: usize = 26;

/// A key pair.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) algorithm: Algorithm,
    /// PKCS#8.
    private: Vec<u8>,
    /// The form that the kind of key had before PKCS#8: PKCS#1, SEC 1.
    older: Option<(&'static str, Vec<u8>)>,
    /// X.509.
    public: Vec<u8>,
}

impl Pair {
    /// A new one for an algorithm.
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let (private, older, public) = match algorithm.family() {
            AlgorithmFamily::Rsa => {
                let pair = rsa::KeyPair::generate(KeySize::Rsa2048).expect("it is made");
                let private = pair.as_der().expect("it is written").as_ref().to_vec();
                let older = private[RSA_HEAD..].to_vec();
                let public = pair.public_key().as_der().expect("it is written");
                (
                    private,
                    Some(("RSA PRIVATE KEY", older)),
                    public.as_ref().to_vec(),
                )
            }
            AlgorithmFamily::Ec => {
                let signing = match algorithm {
                    Algorithm::ES256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
                    _ => &ECDSA_P384_SHA384_FIXED_SIGNING,
                };
                let pair = EcdsaKeyPair::generate(signing).expect("it is made");
                let private = pair.to_pkcs8v1().expect("it is written");
                let older = pair.private_key().as_der().expect("it is written");
                let public = pair.public_key().as_der().expect("it is written");
                let older = Some(("EC PRIVATE KEY", older.as_ref().to_vec()));
                (private.as_ref().to_vec(), older, public.as_ref().to_vec())
            }
            AlgorithmFamily::Ed => {
                let pair = Ed25519KeyPair::generate().expect("it is made");
                let private = pair.to_pkcs8v1().expect("it is written");
                let public = pair.public_key().as_der().expect("it is written");
                (private.as_ref().to_vec(), None, public.as_ref().to_vec())
            }
            AlgorithmFamily::Hmac => panic!("a secret key is no pair"),
        };
        Self {
            algorithm,
            private,
            older,
            public,
        }
    }

    /// The private key as PKCS#8, in PEM form.
    pub(crate) fn private_pem(&self) -> String {
        pem("PRIVATE KEY", &self.private)
    }

    /// The private key in the form before PKCS#8, in PEM form; None where there was none.
    pub(crate) fn older_pem(&self) -> Option<String> {
        self.older.as_ref().map(|(label, der)| pem(label, der))
    }

    /// The public key in PEM form.
    pub(crate) fn public_pem(&self) -> String {
        pem("PUBLIC KEY", &self.public)
    }

    /// The bytes of the public key.
    pub(crate) fn public_der(&self) -> &[u8] {
        &self.public
    }

    /// What signs with it.
    pub(crate) fn signing(&self) -> EncodingKey {
        match self.algorithm.family() {
            AlgorithmFamily::Rsa => EncodingKey::from_rsa_der(&self.private[RSA_HEAD..]),
            AlgorithmFamily::Ec => EncodingKey::from_ec_der(&self.private),
            _ => EncodingKey::from_ed_der(&self.private),
        }
    }

    /// Writes the private key to a file.
    pub(crate) fn private_file(&self, folder: &str, name: &str) -> String {
        written(folder, name, &self.private_pem())
    }

    /// Writes the public key to a file.
    pub(crate) fn public_file(&self, folder: &str, name: &str) -> String {
        written(folder, name, &self.public_pem())
    }
}

fn written(folder: &str, name: &str, text: &str) -> String {
    let path: PathBuf = Path::new(folder).join(name);
    std::fs::write(&path, text).expect("the folder can be written to");
    path.to_str()
        .expect("the folder has a plain name")
        .to_owned()
}

/// A document in PEM form.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).expect("Base64 is ASCII"))
        .collect();
    let lines = lines.join("\n");
    format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
}

/// The keys that a server publishes.
pub(crate) async fn jwks(api: &Api) -> JwkSet {
    let answer = api.send(&Request::get("/.well-known/jwks.json")).await;
    assert_eq!(answer.status, 200, "{answer}");
    serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}
