-- People. Ids are never reused: other tables of an app refer to them.
-- Times are microseconds since 1970-01-01 UTC. The *_key columns hold the folded form that uniqueness is judged by.
CREATE TABLE users (
    id                  {{identity}},
    username            TEXT    NOT NULL,
    username_key        TEXT    NOT NULL UNIQUE,
    email               TEXT    NOT NULL,
    email_key           TEXT    UNIQUE, -- NULL where there is no address
    first_name          TEXT    NOT NULL DEFAULT '',
    last_name           TEXT    NOT NULL DEFAULT '',
    password_hash       TEXT    NOT NULL,
    is_active           BOOLEAN NOT NULL DEFAULT TRUE,
    is_staff            BOOLEAN NOT NULL DEFAULT FALSE,
    is_superuser        BOOLEAN NOT NULL DEFAULT FALSE,
    last_login          BIGINT,
    date_joined         BIGINT  NOT NULL,
    password_changed_at BIGINT  NOT NULL
);

-- Log-ins. A token names its session; a session that is gone ends every token it was given.
CREATE TABLE sessions (
    id         TEXT   NOT NULL PRIMARY KEY,
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
