"""A back end as the How to GraphQL tutorial makes it; what differs from test to test comes from the environment."""

import os
from urllib.parse import parse_qs, urlsplit


def database(source):
    """Django's words for a PostgreSQL URL, whose parameter `host` is a folder with a socket, or for an SQLite file."""
    if not source.startswith("postgres"):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": source}
    url = urlsplit(source)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.lstrip("/"),
        "USER": url.username or "",
        "PASSWORD": url.password or "",
        "HOST": parse_qs(url.query).get("host", [url.hostname])[0],
        "PORT": url.port or "",
    }


SECRET_KEY = os.environ["SECRET_KEY"]
DATABASES = {"default": database(os.environ["DATABASE"])}
AUTH_USER_MODEL = os.environ.get("AUTH_USER_MODEL", "auth.User")

ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "schema"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "graphene_django",
    "graphql_jwt.refresh_token.apps.RefreshTokenConfig",
]
if AUTH_USER_MODEL != "auth.User":
    INSTALLED_APPS.append(AUTH_USER_MODEL.split(".")[0])

GRAPHENE = {
    "SCHEMA": "schema.schema",
    "MIDDLEWARE": ["graphql_jwt.middleware.JSONWebTokenMiddleware"],
}
GRAPHQL_JWT = {
    "JWT_VERIFY_EXPIRATION": True,
    "JWT_LONG_RUNNING_REFRESH_TOKEN": "LONG_RUNNING" in os.environ,
}
AUTHENTICATION_BACKENDS = [
    "graphql_jwt.backends.JSONWebTokenBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# The tutorial's project has sessions too, of which its API makes no use.
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]

# Every one that Django 4.2 still recommends to have, the default first.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers." + name
    for name in [
        "PBKDF2PasswordHasher",
        "PBKDF2SHA1PasswordHasher",
        "Argon2PasswordHasher",
        "BCryptSHA256PasswordHasher",
        "BCryptPasswordHasher",
        "ScryptPasswordHasher",
    ]
]
if "CHEAP_HASHES" in os.environ:
    PASSWORD_HASHERS[0] = "people.Cheap"
