"""Every secret that the emulator has given to anybody, so that tests can look for them where none may be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from moto.iam.models import iam_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sts.models import sts_backends


def issued_secrets() -> dict[str, Any]:
    """Those of sessions that have expired and of versions that were replaced are among them."""
    issued = [*_keys_of_users(), *_credentials_of_sessions(), *_kept_secrets()]
    return {"secrets": [{"name": name, "value": value} for name, value in dict.fromkeys(issued)]}


def _keys_of_users() -> Iterator[tuple[str, str]]:
    for account, backends in list(iam_backends.items()):
        for key in backends["aws"].access_keys.values():
            # moto keeps the keys of sessions here, too.
            if key.user_name:
                yield f"secret access key of user {account}/{key.user_name}", key.secret_access_key


def _credentials_of_sessions() -> Iterator[tuple[str, str]]:
    for _, backends in list(sts_backends.items()):
        for session in backends["aws"].assumed_roles:
            yield f"secret access key of {session.arn}", session.secret_access_key
            yield f"session token of {session.arn}", session.session_token


def _kept_secrets() -> Iterator[tuple[str, str]]:
    for account, regions in list(secretsmanager_backends.items()):
        for region, backend in list(regions.items()):
            for secret in backend.secrets.values():
                for version in secret.versions.values():
                    yield f"secret {secret.name} ({account}/{region})", _password(version.get("secret_string") or "")


def _password(text: str) -> str:
    """The password in a secret of the form that RDS gives them, else the whole."""
    try:
        document = json.loads(text)
    except ValueError:
        return text
    password = document.get("password") if isinstance(document, dict) else None
    return password if isinstance(password, str) else text
