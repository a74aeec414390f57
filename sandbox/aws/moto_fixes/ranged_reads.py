"""moto 5.2.5 reads a whole object to answer with a range of it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from moto.s3.models import FakeKey
from moto.s3.responses import S3Response

_RANGED: ContextVar[bool] = ContextVar("RANGED", default=False)


class ObjectContent:
    """The bytes of an object, of which only the wanted ones are read."""

    def __init__(self, key: FakeKey) -> None:
        self._key = key

    def __len__(self) -> int:
        return self._key.contentsize

    def __getitem__(self, wanted: slice) -> bytes:
        start, end, _ = wanted.indices(len(self))
        with self._key.lock:
            self._key._value_buffer.seek(start)
            return bytes(self._key._value_buffer.read(end - start))


def apply() -> None:
    read = FakeKey.value.fget  # type: ignore[attr-defined]
    write = FakeKey.value.fset  # type: ignore[attr-defined]
    get_object = S3Response.get_object

    def value(self: FakeKey) -> Any:
        return ObjectContent(self) if _RANGED.get() else read(self)

    def get(self: S3Response) -> Any:
        wanted = self.headers.get("range", "")
        single = wanted.startswith("bytes=") and "," not in wanted
        token = _RANGED.set(bool(single and any(character.isdigit() for character in wanted)))
        try:
            status, headers, content = get_object(self)
        finally:
            _RANGED.reset(token)
        return status, headers, content

    FakeKey.value = property(value, write)  # type: ignore[assignment, method-assign]
    S3Response.get_object = get  # type: ignore[method-assign]
