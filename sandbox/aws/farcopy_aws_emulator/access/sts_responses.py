"""AssumeRole that asks the role's trust policy, and credentials that expire.

Sources: STS API reference, AssumeRole (1 hour at most when roles are chained; names of sessions); IAM user guide,
"Access to AWS accounts owned by third parties" (ExternalId).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, ClassVar

from moto.core.responses import ActionResult
from moto.iam.models import Role, iam_backends
from moto.sts.responses import TokenResponse

from ..call import CURRENT_CALL
from ..clock import naive_utc
from ..service_errors import AwsError
from .authorization import values
from .policy import Request, resource_verdict
from .principal import Principal

if TYPE_CHECKING:
    from ..emulator import Emulator

_CHAINED_SECONDS = 3600


class EmulatedStsResponse(TokenResponse):
    emulator: ClassVar[Emulator]

    def assume_role(self) -> ActionResult:
        caller = CURRENT_CALL.get().principal
        assert caller is not None
        role_arn = self._get_param("RoleArn") or ""
        session_name = self._get_param("RoleSessionName") or ""
        duration = self._get_int_param("DurationSeconds", 3600)
        role = self._trusting_role(caller, role_arn, self._get_param("ExternalId"))
        self._check_request(caller, role, session_name, duration)
        assumed = self.backend.assume_role(
            region_name=self.region,
            role_session_name=session_name,
            role_arn=role_arn,
            policy=self._get_param("Policy"),
            duration=duration,
            external_id=self._get_param("ExternalId"),
        )
        longest = self.emulator.settings.session_seconds
        expires_at = self.emulator.clock.now() + (duration if longest is None else min(duration, longest))
        assumed.expiration = naive_utc(expires_at)
        principal = Principal(assumed.account_id, assumed.arn, role_arn, self._get_param("Policy"))
        self.emulator.sessions.open(assumed.access_key_id, principal, expires_at)
        return ActionResult(
            {
                "Credentials": assumed,
                "AssumedRoleUser": {"AssumedRoleId": assumed.user_id, "Arn": assumed.arn},
                "PackedPolicySize": 6,
            }
        )

    def get_caller_identity(self) -> ActionResult:
        identity: dict[str, Any] = dict(super().get_caller_identity().result)  # type: ignore[call-overload]
        caller = CURRENT_CALL.get().principal
        assert caller is not None
        return ActionResult({**identity, "Arn": caller.arn, "Account": caller.account})

    def _trusting_role(self, caller: Principal, role_arn: str, external_id: str | None) -> Role:
        """The role, if it exists and its trust policy lets the caller in; one answer for both, as AWS does."""
        match = re.fullmatch(r"arn:aws[\w-]*:iam::(\d{12}):role/.+", role_arn)
        roles = iam_backends[match[1]]["aws"].roles.values() if match else ()
        role = next((role for role in roles if role.arn == role_arn), None)
        if role is not None:
            document = role.assume_role_policy_document
            trust = document if isinstance(document, str) else json.dumps(document)
            context = values(
                sts_ExternalId=external_id,
                sts_RoleSessionName=self._get_param("RoleSessionName"),
                aws_PrincipalArn=caller.role_arn or caller.arn,
                aws_PrincipalAccount=caller.account,
                aws_ResourceAccount=role.account_id,
            )
            request = Request("sts:AssumeRole", role_arn, context)
            verdict = resource_verdict(trust, caller, request)
            named = verdict == "named" and role.account_id == caller.account
            allows = self.emulator.authorization.identity_refusal(caller, request, allowed=named) is None
            if verdict in ("named", "account") and allows:
                return role
        raise AwsError(
            403,
            "AccessDenied",
            f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}",
        )

    @staticmethod
    def _check_request(caller: Principal, role: Role, session_name: str, duration: int) -> None:
        if not re.fullmatch(r"[\w+=,.@-]{2,64}", session_name, re.ASCII):
            raise AwsError(
                400,
                "ValidationError",
                f"1 validation error detected: Value '{session_name}' at 'roleSessionName' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]{2,64}",
            )
        if caller.role_arn and duration > _CHAINED_SECONDS:
            raise AwsError(
                400,
                "ValidationError",
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
            )
        if not 900 <= duration <= int(role.max_session_duration or _CHAINED_SECONDS):
            raise AwsError(
                400,
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            )
