"""The HTTP server around the application."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

from .application import Application
from .control import Network
from .emulator import Emulator


class QuietRequestHandler(MotoRequestHandler):
    """Logs nothing, the call log does; answers at once instead of waiting for the client's acknowledgement."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def run_wsgi(self) -> None:
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            # Sent at once: who asks waits for it, up to six seconds, before sending the body.
            del self.headers["Expect"]
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        super().run_wsgi()

    def finish(self) -> None:
        # What is left to send to a client that went away, or that a fault hung up on, is dropped.
        with suppress(ConnectionError):
            super().finish()

    def log(self, type: str, message: str, *args: Any) -> None:
        if type == "error":
            super().log(type, message, *args)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def start_server(
    host: str, port: int, emulator: Emulator | None = None, control_from: Sequence[Network] = ()
) -> BaseWSGIServer:
    """A server that listens but does not serve yet. The emulator must not have been installed before."""
    emulator = emulator or Emulator()
    emulator.install()
    return make_server(
        host, port, Application(emulator, control_from), threaded=True, request_handler=QuietRequestHandler
    )
