"""moto 5.2.5 gives every cluster a key, also one that is not encrypted. AWS: no `KmsKeyId` then."""

from __future__ import annotations

from typing import Any

from moto.rds.models import DBCluster


def apply() -> None:
    initialise = DBCluster.__init__

    def __init__(self: DBCluster, *args: Any, **kwargs: Any) -> None:
        initialise(self, *args, **kwargs)
        if not self.storage_encrypted:
            self.kms_key_id = None  # type: ignore[assignment]

    DBCluster.__init__ = __init__  # type: ignore[method-assign]
