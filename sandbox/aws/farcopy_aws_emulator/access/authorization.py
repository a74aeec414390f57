"""Whether a caller may do something: all policies that speak of it, put together.

Sources: IAM user guide, "Policy evaluation logic" and "Cross-account policy evaluation logic"; KMS developer guide,
"Key policies in AWS KMS" and "Grants in AWS KMS": a key's policy or a grant decides, and leaves it to identity policies
where it names an account. Words: IAM user guide, "Troubleshoot access denied error messages".

Without `enforcePermissions`, what no identity policy speaks of is allowed; denials, trust and keys always count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Any

from moto.iam.models import ManagedPolicy, iam_backends
from moto.kms.models import Key

from ..call import Call
from .policy import Request, ResourceVerdict, explicit_deny, identity_statements, resource_verdict
from .principal import Principal


class Authorization:
    def __init__(self) -> None:
        self.enforced = False
        #: Service control policies, by account.
        self.control_policies: dict[str, list[str]] = {}
        self._used: Counter[tuple[str, str, str, str, str]] = Counter()
        self._missing: Counter[tuple[str, str, str, str]] = Counter()
        self._lock = Lock()

    def identity_refusal(self, principal: Principal, request: Request, allowed: bool = False) -> str | None:
        """Why the policies of the caller's own account do not let it do that, or None.

        `allowed` is whether something else allows it already, so that only denials count.
        """
        if principal.is_root:
            return None
        if explicit_deny(self.control_policies.get(principal.account, ()), request):
            return _refusal(principal, request, "with an explicit deny in a service control policy")
        policies, boundary = _policies_of(principal)
        narrowing = {
            "session policy": principal.session_policy,
            "permissions boundary": boundary,
        }
        for kind, document in {"identity-based policy": policies, **narrowing}.items():
            documents = list(document.values()) if isinstance(document, dict) else [document] if document else []
            if explicit_deny(documents, request):
                article = "an" if kind[0] == "i" else "a"
                return _refusal(principal, request, f"with an explicit deny in {article} {kind}")
        if not self.enforced:
            return None
        if not allowed and not self._allows(principal, policies, request):
            with self._lock:
                self._missing[principal.account, _name(principal), request.action, request.resource] += 1
            return _refusal(principal, request, f"because no identity-based policy allows the {request.action} action")
        for kind, document in narrowing.items():
            if document and not any(one.effect == "Allow" for one in identity_statements(document, request)):
                return _refusal(principal, request, f"because no {kind} allows the {request.action} action")
        return None

    def key_refusal(self, principal: Principal, key: Key, request: Request) -> str | None:
        """Why the caller may not do that with a key, or None."""
        verdict = resource_verdict(key.policy, principal, request)
        own = key.account_id == principal.account
        if verdict == "silent" and _granted(key, principal, request.action):
            # [!] A grant to another account's role is taken to be enough.
            verdict, own = "named", True
        return self._refusal_with_resource(principal, request, verdict, own)

    def bucket_refusal(self, principal: Principal, owner: str, policy: str | None, request: Request) -> str | None:
        """Why the caller may not do that in a bucket, or None."""
        if principal.is_root and principal.account == owner:
            return None
        verdict = resource_verdict(policy, principal, request) if policy else "silent"
        if owner == principal.account and verdict == "silent":
            verdict = "account"
        return self._refusal_with_resource(principal, request, verdict, owner == principal.account)

    def used(self) -> dict[str, Any]:
        """Which statements have allowed which actions to whom, and what nothing has allowed."""
        with self._lock:
            used = ("account", "role", "policy", "statement", "action")
            missing = ("account", "role", "action", "resource")
            return {
                "used": [{**dict(zip(used, key, strict=True)), "count": n} for key, n in sorted(self._used.items())],
                "missing": [
                    {**dict(zip(missing, key, strict=True)), "count": n} for key, n in sorted(self._missing.items())
                ],
            }

    def forget(self) -> None:
        with self._lock:
            self._used.clear()
            self._missing.clear()

    def clear(self) -> None:
        self.enforced = False
        self.control_policies.clear()
        self.forget()

    def _refusal_with_resource(
        self, principal: Principal, request: Request, verdict: ResourceVerdict, own: bool
    ) -> str | None:
        if verdict == "deny":
            return _refusal(principal, request, "with an explicit deny in a resource-based policy")
        if verdict == "silent":
            reason = f"because no resource-based policy allows the {request.action} action"
            return _refusal(principal, request, reason)
        # In its own account, what a resource allows to the caller itself needs no policy of the caller's.
        return self.identity_refusal(principal, request, allowed=own and verdict == "named")

    def _allows(self, principal: Principal, policies: Mapping[str, str], request: Request) -> bool:
        for name, document in policies.items():
            for statement in identity_statements(document, request):
                with self._lock:
                    self._used[principal.account, _name(principal), name, statement.sid, request.action] += 1
                return True
        return False


def _policies_of(principal: Principal) -> tuple[dict[str, str], str | None]:
    """The identity policies of a role or a user by their names, and the boundary of its permissions."""
    iam = iam_backends[principal.account]["aws"]
    if principal.role_arn is not None:
        owner: Any = next((role for role in iam.roles.values() if role.arn == principal.role_arn), None)
    else:
        owner = next((user for user in iam.users.values() if user.arn == principal.arn), None)
    if owner is None:
        return {}, None
    managed = {policy.name: _document_of(policy) for policy in owner.managed_policies.values()}
    boundary_arn = getattr(owner, "permissions_boundary_arn", None)
    boundary = _document_of(iam.managed_policies[boundary_arn]) if boundary_arn in iam.managed_policies else None
    return {**managed, **owner.policies}, boundary


def _document_of(policy: ManagedPolicy) -> str:
    return next(str(one.document) for one in policy.versions if one.version_id == policy.default_version_id)


def _granted(key: Key, principal: Principal, action: str) -> bool:
    operation = action.removeprefix("kms:")
    return any(
        operation in grant.operations and grant.grantee_principal in principal.policy_names
        for grant in key.grants.values()
    )


def _name(principal: Principal) -> str:
    return principal.role_name or principal.arn.rpartition("/")[2]


def _refusal(principal: Principal, request: Request, reason: str) -> str:
    on = "" if request.resource == "*" else f" on resource: {request.resource}"
    return f"User: {principal.arn} is not authorized to perform: {request.action}{on} {reason}"


def values(**context: str | Iterable[str] | None) -> dict[str, tuple[str, ...]]:
    """Values of condition keys, `aws_PrincipalArn="…"` for `aws:PrincipalArn`; None is no value."""
    return {
        key.replace("_", ":", 1).lower(): (value,) if isinstance(value, str) else tuple(value)
        for key, value in context.items()
        if value is not None
    }


def context_of(call: Call, owner: str | None, **more: str | Iterable[str] | None) -> dict[str, tuple[str, ...]]:
    """The condition keys that every call has; `owner` is the account whose resource it is about."""
    principal = call.principal
    assert principal is not None
    return values(
        aws_PrincipalArn=principal.role_arn or principal.arn,
        aws_PrincipalAccount=principal.account,
        aws_RequestedRegion=call.region,
        aws_ResourceAccount=owner,
        **more,
    )
