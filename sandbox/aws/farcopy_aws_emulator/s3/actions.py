"""Which action of S3 a request is, since its protocol does not name it.

Source: S3 API reference, request syntax of each action; service authorization reference, Actions defined by Amazon S3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

#: By method, and by the query parameter that tells; "" if none does. The first that fits.
_OF_OBJECT: Mapping[str, Mapping[str, str]] = {
    "GET": {
        "tagging": "GetObjectTagging",
        "retention": "GetObjectRetention",
        "legal-hold": "GetObjectLegalHold",
        "attributes": "GetObjectAttributes",
        "acl": "GetObjectAcl",
        "uploadId": "ListParts",
        "": "GetObject",
    },
    "HEAD": {"": "HeadObject"},
    "PUT": {
        "tagging": "PutObjectTagging",
        "retention": "PutObjectRetention",
        "legal-hold": "PutObjectLegalHold",
        "acl": "PutObjectAcl",
        "uploadId": "UploadPart",
        "": "PutObject",
    },
    "POST": {"uploads": "CreateMultipartUpload", "uploadId": "CompleteMultipartUpload", "": "PostObject"},
    "DELETE": {"tagging": "DeleteObjectTagging", "uploadId": "AbortMultipartUpload", "": "DeleteObject"},
}

_OF_BUCKET: Mapping[str, Mapping[str, str]] = {
    "GET": {
        "list-type": "ListObjectsV2",
        "uploads": "ListMultipartUploads",
        "versions": "ListObjectVersions",
        "location": "GetBucketLocation",
        "object-lock": "GetObjectLockConfiguration",
        "versioning": "GetBucketVersioning",
        "policy": "GetBucketPolicy",
        "encryption": "GetBucketEncryption",
        "publicAccessBlock": "GetPublicAccessBlock",
        "": "ListObjects",
    },
    "HEAD": {"": "HeadBucket"},
    "PUT": {
        "object-lock": "PutObjectLockConfiguration",
        "versioning": "PutBucketVersioning",
        "policy": "PutBucketPolicy",
        "encryption": "PutBucketEncryption",
        "": "CreateBucket",
    },
    "POST": {"delete": "DeleteObjects", "": "PostObject"},
    "DELETE": {"policy": "DeleteBucketPolicy", "": "DeleteBucket"},
}

#: What a policy calls an action, where that is not its name.
_PERMISSIONS = {
    "HeadObject": "GetObject",
    "UploadPart": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "UploadPartCopy": "PutObject",
    "PostObject": "PutObject",
    "DeleteObjects": "DeleteObject",
    "ListParts": "ListMultipartUploadParts",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "HeadBucket": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListBuckets": "ListAllMyBuckets",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
}


@dataclass(frozen=True)
class S3Request:
    action: str
    bucket: str | None
    key: str | None


def describe_s3(method: str, path: str, query: Mapping[str, str], copies: bool) -> S3Request:
    """Reads a path-style request; `copies` is whether it names a source to copy from."""
    bucket, _, key = path.lstrip("/").partition("/")
    if not bucket:
        return S3Request("ListBuckets", None, None)
    actions = (_OF_OBJECT if key else _OF_BUCKET).get(method, {})
    action = next((action for name, action in actions.items() if not name or name in query), method)
    if copies:
        action = {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}.get(action, action)
    return S3Request(action, bucket, unquote(key) or None)


def permission_of(action: str) -> str:
    """What policies call an action of S3, without `s3:`."""
    return _PERMISSIONS.get(action, action)
