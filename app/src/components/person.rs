//! How a person is drawn and named.

use leptos::prelude::*;

/// Tones of the style sheet's avatars.
const TONES: usize = 6;

/// A round mark with the first letter of the name, always of the same tone for the same name.
pub(crate) fn avatar(username: &str) -> impl IntoView + use<> {
    let letter: String = username
        .chars()
        .take(1)
        .flat_map(char::to_uppercase)
        .collect();
    let tone = username.bytes().map(usize::from).sum::<usize>() % TONES;
    view! {
        <span class=format!("avatar avatar--{tone}") aria-hidden="true">
            {letter}
        </span>
    }
}

/// First and last name together; none if both are blank.
pub(crate) fn full_name(first: &str, last: &str) -> Option<String> {
    let name = format!("{first} {last}");
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::full_name;

    #[test]
    fn a_name_may_lack_either_half() {
        assert_eq!(
            full_name("Ada", "Lovelace").as_deref(),
            Some("Ada Lovelace")
        );
        assert_eq!(full_name("", "Lovelace").as_deref(), Some("Lovelace"));
        assert_eq!(full_name("Ada", "").as_deref(), Some("Ada"));
        assert_eq!(full_name("", ""), None);
    }
}
