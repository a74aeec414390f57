"""Tag rules of RDS. Source: API reference, "Tag", and the user guide, "Tagging Amazon RDS resources"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .errors import invalid_value

MAX_TAGS = 50

Tags = list[dict[str, str]]


def checked_tags(tags: Iterable[Mapping[str, str]] | None) -> Tags:
    """The tags of a request as plain dictionaries, the last value of a repeated key winning.

    Raises InvalidParameterValue for what AWS would not accept as a tag.
    """
    checked: dict[str, str] = {}
    for tag in tags or ():
        key, value = tag.get("Key") or "", tag.get("Value") or ""
        if not 1 <= len(key) <= 128 or len(value) > 256:
            raise invalid_value("Tag keys have 1 to 128 characters, tag values at most 256.")
        if key.lower().startswith(("aws:", "rds:")):
            raise invalid_value(f"Tag keys cannot start with the reserved prefix: {key}")
        for text in (key, value):
            if not all(char.isalnum() or char.isspace() or char in "_.:/=+-@" for char in text):
                raise invalid_value(f"Tag contains characters that are not allowed: {text}")
        checked[key] = value
    if len(checked) > MAX_TAGS:
        raise invalid_value(f"A resource can have at most {MAX_TAGS} tags.")
    return [{"Key": key, "Value": value} for key, value in checked.items()]


def merged_tags(present: Tags, added: Tags) -> Tags:
    """The tags a resource has after AddTagsToResource. Raises InvalidParameterValue when they get too many."""
    merged = {tag["Key"]: tag["Value"] for tag in [*present, *added]}
    if len(merged) > MAX_TAGS:
        raise invalid_value(f"A resource can have at most {MAX_TAGS} tags.")
    return [{"Key": key, "Value": value} for key, value in merged.items()]
