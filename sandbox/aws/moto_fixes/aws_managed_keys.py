"""moto 5.2.5 presents the keys behind `alias/aws/*` as customer-managed. AWS: `KeyManager` is AWS."""

from __future__ import annotations

from moto.kms.models import KmsBackend


def apply() -> None:
    generate = KmsBackend._generate_default_keys

    def _generate_default_keys(self: KmsBackend, alias_name: str) -> str | None:
        key_id = generate(self, alias_name)
        if key_id is not None:
            self.keys[key_id].key_manager = "AWS"
        return key_id

    KmsBackend._generate_default_keys = _generate_default_keys  # type: ignore[method-assign]
