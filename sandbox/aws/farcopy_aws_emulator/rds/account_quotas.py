"""How many snapshots an account has in a region, and how many it may have, as DescribeAccountAttributes tells.

Source: API reference, AccountQuota: the names, and that it tells nothing of DocumentDB and Neptune.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..limits import LimitKey

if TYPE_CHECKING:
    from .backend import EmulatedRdsBackend

#: By AWS's name: the emulator's limit.
_QUOTAS = {"ManualSnapshots": "manual-instance-snapshots", "ManualClusterSnapshots": "manual-cluster-snapshots"}


_UNLIMITED = 2**31 - 1


def account_quotas(backend: EmulatedRdsBackend) -> list[dict[str, Any]]:
    limits = backend.emulator.limits
    keys = {name: LimitKey(backend.account_id, backend.region_name, limit) for name, limit in _QUOTAS.items()}
    return [
        {"AccountQuotaName": name, "Used": limits.current(key), "Max": limits.capacity(key) or _UNLIMITED}
        for name, key in keys.items()
    ]
