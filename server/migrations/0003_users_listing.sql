-- What lists of users need to be quick at any depth: indexes in every order that is offered, and a count.
{{#postgres}}
-- Bytewise, as SQLite compares: so that one index serves equality, order and beginnings, whatever the database's
-- collation is.
ALTER TABLE users
    ALTER COLUMN username_key TYPE TEXT COLLATE "C",
    ALTER COLUMN email_key TYPE TEXT COLLATE "C";
{{/postgres}}
-- The name tells apart who joined in the same microsecond; it is unique, and has an index of its own for that.
CREATE INDEX users_by_date_joined ON users (date_joined, username_key);

-- How many users there are: the sum of all rows. Triggers keep it, in the transactions that add and delete users. It
-- follows from the table users: whoever copies tables leaves it out.
CREATE TABLE user_counts (
    shard {{identity}},
    users BIGINT NOT NULL
);

INSERT INTO user_counts (users) SELECT COUNT(*) FROM users;
{{#sqlite}}

-- There is one writer, so one row does.
CREATE TRIGGER count_added_users AFTER INSERT ON users BEGIN
    UPDATE user_counts SET users = users + 1;
END;

CREATE TRIGGER count_deleted_users AFTER DELETE ON users BEGIN
    UPDATE user_counts SET users = users - 1;
END;
{{/sqlite}}
{{#postgres}}

-- Takes any row that nobody holds, or adds one. So transactions never wait for each other here, which also means that
-- they cannot wait in a circle; there are never more rows than there were transactions at a time. Once for each
-- statement, not for each user: an import adds a thousand by one.
CREATE FUNCTION count_users() RETURNS TRIGGER LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    difference BIGINT;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        UPDATE user_counts SET users = 0;
        RETURN NULL;
    END IF;
    SELECT COUNT(*) INTO difference FROM changed;
    IF TG_OP = 'DELETE' THEN
        difference := -difference;
    END IF;
    IF difference <> 0 THEN
        UPDATE user_counts SET users = users + difference
        WHERE shard = (SELECT shard FROM user_counts LIMIT 1 FOR UPDATE SKIP LOCKED);
        IF NOT FOUND THEN
            INSERT INTO user_counts (users) VALUES (difference);
        END IF;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER count_added_users AFTER INSERT ON users
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_users();
CREATE TRIGGER count_deleted_users AFTER DELETE ON users
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_users();
CREATE TRIGGER count_truncated_users AFTER TRUNCATE ON users
    FOR EACH STATEMENT EXECUTE FUNCTION count_users();
{{/postgres}}
