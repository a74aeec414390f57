"""KMS calls, checked against the key's policy, on keys of other accounts too.

Sources: KMS API reference, "Cross-account use" of each operation (a key of another account is named by its ARN);
KMS developer guide, "Key policies in AWS KMS".
"""

from __future__ import annotations

from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.kms.responses import KmsResponse

from ..call import CURRENT_CALL
from ..service_errors import AwsError
from .keys import find_key, forbidden_action


class EmulatedKmsResponse(KmsResponse):
    def call_action(self) -> TYPE_RESPONSE:
        """Lets the action pass if the key permits it, and lets it see the account that owns the key."""
        call = CURRENT_CALL.get()
        name = call.parameters.get("KeyId")
        key = find_key(name, self.current_account, self.region) if name else None
        if key is None:
            return super().call_action()
        assert call.principal is not None
        action = f"kms:{call.action}"
        if forbidden_action(key, call.principal, (action,)):
            raise AwsError(
                400,
                "AccessDeniedException",
                f"User: {call.principal.arn} is not authorized to perform: {action} on resource: {key.arn} "
                f"because no resource-based policy allows the {action} action",
            )
        self.current_account = key.account_id
        return super().call_action()

    def _validate_key_policy(self, key_id: str, action: str) -> None:
        """`call_action` has asked already; moto takes a Deny for one principal as meant for everybody."""

    def _get_param(self, param_name: str, if_none: Any = None) -> Any:
        value = super()._get_param(param_name, if_none)
        # moto reads a foreign key only by its id: the account is chosen above.
        if param_name == "KeyId" and isinstance(value, str) and ":alias/" in value:
            return f"alias/{value.partition(':alias/')[2]}"
        return value
