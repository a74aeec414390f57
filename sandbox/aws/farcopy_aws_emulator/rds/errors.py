"""RDS errors, by the name their shape has in the API model; moto turns names into wire codes and HTTP statuses."""

from __future__ import annotations

from moto.rds.exceptions import RDSClientError


def invalid_value(message: str) -> RDSClientError:
    return RDSClientError("InvalidParameterValue", message)


def invalid_combination(message: str) -> RDSClientError:
    return RDSClientError("InvalidParameterCombination", message)


def quota_exceeded(message: str) -> RDSClientError:
    """The one code AWS has for both a full stock and too many operations at once; only the message tells which."""
    return RDSClientError("SnapshotQuotaExceededFault", message)


def key_not_accessible(what: str, key: str | None) -> RDSClientError:
    """`what` is how the message calls the key: "The source snapshot KMS key", "The target KMS key", …"""
    return RDSClientError(
        "KMSKeyNotAccessibleFault",
        f"{what} [{key}] does not exist, is not enabled or you do not have permissions to access it.",
    )
