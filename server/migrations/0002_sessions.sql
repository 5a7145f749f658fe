-- What people are shown of where they are signed in, how sessions end, and refresh tokens.
-- Times are microseconds since 1970-01-01 UTC.
ALTER TABLE sessions ADD COLUMN last_used_at BIGINT NOT NULL DEFAULT 0; -- the log-in or the last refresh
ALTER TABLE sessions ADD COLUMN ip_address TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN authenticated_by TEXT NOT NULL DEFAULT 'password'; -- password, token, import
ALTER TABLE sessions ADD COLUMN ended_at BIGINT; -- NULL while it goes on
ALTER TABLE sessions ADD COLUMN ended_by TEXT; -- log_out, revoked, password, disabled, reuse
-- The refresh token that is good now: the beginning that all tokens of the session share, and the hash of the whole.
-- NULL where the session was never given one.
ALTER TABLE sessions ADD COLUMN refresh_selector TEXT;
ALTER TABLE sessions ADD COLUMN refresh_hash TEXT;

UPDATE sessions SET last_used_at = created_at;

-- Tokens that belong to no session are accepted only if they were made after this: everybody who is logged out everywhere
-- sets it.
ALTER TABLE users ADD COLUMN sessionless_since BIGINT NOT NULL DEFAULT 0;

CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE UNIQUE INDEX sessions_by_refresh_selector ON sessions (refresh_selector);

-- Refresh tokens that were exchanged a moment ago: within the grace window they are answered with their successor.
CREATE TABLE spent_refresh_tokens (
    hash       TEXT   NOT NULL PRIMARY KEY,
    session_id TEXT   NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    spent_at   BIGINT NOT NULL
);

CREATE INDEX spent_refresh_tokens_by_session ON spent_refresh_tokens (session_id);
