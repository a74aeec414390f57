"""The WSGI application: every AWS call passes through here on its way to moto, and its answer on the way back."""

from __future__ import annotations

import io
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from http import HTTPStatus
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationNotFoundError
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from .access.conditions import UnknownPolicyElement
from .access.needs import needs_of
from .call import CURRENT_CALL, Call, describe_call
from .control import Control, Network
from .emulator import Emulator
from .faults import CALL_FAULTS, Fault
from .s3.actions import permission_of
from .s3.authorization import bucket_refusal
from .s3.uploads import check_completion, checked_upload
from .service_errors import Answer, AwsError, error_answer, error_code_of

StartResponse = Callable[..., Any]

CONTROL_PREFIX = "/_sandbox/"

#: Services whose calls look at each other's state here. Others run beside each other, as in moto.
_SERIALIZED = frozenset({"rds", "kms", "sts", "iam", "organizations", "tagging"})


class Application:
    def __init__(self, emulator: Emulator, control_from: Sequence[Network] = ()) -> None:
        self._emulator = emulator
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._control = Control(emulator, control_from)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        body = _read_body(environ)
        path = environ.get("PATH_INFO", "")
        answer: Answer | None
        if path.startswith(CONTROL_PREFIX):
            answer = self._control.answer(environ, path.removeprefix(CONTROL_PREFIX), body)
        elif path.startswith("/moto-api"):
            # moto's own control interface knows nothing of operations and limits.
            answer = Answer(404, [("Content-Type", "text/plain")], f"use {CONTROL_PREFIX}\n".encode())
        else:
            answer = self._answer_and_record(describe_call(environ, body), environ)
        if answer is None:
            _close_connection(environ)
            raise ConnectionAbortedError("a fault hung up on the client")
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", answer.headers)
        return [answer.body]

    def _answer_and_record(self, call: Call, environ: dict[str, Any]) -> Answer | None:
        answer = self._answer_call(call, environ)
        status, error_code = (answer.status, error_code_of(answer)) if answer else (None, None)
        self._emulator.calls.add(self._emulator.clock.now(), call, status, error_code)
        return answer

    def _answer_call(self, call: Call, environ: dict[str, Any]) -> Answer | None:
        """The answer to an AWS call, or None for none at all."""
        emulator = self._emulator
        token = CURRENT_CALL.set(call)
        try:
            with emulator.lock:
                call.principal = emulator.sessions.principal_of(call.access_key, environ.get("HTTP_X_MOTO_ACCOUNT_ID"))
                fault = emulator.faults.strike(call, CALL_FAULTS)
            if fault:
                call.fault_id = fault.id
                return self._strike(fault, call, environ)
            return self._serve(call, environ)
        finally:
            CURRENT_CALL.reset(token)

    def _strike(self, fault: Fault, call: Call, environ: dict[str, Any]) -> Answer | None:
        details = fault.details
        if fault.type == "error":
            return error_answer(call, details["status"], details["code"], details["message"])
        if fault.type == "throttle":
            return error_answer(call, 400, "Throttling", "Rate exceeded")
        if fault.type == "capacity":
            message = "We currently do not have sufficient capacity in the region you requested"
            return error_answer(call, 500, "ServiceException", message)
        if fault.type == "error-after-commit":
            self._serve(call, environ)
            return error_answer(call, details["status"], "InternalFailure", "The request processing has failed.")
        if fault.type == "timeout-after-commit":
            self._serve(call, environ)
        if fault.type in ("timeout", "timeout-after-commit"):
            ends_at = time.monotonic() + details["seconds"]
            # Taking the fault away also frees those who wait in it.
            while time.monotonic() < ends_at and self._emulator.faults.is_in_force(fault.id):
                time.sleep(0.05)
        return None

    def _serve(self, call: Call, environ: dict[str, Any]) -> Answer:
        emulator = self._emulator
        assert call.principal is not None
        guard: AbstractContextManager[Any] = emulator.lock if call.service in _SERIALIZED else nullcontext()
        with guard:
            session = emulator.sessions.find(call.access_key)
            if session and emulator.clock.now() >= session.expires_at:
                return error_answer(call, 403, "ExpiredToken", "The security token included in the request is expired")
            action = f"{call.service}:{permission_of(call.action) if call.service == 's3' else call.action}"
            try:
                if refusal := self._refusal(call, environ):
                    return error_answer(call, 403, "AccessDenied", refusal)
            except UnknownPolicyElement as error:
                return _not_understood(call, error)
            if refusal := emulator.denials.refusal(call, action):
                return error_answer(call, 403, "AccessDenied", refusal)
            return self._ask_moto(call, environ)

    def _refusal(self, call: Call, environ: dict[str, Any]) -> str | None:
        """Why policies do not let the caller do that, or None. Keys are asked when the call is served."""
        assert call.principal is not None
        authorization = self._emulator.authorization
        if call.service == "s3":
            return bucket_refusal(authorization, call, environ)
        refusals = (authorization.identity_refusal(call.principal, need) for need in needs_of(call))
        return next((refusal for refusal in refusals if refusal), None)

    def _ask_moto(self, call: Call, environ: dict[str, Any]) -> Answer:
        unknown = f"Could not find operation {call.action} of {call.service} in this emulator"
        try:
            _check_upload(call, environ)
            answer = _collect(self._moto, environ)
        except AwsError as error:
            return error_answer(call, error.status, error.code, error.message)
        except UnknownPolicyElement as error:
            return _not_understood(call, error)
        except (OperationNotFoundError, UnknownServiceError, ImportError):
            return error_answer(call, 400, "InvalidAction", unknown)
        except Exception as error:
            # Whatever moto stumbles over, the caller gets an AWS error.
            if isinstance(error, NotImplementedError) and "has not been implemented" in str(error):
                return error_answer(call, 400, "InvalidAction", unknown)
            traceback.print_exc(file=sys.stderr)
            return error_answer(call, 500, "InternalFailure", "The request processing has failed.")
        if environ.get("REQUEST_METHOD") != "HEAD" and answer.status in (404, 405) and _is_not_of_a_service(answer):
            return error_answer(call, 400, "InvalidAction", unknown)
        return answer


