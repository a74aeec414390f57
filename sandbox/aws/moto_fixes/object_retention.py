"""moto 5.2.5 has no GetObjectRetention, and lets anybody shorten a retention in compliance mode.

Source: S3 API reference, GetObjectRetention; S3 user guide, "How S3 Object Lock works": a retention in compliance mode
is only ever extended, one in governance mode needs a bypass to be shortened.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeKey, S3Backend
from moto.s3.responses import S3Response

#: Whether the current request bypasses governance mode.
_BYPASS: ContextVar[bool] = ContextVar("BYPASS", default=False)


def _retention_of(response: S3Response, key_name: str) -> tuple[int, dict[str, Any], str]:
    key: FakeKey | None = response.backend.get_object(
        response.bucket_name, key_name, version_id=response._get_param("versionId")
    )
    if key is None:
        raise S3ClientError("NoSuchKey", "The specified key does not exist.")
    if not key.lock_mode:
        raise S3ClientError(
            "NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration"
        )
    body = (
        '<Retention xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<Mode>{key.lock_mode}</Mode><RetainUntilDate>{key.lock_until}</RetainUntilDate></Retention>"
    )
    return 200, {"content-type": "application/xml"}, body


def apply() -> None:
    answer_get = S3Response._key_response_get
    put = S3Backend.put_object_retention
    respond_put = S3Response.put_object_retention

    def _key_response_get(self: S3Response, query: dict[str, Any], key_name: str) -> Any:
        return _retention_of(self, key_name) if "retention" in query else answer_get(self, query, key_name)

    def put_object_retention(
        self: S3Backend,
        bucket_name: str,
        key_name: str,
        version_id: str | None,
        retention: tuple[str | None, str | None],
    ) -> None:
        key = self.get_object(bucket_name, key_name, version_id=version_id)
        if key is None:
            raise S3ClientError("NoSuchKey", "The specified key does not exist.")
        mode, until = retention
        weaker = mode != key.lock_mode and key.lock_mode == "COMPLIANCE"
        # Both are ISO 8601 in UTC, down to the second, which is what has to be compared.
        sooner = key.lock_mode is not None and (until or "")[:19] < (key.lock_until or "")[:19]
        if (weaker or sooner) and key.is_locked(governance_bypass=_BYPASS.get()):
            raise S3ClientError("AccessDenied", "Access Denied because object protected by object lock.")
        put(self, bucket_name, key_name, version_id, retention)

    def respond(self: S3Response) -> Any:
        token = _BYPASS.set(self.headers.get("x-amz-bypass-governance-retention", "").lower() == "true")
        try:
            return respond_put(self)
        finally:
            _BYPASS.reset(token)

    S3Response._key_response_get = _key_response_get  # type: ignore[method-assign]
    S3Response.put_object_retention = respond  # type: ignore[method-assign]
    S3Backend.put_object_retention = put_object_retention  # type: ignore[method-assign]
