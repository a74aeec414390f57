"""KMS calls, checked against the key's policy, on keys of other accounts too.

Sources: KMS API reference, "Cross-account use" of each operation (a key of another account is named by its ARN);
KMS developer guide, "Key policies in AWS KMS", "Retiring and revoking grants" (whom a grant names to retire it needs
nothing else); "Testing your permissions" (`DryRun`); CreateGrant: the same name and content is the same grant.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from moto.core.common_types import TYPE_RESPONSE
from moto.kms.responses import KmsResponse

from ..call import CURRENT_CALL
from ..service_errors import AwsError
from .authorization import values
from .keys import find_key, key_request
from .policy import Request

if TYPE_CHECKING:
    from moto.kms.models import Key

    from ..call import Call
    from ..emulator import Emulator


class EmulatedKmsResponse(KmsResponse):
    emulator: ClassVar[Emulator]

    def call_action(self) -> TYPE_RESPONSE:
        """Lets the action pass if the key permits it, and lets it see the account that owns the key."""
        call = CURRENT_CALL.get()
        assert call.principal is not None
        authorization = self.emulator.authorization
        name = call.parameters.get("KeyId")
        key = find_key(name, self.current_account, self.region) if name else None
        action = f"kms:{call.action}"
        if key is None:
            refusal = authorization.identity_refusal(call.principal, Request(action, "*", values()))
        elif call.action == "RetireGrant" and _may_retire(call, key):
            refusal = None
        else:
            request = key_request(key, call.principal, action, **_of_grant(call), **self._encryption_context())
            refusal = authorization.key_refusal(call.principal, key, request)
        if refusal:
            raise AwsError(400, "AccessDeniedException", refusal)
        if key is not None:
            self.current_account = key.account_id
        if call.parameters.get("DryRun") == "true":
            raise AwsError(
                412, "DryRunOperationException", "The request would have succeeded, but the DryRun option is set."
            )
        return super().call_action()

    def _encryption_context(self) -> dict[str, str]:
        """Condition keys `kms:EncryptionContext:{name}`."""
        context = self._get_param("EncryptionContext") or {}
        return {f"kms_EncryptionContext:{name}": value for name, value in context.items()}

    def create_grant(self) -> str:
        key = find_key(self._get_param("KeyId"), self.current_account, self.region)
        name = self._get_param("Name")
        same = ("GranteePrincipal", "RetiringPrincipal", "Operations")
        for grant in key.grants.values() if key and name else ():
            if grant.name == name and all(grant.to_json()[member] == self._get_param(member) for member in same):
                return json.dumps({"GrantId": grant.id, "GrantToken": grant.token})
        return super().create_grant()

    def list_grants(self) -> str:
        found = json.loads(super().list_grants())
        grantee = self._get_param("GranteePrincipal")
        grants = [one for one in found["Grants"] if grantee in (None, one["GranteePrincipal"])]
        return json.dumps({"Grants": grants, "Truncated": False})

    def _validate_key_policy(self, key_id: str, action: str) -> None:
        """`call_action` has asked already; moto takes a Deny for one principal as meant for everybody."""

    def _get_param(self, param_name: str, if_none: Any = None) -> Any:
        value = super()._get_param(param_name, if_none)
        # moto reads a foreign key only by its id: the account is chosen above.
        if param_name == "KeyId" and isinstance(value, str) and ":alias/" in value:
            return f"alias/{value.partition(':alias/')[2]}"
        return value


def _of_grant(call: Call) -> dict[str, Any]:
    """What a request for a grant that somebody makes himself, not a service, says of it."""
    if call.action != "CreateGrant":
        return {}
    return {
        "kms_GrantIsForAWSResource": "false",
        "kms_GranteePrincipal": call.parameters.get("GranteePrincipal"),
        "kms_RetiringPrincipal": call.parameters.get("RetiringPrincipal"),
        "kms_GrantOperations": call.values_of("Operations"),
    }


def _may_retire(call: Call, key: Key) -> bool:
    grant = key.grants.get(call.parameters.get("GrantId", ""))
    assert call.principal is not None
    return grant is not None and grant.retiring_principal in call.principal.policy_names
