"""moto 5.2.5 gives all instances one `DbiResourceId`. AWS: unique in a region, never changing."""

from __future__ import annotations

import secrets
from typing import Any

from moto.rds.models import DBInstance


def apply() -> None:
    initialise = DBInstance.__init__

    def __init__(self: DBInstance, *args: Any, **kwargs: Any) -> None:
        initialise(self, *args, **kwargs)
        self.dbi_resource_id = f"db-{secrets.token_hex(13).upper()}"

    DBInstance.__init__ = __init__  # type: ignore[method-assign]
