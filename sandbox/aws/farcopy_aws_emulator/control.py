"""The control interface under /_sandbox/: JSON in, JSON out, for programs on the same machine unless told otherwise."""

from __future__ import annotations

import ipaddress
import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from moto.core.exceptions import ServiceException

from . import __version__
from .access.denials import InvalidDenial
from .access.issued_secrets import issued_secrets
from .data.installation import BIN_VARIABLE, NoPostgres
from .data_seed import InvalidData, NoSuchDatabase, corrupt_data, give_data, list_data
from .database_seed import InvalidSeed
from .emulator import Emulator
from .faults import InvalidFault
from .operations import Outcome
from .rds.resources import find_resource
from .rds.snapshot import Snapshot
from .seed import apply_seed
from .service_errors import Answer
from .set_status import InvalidStatus, set_status
from .settings import InvalidSetting

#: Raised for a request that makes no sense.
_REFUSED = (
    InvalidSetting,
    InvalidFault,
    InvalidDenial,
    InvalidSeed,
    InvalidStatus,
    InvalidData,
    NoPostgres,
    ValueError,
)

Body = Mapping[str, Any]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class _NotFound(Exception):
    """What the request names is not there."""


class Control:
    def __init__(self, emulator: Emulator, control_from: Sequence[Network] = ()) -> None:
        """`control_from` are networks that may control the emulator besides this machine."""
        self._emulator = emulator
        self._control_from = control_from
        self._routes: Mapping[tuple[str, str], Callable[[Body, Mapping[str, str]], Any]] = {
            ("GET", "health"): lambda body, query: {
                "ok": True,
                "version": __version__,
                "data": bool(os.environ.get(BIN_VARIABLE)),
            },
            ("GET", "settings"): lambda body, query: emulator.settings.to_json(),
            ("PATCH", "settings"): self._patch_settings,
            ("GET", "faults"): lambda body, query: {"faults": emulator.faults.to_json()},
            ("POST", "faults"): lambda body, query: {"id": emulator.faults.add(body).id},
            ("DELETE", "faults"): lambda body, query: emulator.faults.clear(),
            ("GET", "denials"): lambda body, query: {"denials": emulator.denials.to_json()},
            ("POST", "denials"): lambda body, query: {"id": emulator.denials.add(body).id},
            ("DELETE", "denials"): lambda body, query: emulator.denials.clear(),
            ("POST", "operations/finish"): lambda body, query: self._end_operation(body, "done"),
            ("POST", "operations/fail"): lambda body, query: self._end_operation(body, "failed"),
            ("POST", "resources/status"): self._set_status,
            ("POST", "snapshots/age"): self._age_snapshot,
            ("GET", "calls"): lambda body, query: emulator.calls.after(int(query.get("after", "0"))),
            ("GET", "calls/summary"): lambda body, query: emulator.calls.summary(),
            ("DELETE", "calls"): lambda body, query: emulator.calls.clear(),
            ("GET", "permissions"): lambda body, query: emulator.authorization.used(),
            ("DELETE", "permissions"): lambda body, query: emulator.authorization.forget(),
            ("GET", "secrets"): lambda body, query: issued_secrets(),
            ("GET", "limits"): lambda body, query: {"limits": emulator.limits.to_json()},
            ("DELETE", "limits"): lambda body, query: emulator.limits.reset_high_water(),
            ("GET", "data"): lambda body, query: list_data(),
            ("POST", "seed"): lambda body, query: apply_seed(emulator, body),
            ("POST", "reset"): lambda body, query: emulator.reset(),
        }

    def answer(self, environ: Mapping[str, Any], path: str, body: bytes) -> Answer:
        if not self._may_control(environ.get("REMOTE_ADDR", "")):
            return _json(403, {"error": "only programs on the same machine may control the emulator"})
        method = environ.get("REQUEST_METHOD", "GET")
        query = {name: values[-1] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        try:
            document = json.loads(body or b"{}")
            if not isinstance(document, dict):
                raise ValueError("the body must be a JSON object")
            if (method, path) == ("POST", "data"):
                return _json(200, give_data(self._emulator, document))
            if (method, path) == ("POST", "data/corrupt"):
                return _json(200, corrupt_data(self._emulator, document))
            with self._emulator.lock:
                return _json(200, self._dispatch(method, path, document, query) or {})
        except _REFUSED as error:
            return _json(400, {"error": str(error)})
        except KeyError as error:
            return _json(400, {"error": f"{error.args[0]} is missing"})
        except ServiceException as error:
            return _json(400, {"error": str(error)})
        except (AttributeError, TypeError) as error:
            return _json(400, {"error": f"a member has the wrong type: {error}"})
        except (_NotFound, NoSuchDatabase) as error:
            return _json(404, {"error": str(error)})

    def _dispatch(self, method: str, path: str, body: Body, query: Mapping[str, str]) -> Any:
        if method == "DELETE" and path.startswith("faults/"):
            if not self._emulator.faults.remove(path.removeprefix("faults/")):
                raise _NotFound(f"there is no fault {path.removeprefix('faults/')}")
            return None
        if method == "DELETE" and path.startswith("denials/"):
            if not self._emulator.denials.remove(path.removeprefix("denials/")):
                raise _NotFound(f"there is no denial {path.removeprefix('denials/')}")
            return None
        route = self._routes.get((method, path))
        if route is None:
            raise _NotFound(f"there is no {method} /_sandbox/{path}")
        return route(body, query)

    def _may_control(self, address: str) -> bool:
        try:
            caller = ipaddress.ip_address(address)
        except ValueError:
            return False
        return caller.is_loopback or any(caller in network for network in self._control_from)

    def _patch_settings(self, body: Body, _: Mapping[str, str]) -> Any:
        self._emulator.settings = self._emulator.settings.patched(body)
        self._emulator.authorization.enforced = self._emulator.settings.enforce_permissions
        if "seed" in body:
            self._emulator.faults.reseed(self._emulator.settings.seed)
        return self._emulator.settings.to_json()

    def _end_operation(self, body: Body, outcome: Outcome) -> None:
        operation = self._emulator.operations.find(body["arn"])
        if operation is None:
            raise _NotFound(f"nothing was ever started to make {body['arn']}")
        operation.end(self._emulator.clock.now(), outcome)

    def _age_snapshot(self, body: Body, _: Mapping[str, str]) -> None:
        snapshot = find_resource(body["arn"])
        if not isinstance(snapshot, Snapshot):
            raise _NotFound(f"there is no snapshot {body['arn']}")
        snapshot.age(float(body["seconds"]))

    def _set_status(self, body: Body, _: Mapping[str, str]) -> None:
        if not set_status(self._emulator, body["arn"], body["status"], body.get("seconds")):
            raise _NotFound(f"there is no {body['arn']}")


def _json(status: int, document: Any) -> Answer:
    body = json.dumps(document).encode()
    return Answer(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))], body)
