"""Buckets: integrity, locks, ranges, and who may use them."""

from __future__ import annotations

import base64
import datetime
import json
import time
import urllib.request

import crc32c
import pytest

from .conftest import HOME, REGION, VAULT


def _crc(body):
    return base64.b64encode(crc32c.crc32c(body).to_bytes(4, "big")).decode()


def _bucket(sandbox, name="vault", **more):
    client = sandbox.role("s3", VAULT)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION}, **more)
    return client


def test_an_upload_keeps_its_checksum(sandbox):
    s3 = _bucket(sandbox)
    assert s3.put_object(Bucket="vault", Key="k", Body=b"data", ChecksumCRC32C=_crc(b"data"))["ChecksumCRC32C"]
    for answer in (
        s3.head_object(Bucket="vault", Key="k", ChecksumMode="ENABLED"),
        s3.get_object(Bucket="vault", Key="k", ChecksumMode="ENABLED"),
    ):
        assert answer["ChecksumCRC32C"] == _crc(b"data")


def test_what_is_not_what_its_checksum_says_is_refused(sandbox, refused):
    s3 = _bucket(sandbox)
    for wrong in ({"ChecksumCRC32C": _crc(b"atad")}, {"ContentMD5": base64.b64encode(bytes(16)).decode()}):
        assert refused(s3.put_object, Bucket="vault", Key="k", Body=b"data", **wrong)["Code"] == "BadDigest"
    assert s3.list_objects_v2(Bucket="vault")["KeyCount"] == 0


def test_a_body_in_chunks_is_checked_by_its_trailer(sandbox, refused):
    s3 = _bucket(sandbox)
    authorization = "AWS4-HMAC-SHA256 Credential={}/20261121/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    access_key = s3._request_signer._credentials.access_key

    def put(body, crc):
        trailer = f"x-amz-checksum-crc32c:{crc}".encode()
        chunked = b"%x\r\n%s\r\n0\r\n%s\r\n\r\n" % (len(body), body, trailer)
        headers = {
            "Authorization": authorization.format(access_key),
            "Content-Encoding": "aws-chunked",
            "X-Amz-Content-Sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "X-Amz-Trailer": "x-amz-checksum-crc32c",
            "Content-Type": "application/octet-stream",
            "X-Amz-Decoded-Content-Length": str(len(body)),
        }
        request = urllib.request.Request(f"{sandbox.url}/vault/k", data=chunked, method="PUT", headers=headers)
        return urllib.request.urlopen(request).status

    assert put(b"some\r\ndata", _crc(b"some\r\ndata")) == 200
    stored = s3.get_object(Bucket="vault", Key="k", ChecksumMode="ENABLED")
    assert (stored["Body"].read(), stored["ChecksumCRC32C"]) == (b"some\r\ndata", _crc(b"some\r\ndata"))
    assert "ContentEncoding" not in stored
    with pytest.raises(urllib.error.HTTPError, match="400"):
        put(b"some\r\ndata", _crc(b"other"))


def test_a_multipart_upload_is_checked_part_by_part_and_as_a_whole(sandbox, refused):
    s3 = _bucket(sandbox)
    parts = [bytes(5 * 1024 * 1024), b"end"]
    upload = s3.create_multipart_upload(
        Bucket="vault", Key="k", ChecksumAlgorithm="CRC32C", ChecksumType="FULL_OBJECT"
    )["UploadId"]
    where = {"Bucket": "vault", "Key": "k", "UploadId": upload}
    wrong = refused(s3.upload_part, **where, PartNumber=1, Body=b"x", ChecksumCRC32C=_crc(b"y"))
    assert wrong["Code"] == "BadDigest"
    done = [
        {
            "PartNumber": number,
            "ETag": s3.upload_part(**where, PartNumber=number, Body=body, ChecksumCRC32C=_crc(body))["ETag"],
        }
        for number, body in enumerate(parts, start=1)
    ]
    complete = {**where, "MultipartUpload": {"Parts": done}, "ChecksumType": "FULL_OBJECT"}
    assert refused(s3.complete_multipart_upload, **complete, ChecksumCRC32C=_crc(b"z"))["Code"] == "BadDigest"
    s3.complete_multipart_upload(**complete, ChecksumCRC32C=_crc(b"".join(parts)))
    head = s3.head_object(Bucket="vault", Key="k", ChecksumMode="ENABLED")
    assert (head["ChecksumCRC32C"], head["ChecksumType"]) == (_crc(b"".join(parts)), "FULL_OBJECT")


