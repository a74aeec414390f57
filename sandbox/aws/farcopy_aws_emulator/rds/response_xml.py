"""Writes answers of the query protocol from plain dictionaries.

moto looks every member of the model up on its objects, which is what makes its Describe slow; here only what is there
is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from botocore.model import ListShape, ServiceModel, Shape, StructureShape
from moto.core.utils import get_service_model

_NAMESPACE = "http://rds.amazonaws.com/doc/2014-10-31/"


def response_xml(action: str, result: Mapping[str, Any] | None) -> str:
    """The whole answer to an RDS action; moto fills in the request id."""
    model: ServiceModel = get_service_model("rds")
    body = ""
    if result is not None:
        shape = model.operation_model(action).output_shape
        wrapper = f"{action}Result"
        parts: list[str] = []
        _members(parts, shape, result)
        body = f"<{wrapper}>{''.join(parts)}</{wrapper}>"
    return (
        f'<{action}Response xmlns="{_NAMESPACE}">{body}'
        f"<ResponseMetadata><RequestId></RequestId></ResponseMetadata></{action}Response>"
    )


def _members(parts: list[str], shape: Shape, value: Mapping[str, Any]) -> None:
    assert isinstance(shape, StructureShape)
    members = shape.members
    for name, member in value.items():
        if member is not None:
            _element(parts, members[name], name, member)


def _element(parts: list[str], shape: Shape, name: str, value: Any) -> None:
    if isinstance(shape, ListShape):
        item_name = shape.member.serialization.get("name", "member")
        parts.append(f"<{name}>")
        for item in value:
            _element(parts, shape.member, item_name, item)
        parts.append(f"</{name}>")
    elif isinstance(shape, StructureShape):
        parts.append(f"<{name}>")
        _members(parts, shape, value)
        parts.append(f"</{name}>")
    elif isinstance(value, bool):
        parts.append(f"<{name}>{'true' if value else 'false'}</{name}>")
    else:
        parts.append(f"<{name}>{escape(str(value))}</{name}>")
