"""One AWS API call as it came in: who asks which service for what."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from .access.principal import Principal
from .s3.actions import describe_s3

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")

#: Request parameters that say what a call is about, the most telling first.
_RESOURCE_PARAMETERS = (
    "ExportTaskIdentifier",
    "TargetDBClusterSnapshotIdentifier",
    "TargetDBSnapshotIdentifier",
    "DBClusterSnapshotIdentifier",
    "DBSnapshotIdentifier",
    "DBClusterIdentifier",
    "DBInstanceIdentifier",
    "SnapshotIdentifier",
    "ResourceName",
    "RoleArn",
    "KeyId",
    "ObjectName",
    "BucketName",
)


@dataclass
class Call:
    service: str
    region: str
    action: str
    access_key: str | None
    user_agent: str
    #: Flat request parameters: query parameters, or the top level of a JSON document, lists of texts numbered.
    parameters: Mapping[str, str]
    #: Headers and form tell in which language an answer is understood.
    protocol: str
    principal: Principal | None = None
    fault_id: str | None = field(default=None)

    @property
    def resource(self) -> str | None:
        for name in _RESOURCE_PARAMETERS:
            if value := self.parameters.get(name):
                return value
        return None

    def values_of(self, parameter: str) -> list[str]:
        """The values of a request parameter; of a list, all of its members."""
        return [
            value for name, value in self.parameters.items() if name == parameter or name.startswith(f"{parameter}.")
        ]

    def mentions(self, text: str) -> bool:
        """Whether any identifier of the request contains the text."""
        return any(
            text in value
            for name, value in self.parameters.items()
            if name.endswith(("Identifier", "Arn", "ARN", "Name", "Id"))
            and name not in ("RoleSessionName", "ExternalId")
        )


#: The call the current thread is answering.
CURRENT_CALL: ContextVar[Call] = ContextVar("CURRENT_CALL")


def describe_call(environ: Mapping[str, Any], body: bytes) -> Call:
    """Reads a call from a WSGI request; the signature is not checked."""
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    authorization = environ.get("HTTP_AUTHORIZATION") or f"Credential={query.get('X-Amz-Credential', '')}"
    credential = _CREDENTIAL.search(authorization)
    access_key, region, service = credential.groups() if credential else (None, "us-east-1", "unknown")
    target = environ.get("HTTP_X_AMZ_TARGET")
    content_type = environ.get("CONTENT_TYPE", "")
    parameters: dict[str, str] = query
    if target:
        protocol = content_type or "application/x-amz-json-1.1"
        action = target.rpartition(".")[2]
        parameters = _top_level_strings(body)
    elif content_type.startswith("application/x-www-form-urlencoded") or "Action" in query:
        protocol = "ec2" if service == "ec2" else "query"
        parameters = {**query, **dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))}
        action = parameters.get("Action", "")
    else:
        protocol = "rest-xml" if service in ("s3", "s3control", "route53", "cloudfront", "unknown") else "rest-json"
        action = f"{environ.get('REQUEST_METHOD', '')} {environ.get('PATH_INFO', '')}"
    if service == "s3":
        copies = "HTTP_X_AMZ_COPY_SOURCE" in environ
        request = describe_s3(environ.get("REQUEST_METHOD", ""), environ.get("PATH_INFO", ""), query, copies)
        action = request.action
        named = {"BucketName": request.bucket, "ObjectName": request.key}
        parameters = {**query, **{name: value for name, value in named.items() if value}}
    if service == "unknown" and action.startswith("AssumeRoleWith"):
        service = "sts"
    return Call(
        service=service.lower(),
        region=region,
        action=action,
        access_key=access_key,
        user_agent=environ.get("HTTP_USER_AGENT", ""),
        parameters=parameters,
        protocol=protocol,
    )


def _top_level_strings(body: bytes) -> dict[str, str]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return {}
    if not isinstance(document, dict):
        return {}
    found: dict[str, str] = {}
    for name, value in document.items():
        if isinstance(value, str):
            found[name] = value
        elif isinstance(value, bool):
            found[name] = str(value).lower()
        elif isinstance(value, list):
            found |= {f"{name}.{i}": one for i, one in enumerate(value, start=1) if isinstance(one, str)}
    return found
