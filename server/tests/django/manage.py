"""Does what the tests ask: each line of standard input is a JSON object with a word in `do` and what the word needs,
and is answered by one line of JSON. One process does many things, because starting one takes a second."""

import json
import os
import sys
import time

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

import django

django.setup()

from django.core.management import call_command
from django.test import Client

import people


def migrate():
    """Makes the tables, by the migrations of Django and of django-graphql-jwt."""
    call_command("migrate", run_syncdb=True, verbosity=0)


def ask(requests):
    """Sends requests, one after the other: a status and a body for each, which is null where it is no JSON."""
    client = Client(raise_request_exception=False)
    return [answer(client, **request) for request in requests]


def answer(client, method, path, content_type, body, authorization):
    headers = {} if authorization is None else {"HTTP_AUTHORIZATION": authorization}
    response = client.generic(method, path, body, content_type, **headers)
    is_json = response.headers["Content-Type"].startswith("application/json")
    return {
        "status": response.status_code,
        "allow": response.headers.get("Allow"),
        "body": response.json() if is_json else None,
    }


def dump(path):
    """What `manage.py dumpdata` writes."""
    call_command("dumpdata", output=path, verbosity=0)


def now():
    """What Django's clock shows."""
    return int(time.time())


WORDS = {
    "now": now,
    "migrate": migrate,
    "ask": ask,
    "dump": dump,
    "create_everybody": people.create_everybody,
    "create": people.create,
    "create_customers": people.create_customers,
    "can_log_in": people.can_log_in,
    "issue_tokens": people.issue_tokens,
}

for line in sys.stdin:
    order = json.loads(line)
    result = WORDS[order.pop("do")](**order)
    print(json.dumps(result), flush=True)
