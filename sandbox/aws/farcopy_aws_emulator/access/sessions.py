"""Which account and principal an access key belongs to, and until when."""

from __future__ import annotations

from dataclasses import dataclass

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

from .principal import Principal


@dataclass(frozen=True)
class Session:
    principal: Principal
    expires_at: float


class SessionBook:
    """The credentials of assumed roles; those of users are moto's."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    def open(self, access_key: str, principal: Principal, expires_at: float) -> None:
        self._sessions[access_key] = Session(principal, expires_at)

    def find(self, access_key: str | None) -> Session | None:
        return self._sessions.get(access_key) if access_key else None

    def principal_of(self, access_key: str | None, account_header: str | None) -> Principal:
        """The caller. `account_header` is moto's x-moto-account-id, which overrides the key's account."""
        if account_header:
            return Principal(account_header, f"arn:aws:iam::{account_header}:root")
        if session := self.find(access_key):
            return session.principal
        for account, backends in list(iam_backends.items()):
            iam = backends["aws"]
            key = iam.access_keys.get(access_key) if access_key else None
            if key is None:
                continue
            if key.user_name:
                return Principal(account, iam.get_user(key.user_name).arn)
            return Principal(account, f"arn:aws:iam::{account}:root", key.role_arn)
        # moto's own answer to an access key that nobody seeded.
        return Principal(DEFAULT_ACCOUNT_ID, f"arn:aws:sts::{DEFAULT_ACCOUNT_ID}:user/moto")

    def clear(self) -> None:
        self._sessions.clear()
