//! Users and refresh tokens as they come from elsewhere: texts, of which nothing has been checked.

/// What is known of a user, by the names of the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Id,
    Username,
    Email,
    /// Whether the e-mail address is one to log in with: with two of the same, only one is.
    EmailUsable,
    FirstName,
    LastName,
    PasswordHash,
    IsActive,
    IsStaff,
    IsSuperuser,
    LastLogin,
    DateJoined,
    PasswordChangedAt,
}

impl Column {
    /// All of them, in the order in which they are written.
    pub(crate) const ALL: [Self; 13] = [
        Self::Id,
        Self::Username,
        Self::Email,
        Self::EmailUsable,
        Self::FirstName,
        Self::LastName,
        Self::PasswordHash,
        Self::IsActive,
        Self::IsStaff,
        Self::IsSuperuser,
        Self::LastLogin,
        Self::DateJoined,
        Self::PasswordChangedAt,
    ];

    /// Those without which nobody is a user.
    pub(crate) const REQUIRED: [Self; 3] = [Self::Id, Self::Username, Self::PasswordHash];

    /// The name in our own files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Username => "username",
            Self::Email => "email",
            Self::EmailUsable => "email_usable",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::PasswordHash => "password_hash",
            Self::IsActive => "is_active",
            Self::IsStaff => "is_staff",
            Self::IsSuperuser => "is_superuser",
            Self::LastLogin => "last_login",
            Self::DateJoined => "date_joined",
            Self::PasswordChangedAt => "password_changed_at",
        }
    }

    /// The name in Django's own table of users; None for what Django does not know.
    pub(crate) fn in_django(self) -> Option<&'static str> {
        match self {
            Self::EmailUsable | Self::PasswordChangedAt => None,
            Self::PasswordHash => Some("password"),
            other => Some(other.name()),
        }
    }

    /// Whether the column says yes or no.
    pub(crate) fn is_flag(self) -> bool {
        matches!(
            self,
            Self::EmailUsable | Self::IsActive | Self::IsStaff | Self::IsSuperuser
        )
    }
}

/// Which column of a Django table, or field of a model, holds what: where nothing is said, the one of the same name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ColumnMap(Vec<(Column, String)>);

impl ColumnMap {
    /// Reads `ours=theirs,…`.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut map = Vec::new();
        for pair in text.split(',') {
            let (ours, theirs) = pair
                .split_once('=')
                .map(|(ours, theirs)| (ours.trim(), theirs.trim()))
                .filter(|(_, theirs)| !theirs.is_empty())
                .ok_or("give pairs such as username=login,email=mail")?;
            let column = Column::ALL
                .into_iter()
                .find(|column| column.in_django() == Some(ours));
            let column = column.ok_or_else(|| {
                let known: Vec<_> = Column::ALL
                    .into_iter()
                    .filter_map(Column::in_django)
                    .collect();
                format!("{ours:?} is none of {}", known.join(", "))
            })?;
            if map.iter().any(|(given, _)| *given == column) {
                return Err(format!("{ours} is given twice"));
            }
            map.push((column, theirs.to_owned()));
        }
        Ok(Self(map))
    }

    /// The name of the column that holds `column`, and whether it was given; None for what Django does not know.
    pub(crate) fn theirs(&self, column: Column) -> Option<(&str, bool)> {
        let given = self.0.iter().find(|(given, _)| *given == column);
        match given {
            Some((_, theirs)) => Some((theirs, true)),
            None => column.in_django().map(|theirs| (theirs, false)),
        }
    }
}

/// A user as another program knows one. Never printed: it holds the password's hash.
#[derive(Clone, Default)]
pub(crate) struct SourceUser([Option<String>; Column::ALL.len()]);

impl SourceUser {
    /// What stands in a column; None where there is nothing, or no such column.
    pub(crate) fn get(&self, column: Column) -> Option<&str> {
        self.0[column as usize].as_deref()
    }

    /// Puts a value into a column.
    pub(crate) fn set(&mut self, column: Column, value: Option<String>) {
        self.0[column as usize] = value;
    }
}

/// Whose a refresh token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenOwner {
    /// The user with this id.
    Id(String),
    /// The user of this name.
    Username(String),
}

/// A refresh token as django-graphql-jwt stores one. Never printed: it opens a session.
#[derive(Clone)]
pub(crate) struct SourceToken {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) created: String,
    pub(crate) revoked: Option<String>,
    pub(crate) owner: TokenOwner,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_map_is_read_or_told_what_is_wrong() {
        let map = ColumnMap::parse("username=email, id = user_id").unwrap();
        assert_eq!(map.theirs(Column::Username), Some(("email", true)));
        assert_eq!(map.theirs(Column::Id), Some(("user_id", true)));
        assert_eq!(map.theirs(Column::PasswordHash), Some(("password", false)));
        assert_eq!(map.theirs(Column::PasswordChangedAt), None);
        for (wrong, sentence) in [
            ("", "give pairs"),
            ("username", "give pairs"),
            ("username=", "give pairs"),
            ("user=login", "is none of id, username, email, first_name"),
            ("email=a,email=b", "given twice"),
        ] {
            let said = ColumnMap::parse(wrong).unwrap_err();
            assert!(said.contains(sentence), "{wrong}: {said}");
        }
    }
}
