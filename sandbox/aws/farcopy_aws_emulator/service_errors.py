"""Errors in the language of the service that was called, so that an SDK reads a code instead of stumbling over HTML.

Source: Smithy's descriptions of the AWS protocols (awsQuery, ec2Query, awsJson, restJson1, restXml).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from xml.sax.saxutils import escape

from .call import Call

REQUEST_ID = "00000000-0000-0000-0000-000000000000"

#: The codes that mean one thing in XML services and have another name in JSON services.
_JSON_CODES = {
    "AccessDenied": "AccessDeniedException",
    "ExpiredToken": "ExpiredTokenException",
    "InvalidAction": "UnknownOperationException",
    "Throttling": "ThrottlingException",
}

_XML_CODE = re.compile(rb"<Code>([^<]+)</Code>")


class AwsError(Exception):
    """Raised while a call is answered, to answer it with an error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


def error_answer(call: Call, status: int, code: str, message: str) -> Answer:
    """An error as the called service would write it; JSON services answer client errors with 400 only."""
    is_json = call.protocol.startswith("application/") or call.protocol == "rest-json"
    if is_json:
        code = _JSON_CODES.get(code, code)
        content_type = call.protocol if call.protocol.startswith("application/") else "application/json"
        body = json.dumps({"__type": code, "message": message})
        status = 400 if 400 <= status < 500 else status
        return _answer(status, content_type, body, [("x-amzn-ErrorType", code)])
    sender = "Sender" if status < 500 else "Receiver"
    text = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if call.protocol == "ec2":
        body = f"<Response><Errors><Error>{text}</Error></Errors><RequestID>{REQUEST_ID}</RequestID></Response>"
    elif call.protocol == "rest-xml":
        body = f"<Error>{text}<RequestId>{REQUEST_ID}</RequestId></Error>"
    else:
        error = f"<Error><Type>{sender}</Type>{text}</Error>"
        body = f"<ErrorResponse>{error}<RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
    return _answer(status, "text/xml", body, [])


def error_code_of(answer: Answer) -> str | None:
    """The error code inside an answer, whatever the protocol."""
    if answer.status < 400:
        return None
    if match := _XML_CODE.search(answer.body):
        return match[1].decode()
    try:
        document = json.loads(answer.body)
    except ValueError:
        return str(answer.status)
    code = document.get("__type") or document.get("code") if isinstance(document, dict) else None
    return str(code).rpartition("#")[2] if code else str(answer.status)


def _answer(status: int, content_type: str, body: str, headers: list[tuple[str, str]]) -> Answer:
    encoded = body.encode()
    length = ("Content-Length", str(len(encoded)))
    return Answer(status, [("Content-Type", content_type), length, ("x-amzn-RequestId", REQUEST_ID), *headers], encoded)
