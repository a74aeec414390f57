"""The emulator as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import psycopg
import pytest

from .until import until


@pytest.fixture
def process():
    started = subprocess.Popen(
        [sys.executable, "-m", "farcopy_aws_emulator", "--port", "0", "--exit-on-stdin-eof"],
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "AWS_PROFILE": "not-there", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
    )
    yield started
    started.kill()
    started.wait()


def test_it_says_where_it_listens_and_ends_with_its_parent(process):
    ready = json.loads(process.stdout.readline())
    assert ready["event"] == "listening"
    with urllib.request.urlopen(f"http://127.0.0.1:{ready['port']}/_sandbox/health") as response:
        assert json.load(response)["ok"] is True
    process.stdin.close()
    assert process.wait(timeout=10) == 0
    assert process.stderr.read() == ""


def test_it_ends_when_it_is_told_to(process):
    process.stdout.readline()
    process.terminate()
    assert process.wait(timeout=10) == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_its_databases_and_their_files_end_with_it(postgres, process, number):
    port = json.loads(process.stdout.readline())["port"]
    place = {"account": "999999999999", "region": "eu-west-1", "id": "panda"}
    database = {**place, "kind": "aurora-cluster", "sizeGiB": 1, "engine": "aurora-postgresql"}
    _control(port, "seed", {"resources": [database]})
    given = _control(
        port, "data", {**place, "masterUsername": "panda", "masterPassword": "correct-horse", "database": "shop"}
    )
    reach = {"host": given["endpoint"], "port": given["port"], "user": "panda", "dbname": "shop"}
    psycopg.connect(**reach, password="correct-horse").close()
    [working_directory] = Path(tempfile.gettempdir()).glob(f"farcopy-aws-emulator-{process.pid}-*")
    process.send_signal(number)
    process.wait(timeout=60)
    until(lambda: not working_directory.exists())
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(**reach, password="correct-horse")


def _control(port, path, body):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/_sandbox/{path}", data=json.dumps(body).encode())
    with urllib.request.urlopen(request) as response:
        return json.load(response)
