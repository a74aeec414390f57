"""Paging of Describe calls. Source: RDS API reference, `MaxRecords` (20 to 100, default 100) and `Marker`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from .errors import invalid_value

Item = TypeVar("Item")


def page(
    items: Sequence[Item], key: Callable[[Item], str], parameters: Mapping[str, Any]
) -> tuple[list[Item], str | None]:
    """One page of the items in the order of their keys, and the marker of the next page if there is one.

    A marker names the last key of its page, so that what comes and goes meanwhile shifts nothing.
    """
    limit = parameters.get("MaxRecords") or 100
    if not 20 <= limit <= 100:
        raise invalid_value(f"Invalid value {limit} for MaxRecords. Must be between 20 and 100")
    ordered = sorted(items, key=key)
    if marker := parameters.get("Marker"):
        last = _decode(marker)
        ordered = [item for item in ordered if key(item) > last]
    shown = ordered[:limit]
    return shown, _encode(key(shown[-1])) if len(ordered) > limit else None


def _encode(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _decode(marker: str) -> str:
    try:
        return base64.urlsafe_b64decode(marker.encode()).decode()
    except (binascii.Error, UnicodeError):
        raise invalid_value("The marker is not valid.") from None
