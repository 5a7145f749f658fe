//! Who a token stands for, judged against the database at every request.

use std::sync::Arc;

use super::claims::{Claims, Subject};
use super::{Accounts, Result, TokenError};
use crate::model::{SessionId, SignedIn, User, UserId, Viewer};
use crate::store::Found;

/// The user behind a token that was judged, and the token's session.
pub(super) struct Bearer {
    pub(super) user: Arc<User>,
    pub(super) session: Option<SessionId>,
    /// Whether the session was given a refresh token.
    pub(super) has_refresh_token: bool,
}

impl Accounts {
    /// Who sends `token`. A token whose user is gone is anonymous, as are requests without one.
    ///
    /// # Errors
    /// What is wrong with the token.
    pub(crate) async fn viewer(&self, token: Option<&str>) -> Result<Viewer> {
        let Some(token) = token else {
            return Ok(Viewer::Anonymous);
        };
        let claims = self.0.tokens.decode(token, self.clock().now_seconds())?;
        let bearer = self.bearer(&claims).await?;
        Ok(bearer.map_or(Viewer::Anonymous, |bearer| {
            Viewer::User(Box::new(SignedIn {
                user: bearer.user,
                session: bearer.session,
            }))
        }))
    }

    /// The claims of `token`, if it is valid now: ended sessions and disabled users have no valid tokens.
    ///
    /// # Errors
    /// What is wrong with the token.
    pub(crate) async fn verify(&self, token: Option<&str>) -> Result<Claims> {
        let token = token.ok_or(TokenError::Required)?;
        let claims = self.0.tokens.decode(token, self.clock().now_seconds())?;
        // A token of the same key that names nobody can be verified, as by the peer; it stands for nobody here.
        match claims.subject() {
            Err(TokenError::InvalidPayload) => {}
            subject => {
                let bearer = self.bearer_of(&claims, subject?).await?;
                bearer.ok_or(TokenError::Invalid)?;
            }
        }
        Ok(claims)
    }

    /// The user that `claims` name; None where there is no such user any more.
    pub(super) async fn bearer(&self, claims: &Claims) -> Result<Option<Bearer>> {
        self.bearer_of(claims, claims.subject()?).await
    }

    async fn bearer_of(&self, claims: &Claims, subject: &Subject) -> Result<Option<Bearer>> {
        let mut has_refresh_token = false;
        let (user, session) = match subject {
            Subject::Id(id, Some(session)) => {
                let Some((user, found)) = self.find_in_session(*id, session).await? else {
                    return Ok(None);
                };
                match found {
                    Found::GoesOn {
                        has_refresh_token: has,
                    } => has_refresh_token = has,
                    // That the user is disabled says more than that their sessions ended with it.
                    Found::Ended if user.is_active => return Err(TokenError::SessionEnded.into()),
                    Found::Ended => {}
                }
                (Some(user), Some(session.clone()))
            }
            Subject::Id(id, None) => (self.store().find_user(*id).await?.map(Arc::new), None),
            // To the letter: Django tells names apart that differ only in letter case, and one of two such people was
            // not taken over.
            Subject::Username(name) => match crate::model::folded(name) {
                Some(key) => {
                    let found = self.store().find_user_by_username(&key).await?;
                    let found = found.filter(|user| user.username == *name);
                    (found.map(Arc::new), None)
                }
                None => (None, None),
            },
        };
        let Some(user) = user else {
            return Ok(None);
        };
        if !user.is_active {
            return Err(TokenError::UserDisabled.into());
        }
        // Without a session only its age tells whether a token is older than the password.
        let since = user.password_changed_at.max(user.sessionless_since);
        if session.is_none() && self.0.tokens.made(claims) < since.div_euclid(1_000_000) {
            return Err(TokenError::SessionEnded.into());
        }
        Ok(Some(Bearer {
            user,
            session,
            has_refresh_token,
        }))
    }

    async fn find_in_session(
        &self,
        id: UserId,
        session: &SessionId,
    ) -> Result<Option<(Arc<User>, Found)>> {
        let now = self.clock().now_micros();
        Ok(self.store().find_user_in_session(id, session, now).await?)
    }
}
