//! Counts a document's tokens and nesting without parsing it (GraphQL specification, section 2.1).

/// The number of tokens, counted to one beyond `most`, and the deepest nesting of brackets up to there.
pub(super) fn measure(document: &str, most: usize) -> (usize, usize) {
    let bytes = document.as_bytes();
    let (mut at, mut tokens, mut nesting, mut deepest) = (0, 0, 0_usize, 0);
    while at < bytes.len() && tokens <= most {
        let start = at;
        at = match bytes[at] {
            b' ' | b'\t' | b'\n' | b'\r' | b',' | 0xEF | 0xBB | 0xBF => {
                at += 1;
                continue;
            }
            b'#' => {
                at = skip(bytes, at, |byte| !matches!(byte, b'\n' | b'\r'));
                continue;
            }
            b'"' => string(bytes, at),
            b'.' => skip(bytes, at, |byte| byte == b'.'),
            byte if is_word(byte) => skip(bytes, at, is_word),
            _ => at + 1,
        };
        match bytes[start] {
            b'{' | b'[' | b'(' => nesting += 1,
            b'}' | b']' | b')' => nesting = nesting.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(nesting);
        tokens += 1;
    }
    (tokens, deepest)
}

/// Names and numbers; a sign or a fraction makes one number count as a few, which harms nobody.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn skip(bytes: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> usize {
    bytes[from..]
        .iter()
        .position(|byte| !wanted(*byte))
        .map_or(bytes.len(), |length| from + length)
}

/// Where the string or block string that begins at `from` ends.
fn string(bytes: &[u8], from: usize) -> usize {
    let block = bytes[from..].starts_with(b"\"\"\"");
    let mark: &[u8] = if block { b"\"\"\"" } else { b"\"" };
    let mut at = from + mark.len();
    while at < bytes.len() {
        if block && bytes[at..].starts_with(b"\\\"\"\"") {
            at += 4;
        } else if !block && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at..].starts_with(mark) {
            return at + mark.len();
        } else {
            at += 1;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::measure;

    #[test]
    fn tokens_are_counted_as_the_specification_does() {
        assert_eq!(measure("{ me { id, username } }", 1_000), (7, 2));
        assert_eq!(measure("# nothing { { {\n{a}", 1_000), (3, 1));
        assert_eq!(measure(r#"{ a(b: "x } \" y") ...F }"#, 1_000), (10, 2));
        assert_eq!(measure(r#"{ a(b: """x " { \""" y""") }"#, 1_000), (8, 2));
    }

    #[test]
    fn what_is_broken_is_counted_too() {
        assert_eq!(measure("\"never closed \\", 1_000), (1, 0));
        assert_eq!(measure("}}}{", 1_000), (4, 1));
        assert_eq!(measure("", 1_000), (0, 0));
    }

    #[test]
    fn counting_stops_beyond_the_limit() {
        assert_eq!(measure(&"a ".repeat(50_000), 1_000).0, 1_001);
    }
}
