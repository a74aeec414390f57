"""Who makes a call."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Principal:
    """A caller: a user, an assumed role's session, or an account nobody seeded a user in.

    `arn` is what GetCallerIdentity answers; `role_arn` is set for sessions of a role.
    """

    account: str
    arn: str
    role_arn: str | None = None
    #: The policy that the session was narrowed by when it was opened.
    session_policy: str | None = None

    @property
    def is_root(self) -> bool:
        """An account's owner, whom no policy of the account binds."""
        return self.role_arn is None and self.arn == f"arn:aws:iam::{self.account}:root"

    @property
    def own_names(self) -> frozenset[str]:
        """What a policy may call this principal and no other."""
        return frozenset({self.arn, self.role_arn} - {None})  # type: ignore[arg-type]

    @property
    def role_name(self) -> str | None:
        return self.role_arn.rpartition("/")[2] if self.role_arn else None

    @property
    def policy_names(self) -> frozenset[str]:
        """Everything a policy may call this principal, its account included."""
        names = {self.account, f"arn:aws:iam::{self.account}:root", self.arn}
        if self.role_arn:
            names.add(self.role_arn)
        return frozenset(names)
