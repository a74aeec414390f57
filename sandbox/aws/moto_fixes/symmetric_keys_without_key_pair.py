"""moto 5.2.5 generates an RSA key pair for every symmetric key, which takes a tenth of a second and is never used."""

from __future__ import annotations

from typing import Any

from moto.kms import models, utils


def apply() -> None:
    generate = utils.generate_private_key

    def generate_private_key(key_spec: str) -> Any:
        return None if key_spec == "SYMMETRIC_DEFAULT" else generate(key_spec)

    models.generate_private_key = generate_private_key  # type: ignore[attr-defined]
