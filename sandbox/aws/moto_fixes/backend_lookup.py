"""moto 5.2.5 matches the host of every request against the patterns of all its services, although the answer never
changes; and for a service it does not have, it prints to standard output and then stumbles over None."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from moto import backend_index, backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication


@lru_cache(maxsize=4096)
def _look_up(host: str) -> str | None:
    if host == "moto_api" or host in backends.list_of_moto_modules():
        return host
    return next((name for name, pattern in backend_index.backend_url_patterns if pattern.match(f"http://{host}")), None)


def apply() -> None:
    def get_backend_for_host(self: DomainDispatcherApplication, host: str | None) -> Any:
        if host is None:
            return None
        backend = _look_up(host)
        if backend is None:
            raise NotImplementedError(f"The service of {host} has not been implemented")
        return backend

    DomainDispatcherApplication.get_backend_for_host = get_backend_for_host  # type: ignore[method-assign]