def test_a_lock_is_kept(sandbox, refused):
    s3 = _bucket(sandbox, ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket="vault", Key="before", Body=b"1")
    s3.put_object_lock_configuration(
        Bucket="vault",
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 3}},
        },
    )
    version = s3.put_object(Bucket="vault", Key="k", Body=b"1")["VersionId"]
    kept = s3.get_object_retention(Bucket="vault", Key="k")["Retention"]
    assert kept["Mode"] == "COMPLIANCE"
    assert refused(s3.delete_object, Bucket="vault", Key="k", VersionId=version)["Code"] == "AccessDenied"
    sooner = kept["RetainUntilDate"] - datetime.timedelta(days=1)
    later = kept["RetainUntilDate"] + datetime.timedelta(days=1)
    change = {"Bucket": "vault", "Key": "k", "BypassGovernanceRetention": True}
    for weaker in ({"Mode": "COMPLIANCE", "RetainUntilDate": sooner}, {"Mode": "GOVERNANCE", "RetainUntilDate": later}):
        assert refused(s3.put_object_retention, **change, Retention=weaker)["Code"] == "AccessDenied"
    s3.put_object_retention(**change, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": later})
    assert s3.get_object_retention(Bucket="vault", Key="k")["Retention"]["RetainUntilDate"] == later
    unlocked = refused(s3.get_object_retention, Bucket="vault", Key="before")
    assert unlocked["Code"] == "NoSuchObjectLockConfiguration"


def test_ranges_are_read_without_the_rest(sandbox):
    s3 = _bucket(sandbox)
    body = bytes(range(256)) * 4096
    s3.put_object(Bucket="vault", Key="k", Body=body)
    for wanted, expected in (("0-9", body[:10]), ("1000-1000", body[1000:1001]), ("-5", body[-5:]), ("10-", body[10:])):
        answer = s3.get_object(Bucket="vault", Key="k", Range=f"bytes={wanted}")
        assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Body"].read()) == (206, expected)


def test_what_is_missing_is_404(sandbox, refused):
    s3 = _bucket(sandbox)
    assert refused(s3.head_object, Bucket="vault", Key="k")["Code"] == "404"
    assert refused(s3.head_bucket, Bucket="none")["Code"] == "404"
    assert refused(s3.get_object, Bucket="vault", Key="k")["Code"] == "NoSuchKey"


def test_who_asks_to_continue_is_answered_at_once(sandbox):
    s3 = _bucket(sandbox)
    started = time.monotonic()
    s3.put_object(Bucket="vault", Key="k", Body=b"1")
    # The SDK waits a second for "100 Continue".
    assert time.monotonic() - started < 0.9


def test_another_account_needs_the_bucket_policy(sandbox, refused):
    s3, other = _bucket(sandbox), sandbox.role("s3", HOME)
    s3.put_object(Bucket="vault", Key="k", Body=b"1")
    assert refused(other.get_object, Bucket="vault", Key="k")["Code"] == "AccessDenied"
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::vault/*",
    }
    s3.put_bucket_policy(Bucket="vault", Policy=json.dumps({"Statement": [statement]}))
    assert other.get_object(Bucket="vault", Key="k")["Body"].read() == b"1"
    assert refused(other.put_object, Bucket="vault", Key="k", Body=b"2")["Code"] == "AccessDenied"


def test_denied_actions_and_faults_know_actions_by_name(sandbox, refused):
    s3 = _bucket(sandbox)
    fault = {"type": "error", "code": "SlowDown", "status": 503}
    sandbox.control("POST", "faults", {"match": {"service": "s3", "action": "PutObject"}, "fault": fault, "times": 1})
    assert refused(s3.put_object, Bucket="vault", Key="a/k", Body=b"1")["Code"] == "SlowDown"
    s3.put_object(Bucket="vault", Key="a/k", Body=b"1")
    called = sandbox.control("GET", "calls?after=0")["calls"][-1]
    assert (called["action"], called["resource"]) == ("PutObject", "a/k")
    sandbox.seed(
        roles=[
            {
                "account": VAULT,
                "name": "farcopy",
                "trustedPrincipals": ["*"],
                "externalId": "farcopy",
                "denyActions": ["s3:GetObject"],
            }
        ]
    )
    assert refused(s3.get_object, Bucket="vault", Key="a/k")["Code"] == "AccessDenied"
    assert refused(s3.head_object, Bucket="vault", Key="a/k")["Code"] == "403"
