"""Takes uploads as S3 does: only if they are what the client says they are.

Sources: S3 user guide, "Checking object integrity"; S3 API reference, "Signature calculations … with trailing headers"
(aws-chunked). CRC64NVME is stored, not verified.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import crc32c
from moto.s3.models import FakeMultipart

from ..service_errors import AwsError
from .buckets import bucket_of

_CHECKSUMS: Mapping[str, Callable[[bytes], bytes]] = {
    "CRC32": lambda body: binascii.crc32(body).to_bytes(4, "big"),
    "CRC32C": lambda body: crc32c.crc32c(body).to_bytes(4, "big"),
    "SHA1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
    "SHA256": lambda body: hashlib.sha256(body).digest(),
}

_ALGORITHMS = (*_CHECKSUMS, "CRC64NVME")


def checked_upload(environ: dict[str, Any], body: bytes) -> bytes:
    """The bytes of an object or a part; tells moto about its checksum. Raises BadDigest, InvalidRequest."""
    trailers: dict[str, str] = {}
    if "aws-chunked" in environ.get("HTTP_CONTENT_ENCODING", "") or environ.get(
        "HTTP_X_AMZ_CONTENT_SHA256", ""
    ).startswith("STREAMING-"):
        body, trailers = _unchunked(body)
        _forget_chunks(environ, len(body))
    if (md5 := environ.get("HTTP_CONTENT_MD5")) and md5 != _text(hashlib.md5(body, usedforsecurity=False).digest()):
        raise AwsError(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
    for algorithm in _ALGORITHMS:
        name = f"x-amz-checksum-{algorithm.lower()}"
        given = environ.get(_variable(name)) or trailers.get(name)
        if not given:
            continue
        compute = _CHECKSUMS.get(algorithm)
        if compute and _text(compute(body)) != given:
            raise AwsError(400, "BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")
        # moto believes in this header only.
        environ[_variable("x-amz-sdk-checksum-algorithm")] = algorithm
        environ[_variable(name)] = given
    return body


def check_completion(environ: Mapping[str, Any], bucket: str, upload_id: str) -> None:
    """Compares the checksum of the whole object, if there is one, with the parts. Raises BadDigest."""
    given = environ.get(_variable("x-amz-checksum-crc32c"))
    found = bucket_of(bucket)
    upload: FakeMultipart | None = found.multiparts.get(upload_id) if found else None
    if given is None or upload is None or "-" in given:
        return
    if upload.metadata.get("x-amz-checksum-type") == "FULL_OBJECT" and _text(_crc32c_of(_parts(upload))) != given:
        raise AwsError(400, "BadDigest", "The CRC32C you specified did not match the calculated checksum.")


def _parts(upload: FakeMultipart) -> Iterable[bytes]:
    return (upload.parts[number].value for number in upload.partlist)


def _crc32c_of(parts: Iterable[bytes]) -> bytes:
    checksum = 0
    for part in parts:
        checksum = crc32c.crc32c(part, checksum)
    return checksum.to_bytes(4, "big")


def _unchunked(body: bytes) -> tuple[bytes, dict[str, str]]:
    """Chunks of `SIZE[;chunk-signature=…]`, data, and after the last one trailing headers."""
    chunks: list[bytes] = []
    position = 0
    while True:
        end = body.find(b"\r\n", position)
        if end < 0:
            raise AwsError(400, "IncompleteBody", "The request body terminated unexpectedly")
        size = int(body[position:end].partition(b";")[0], 16)
        start = end + 2
        if size == 0:
            return b"".join(chunks), _trailers(body[start:])
        if len(body) < start + size:
            raise AwsError(400, "IncompleteBody", "The request body terminated unexpectedly")
        chunks.append(body[start : start + size])
        position = start + size + 2


def _trailers(text: bytes) -> dict[str, str]:
    trailers = {}
    for line in text.split(b"\r\n"):
        name, separator, value = line.partition(b":")
        if separator:
            trailers[name.decode().strip().lower()] = value.decode().strip()
    return trailers


def _forget_chunks(environ: dict[str, Any], size: int) -> None:
    encodings = [one.strip() for one in environ.get("HTTP_CONTENT_ENCODING", "").split(",")]
    kept = ",".join(one for one in encodings if one and one != "aws-chunked")
    for name in ("HTTP_CONTENT_ENCODING", "HTTP_X_AMZ_TRAILER", "HTTP_X_AMZ_DECODED_CONTENT_LENGTH"):
        environ.pop(name, None)
    if kept:
        environ["HTTP_CONTENT_ENCODING"] = kept
    environ["HTTP_X_AMZ_CONTENT_SHA256"] = "UNSIGNED-PAYLOAD"


def _variable(header: str) -> str:
    return f"HTTP_{header.upper().replace('-', '_')}"


def _text(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
