"""Runs the emulator: `python -m farcopy_aws_emulator --port 0`.

Prints one JSON line, {"event":"listening","host":…,"port":…}, when it answers.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import signal
import sys
import threading
from typing import Any, NoReturn

# The emulator talks to no AWS: a profile or region meant for its callers would only confuse its own SDK.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
# Before moto is imported, which reads them then.
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")


def main(argv: list[str] | None = None) -> None:
    arguments = _parser().parse_args(argv)

    # Only now, since --help and a wrong argument need none of it.
    from moto_fixes.ec2_without_instance_types import load_ec2

    load_ec2()
    from .server import start_server

    server = start_server(arguments.host, arguments.port, control_from=arguments.control_from)
    if arguments.exit_on_stdin_eof:
        threading.Thread(target=_stop_at_eof, args=(server,), daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _exit)
    ready = {"event": "listening", "host": arguments.host, "port": server.port}
    print(json.dumps(ready, separators=(",", ":")), flush=True)
    server.serve_forever(poll_interval=0.1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="farcopy_aws_emulator", description="AWS on one machine, for Farcopy.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=5000, help="port to listen on; 0 takes a free one")
    parser.add_argument(
        "--exit-on-stdin-eof", action="store_true", help="stop when standard input ends, that is, with the parent"
    )
    parser.add_argument(
        "--control-from",
        type=ipaddress.ip_network,
        action="append",
        default=[],
        metavar="NETWORK",
        help="let programs of this network use /_sandbox/ too, for example 172.16.0.0/12 in a container",
    )
    return parser


def _stop_at_eof(server: Any) -> None:
    # Not sys.stdin: a thread waiting inside a buffered reader makes the interpreter abort when it ends.
    while os.read(0, 4096):
        pass
    server.shutdown()


def _exit(number: int, frame: object) -> NoReturn:
    sys.exit(0)


if __name__ == "__main__":
    main()
