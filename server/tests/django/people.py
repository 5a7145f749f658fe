"""The users that are moved over: one of each hasher, and one for whatever else a real table holds."""

import json
import unicodedata
from datetime import datetime, timedelta, timezone

from django.contrib.auth import get_user_model, hashers
from django.test import Client
from graphql_jwt.refresh_token.models import RefreshToken
from graphql_jwt.shortcuts import get_token

JOINED = datetime(2019, 3, 4, 5, 6, 7, 891011, tzinfo=timezone.utc)


class Cheap(hashers.PBKDF2PasswordHasher):
    """The default hasher at the cost of nothing: what most users here are hashed with, to save time."""

    iterations = 1000


def everybody():
    """Each user: the name, and what differs from an ordinary user."""
    for hasher in hashers.get_hashers():
        yield f"by_{hasher.algorithm}", {"hasher": hasher.algorithm}
    yield "by_md5", {"hasher": hashers.MD5PasswordHasher()}
    yield "unusable", {"password": None}
    yield "ada", {"first_name": "Ada", "last_name": "Lovelace"}
    yield "staff", {"is_staff": True}
    yield "root", {"is_staff": True, "is_superuser": True}
    yield "inactive", {"is_active": False}
    # On a whole second, which SQLite stores without a fraction.
    yield "seen", {"last_login": datetime(2024, 2, 29, 23, 59, 59, tzinfo=timezone.utc)}
    yield "seen.lately", {"last_login": JOINED + timedelta(days=2000, microseconds=7)}
    zoe = {"first_name": "Zoë", "last_name": "Ångström", "email": "zoe@example.com"}
    yield "Zoë-Ångström", {"password": "пароль, 密码 и 🗝️", **zoe}
    yield "decomposed", {"password": unicodedata.normalize("NFD", "crème brûlée à la carte")}
    yield "composed", {"password": unicodedata.normalize("NFC", "crème brûlée à la carte")}
    yield "spaces", {"password": "  kept as typed "}
    yield "short", {"password": "123"}
    yield "kim@example.org", {"email": "kim@example.com"}
    yield "x" * 150, {"email": "long@example.com"}
    # The tutorial's createUser checks nothing.
    yield "two words", {"email": "two.words@example.com"}
    # What Django takes for two users, and Latchkey for one.
    yield "Robin", {"email": "robin.1@example.com"}
    yield "robin", {"email": "robin.2@example.com"}
    yield "first", {"email": "shared@example.com"}
    yield "second", {"email": "Shared@Example.com"}
    yield "nowhere", {"email": "nowhere"}
    yield "silent", {"email": ""}
    yield "mute", {"email": ""}


def create_everybody():
    """Creates them, and tells about each what the tests compare. One id is left out, as where a user was deleted."""
    told = []
    for name, differs in everybody():
        told.append(create(name, **differs))
        if name == "unusable":
            get_user_model().objects.create(username="deleted").delete()
    return told


def create(username, password="the old words, 42", hasher=None, **fields):
    """Creates a user."""
    defaults = {"email": f"{username}@example.com", "date_joined": JOINED}
    user = get_user_model()(username=username, **{**defaults, **fields})
    user.password = hashers.make_password(password, hasher=hasher or Cheap())
    user.save()
    shown = ["id", "username", "email", "first_name", "last_name", "is_active", "is_staff", "is_superuser"]
    return {
        **{name: getattr(user, name) for name in shown},
        "date_joined": shown_time(user.date_joined),
        "last_login": user.last_login and shown_time(user.last_login),
        "algorithm": user.password.split("$")[0],
        "password": password,
    }


def can_log_in(encoded, password):
    """Whether a hash is one that Django reads, and of this password."""
    return hashers.check_password(password, encoded)


def shown_time(time):
    return time.isoformat(timespec="microseconds")


def create_customers():
    """Creates users of the app's own kind."""
    rows = [("eve@example.com", "Eve", True, True), ("mallory@example.com", "Mallory", False, False)]
    for email, name, enabled, employee in rows:
        get_user_model().objects.create(
            email=email,
            given_name=name,
            family_name="Miller",
            enabled=enabled,
            employee=employee,
            since=JOINED,
            password=hashers.make_password("the old words, 42", hasher=Cheap()),
        )


def issue_tokens(username, password):
    """Logs in by the API, and makes of the refresh tokens one good, one revoked and one expired."""
    user = get_user_model().objects.get(username=username)
    logins = [log_in(username, password) for _ in range(3)]
    good, revoked, expired = [login["refreshToken"] for login in logins]
    query("mutation ($t: String) { revokeToken(refreshToken: $t) { revoked } }", t=revoked)
    # Beyond what django-graphql-jwt gives them, and what Latchkey does.
    long_ago = datetime.now(timezone.utc) - timedelta(days=60)
    RefreshToken.objects.filter(token=expired).update(created=long_ago)
    return {
        **logins[0],
        "expired": get_token(user, exp=logins[0]["payload"]["origIat"] - 1),
        "refresh": {"good": good, "revoked": revoked, "expired": expired},
    }


def log_in(username, password):
    document = """mutation ($u: String!, $p: String!) {
        tokenAuth(username: $u, password: $p) { token payload refreshExpiresIn refreshToken } }"""
    return query(document, u=username, p=password)["tokenAuth"]


def query(document, **variables):
    body = json.dumps({"query": document, "variables": variables})
    response = Client().post("/graphql/", body, content_type="application/json").json()
    if "errors" in response:
        raise RuntimeError(response)
    return response["data"]
