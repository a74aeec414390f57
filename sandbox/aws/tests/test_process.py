"""The emulator as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest


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
