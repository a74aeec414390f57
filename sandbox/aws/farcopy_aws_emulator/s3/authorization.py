"""What a request to S3 needs to be allowed, in the bucket and with the keys of its objects.

Sources: service authorization reference, "Actions, resources, and condition keys for Amazon S3"; S3 user guide,
"Required permissions for Amazon S3 API operations" (copies, versions, retention) and "Using server-side encryption with
AWS KMS keys" (`kms:GenerateDataKey` to write, `kms:Decrypt` to read and for every later part of an upload).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from moto.s3.models import FakeBucket

from ..access.authorization import Authorization, context_of
from ..access.keys import find_key, key_request
from ..access.policy import Request
from ..access.principal import Principal
from ..call import Call
from .actions import permission_of
from .buckets import bucket_of

_VERSIONED = {"GetObject": "GetObjectVersion", "DeleteObject": "DeleteObjectVersion"}
_WRITES = ("PutObject", "CreateMultipartUpload", "CopyObject", "PostObject")


def bucket_refusal(authorization: Authorization, call: Call, environ: Mapping[str, Any]) -> str | None:
    """Why the caller may not do what the call asks for, or None."""
    principal = call.principal
    assert principal is not None
    for action, name, key in _needs(call, environ):
        bucket = bucket_of(name) if name else None
        arn = f"arn:aws:s3:::{name}{f'/{key}' if key else ''}" if name else "*"
        owner = bucket.account_id if bucket else principal.account
        # The emulator speaks plain HTTP; whoever asks it would have spoken TLS to AWS.
        request = Request(f"s3:{action}", arn, context_of(call, owner, aws_SecureTransport="true"))
        if refusal := authorization.bucket_refusal(principal, owner, _policy_of(bucket), request):
            return refusal
    return _key_refusal(authorization, principal, call, environ) if authorization.enforced else None


def _needs(call: Call, environ: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Actions, each with the bucket and the key that it is about."""
    bucket, key = call.parameters.get("BucketName", ""), call.parameters.get("ObjectName", "")
    action = permission_of(call.action)
    yield (_VERSIONED.get(action, action) if "versionId" in call.parameters else action), bucket, key
    if call.action in _WRITES:
        if environ.get("HTTP_X_AMZ_OBJECT_LOCK_MODE"):
            yield "PutObjectRetention", bucket, key
        if environ.get("HTTP_X_AMZ_TAGGING"):
            yield "PutObjectTagging", bucket, key
    if source := _source(environ):
        yield "GetObject", source[0], source[1]


def _source(environ: Mapping[str, Any]) -> tuple[str, str] | None:
    source = unquote(environ.get("HTTP_X_AMZ_COPY_SOURCE", "")).lstrip("/").partition("?")[0]
    bucket, _, key = source.partition("/")
    return (bucket, key) if bucket else None


def _key_refusal(
    authorization: Authorization, principal: Principal, call: Call, environ: Mapping[str, Any]
) -> str | None:
    for action, name, region in _key_needs(call, environ):
        # AWS's own key lets everybody of the account in.
        found = find_key(name, principal.account, region)
        if found is None or any(alias.startswith("alias/aws/") for alias in found.aliases):
            continue
        if refusal := authorization.key_refusal(principal, found, key_request(found, principal, action, "s3")):
            return refusal
    return None


def _key_needs(call: Call, environ: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    bucket = bucket_of(call.parameters.get("BucketName", ""))
    key = call.parameters.get("ObjectName", "")
    if bucket is None or not key:
        return
    region = bucket.region_name
    if call.action in _WRITES and (asked := environ.get("HTTP_X_AMZ_SERVER_SIDE_ENCRYPTION_AWS_KMS_KEY_ID")):
        yield "kms:GenerateDataKey", asked, region
        if call.action == "CreateMultipartUpload":
            yield "kms:Decrypt", asked, region
    if call.action == "GetObject":
        yield from _stored_under(bucket, key)
    if source := _source(environ):
        of = bucket_of(source[0])
        if of is not None:
            yield from _stored_under(of, source[1])


def _stored_under(bucket: FakeBucket, key: str) -> Iterator[tuple[str, str, str]]:
    stored = bucket.keys.get(key)
    if stored is not None and getattr(stored, "kms_key_id", None):
        yield "kms:Decrypt", str(stored.kms_key_id), bucket.region_name


def _policy_of(bucket: FakeBucket | None) -> str | None:
    policy = bucket.policy if bucket else None
    return policy.decode() if isinstance(policy, bytes) else policy
