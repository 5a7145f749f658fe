//! The encodings that the front end is compressed with, and which of them a client takes (RFC 9110, section 12.5.3).

use axum::http::{HeaderMap, header};

/// A compressed form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Zstd,
    Gzip,
}

impl Encoding {
    /// The smallest first.
    const ALL: [Self; 3] = [Self::Brotli, Self::Zstd, Self::Gzip];

    /// What HTTP calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }

    /// How the names of copies end.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstd => "zst",
            Self::Gzip => "gz",
        }
    }

    /// The name of the file that `name` may be a copy of.
    pub(super) fn strip(name: &str) -> &str {
        match name.rsplit_once('.') {
            Some((original, ending)) if Self::ALL.iter().any(|one| one.ending() == ending) => {
                original
            }
            _ => name,
        }
    }

    /// Whether the client takes it.
    pub(super) fn is_taken(self, request: &HeaderMap) -> bool {
        self.quality(request) > 0
    }

    /// Those that the client takes, in its order; among those it likes alike the smallest first.
    pub(super) fn taken(request: &HeaderMap) -> Vec<Self> {
        let mut taken: Vec<(u16, Self)> = Self::ALL
            .into_iter()
            .map(|encoding| (encoding.quality(request), encoding))
            .filter(|(quality, _)| *quality > 0)
            .collect();
        taken.sort_by_key(|(quality, _)| std::cmp::Reverse(*quality));
        taken.into_iter().map(|(_, encoding)| encoding).collect()
    }

    /// How much the client likes it, in thousandths.
    fn quality(self, request: &HeaderMap) -> u16 {
        let of = |wanted: &str| {
            request
                .get_all(header::ACCEPT_ENCODING)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .flat_map(|value| value.split(','))
                .map(coding)
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
                .map(|(_, quality)| quality)
        };
        of(self.name()).or_else(|| of("*")).unwrap_or(0)
    }
}

/// `gzip;q=0.5` in its parts. A quality that is none counts as 0: the client gets what everybody understands.
fn coding(text: &str) -> (&str, u16) {
    let (name, parameters) = text.split_once(';').unwrap_or((text, ""));
    let quality = parameters
        .split(';')
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(key, _)| key.trim().eq_ignore_ascii_case("q"))
        .map_or(1_000, |(_, value)| thousandths(value.trim()));
    (name.trim(), quality)
}

fn thousandths(quality: &str) -> u16 {
    let (whole, fraction) = quality.split_once('.').unwrap_or((quality, ""));
    let fraction = format!("{fraction:0<3}");
    match (whole, fraction.parse()) {
        ("0", Ok(fraction)) if fraction < 1_000 => fraction,
        ("1", Ok(0)) => 1_000,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(accepted: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, accepted.parse().expect("a header"))])
    }

    #[test]
    fn the_client_gets_what_it_likes_best_and_then_what_is_smallest() {
        use Encoding::{Brotli, Gzip, Zstd};
        for (accepted, taken) in [
            ("gzip, deflate, br, zstd", &[Brotli, Zstd, Gzip][..]),
            ("gzip, deflate", &[Gzip]),
            ("GZIP;q=1.0, br;q=0.9", &[Gzip, Brotli]),
            ("br;q=0, gzip;q=0.001", &[Gzip]),
            ("*", &[Brotli, Zstd, Gzip]),
            ("br;q=0.000, *;q=0.5, gzip", &[Gzip, Zstd]),
            ("identity", &[]),
            ("br; Q=0.5 , zstd ; q=0.75", &[Zstd, Brotli]),
            ("br;q=2, gzip;q=x, zstd;q=0.12345", &[]),
            ("", &[]),
        ] {
            assert_eq!(Encoding::taken(&request(accepted)), taken, "{accepted}");
        }
        assert!(Encoding::taken(&HeaderMap::new()).is_empty());
    }

    #[test]
    fn copies_are_told_from_files() {
        assert_eq!(Encoding::strip("pkg/a.js.br"), "pkg/a.js");
        assert_eq!(Encoding::strip("pkg/a.js"), "pkg/a.js");
        assert_eq!(Encoding::strip("br"), "br");
    }
}