def _not_understood(call: Call, error: UnknownPolicyElement) -> Answer:
    """A policy that is not understood allows nothing, and says so loudly."""
    return error_answer(call, 400, "UnsupportedPolicy", f"the emulator does not know {error}")


def _is_not_of_a_service(answer: Answer) -> bool:
    """Whether Flask or werkzeug answered, because nothing in moto listens there."""
    content_type = next((value for name, value in answer.headers if name.lower() == "content-type"), "")
    return not answer.body or (content_type.startswith("text/html") and b"<!doctype html>" in answer.body[:50].lower())


def _check_upload(call: Call, environ: dict[str, Any]) -> None:
    if call.service != "s3":
        return
    if call.action in ("PutObject", "UploadPart"):
        body = checked_upload(environ, environ["wsgi.input"].getvalue())
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
    elif call.action == "CompleteMultipartUpload":
        check_completion(environ, call.parameters["BucketName"], call.parameters["uploadId"])


def _read_body(environ: dict[str, Any]) -> bytes:
    """Reads the whole request, so that it can be looked at before moto reads it again."""
    length = environ.get("CONTENT_LENGTH") or None
    if length is None and not environ.get("wsgi.input_terminated"):
        body = b""
    else:
        body = environ["wsgi.input"].read(int(length)) if length else environ["wsgi.input"].read()
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return body


def _collect(application: Any, environ: dict[str, Any]) -> Answer:
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        if exc_info:
            raise exc_info[1]
        started[:] = [int(status.split()[0]), headers]
        return lambda data: None

    iterable = application(environ, start_response)
    try:
        body = b"".join(iterable)
    finally:
        if hasattr(iterable, "close"):
            iterable.close()
    return Answer(started[0], started[1], body)


def _close_connection(environ: dict[str, Any]) -> None:
    """Hangs up on the client, as a network does."""
    connection = environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
