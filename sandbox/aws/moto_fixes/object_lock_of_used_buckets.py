"""moto 5.2.5 gives a default retention to empty buckets only. AWS: to any, for what is uploaded from then on."""

from __future__ import annotations

from typing import Any

from moto.s3.models import S3Backend


def apply() -> None:
    put = S3Backend.put_object_lock_configuration

    def put_object_lock_configuration(
        self: S3Backend,
        bucket_name: str,
        lock_enabled: bool,
        mode: str | None = None,
        days: int | None = None,
        years: int | None = None,
    ) -> Any:
        bucket = self.get_bucket(bucket_name)
        if not bucket.object_lock_enabled:
            return put(self, bucket_name, lock_enabled, mode, days, years)
        bucket.default_lock_mode = mode
        bucket.default_lock_days = days
        bucket.default_lock_years = years
        return None

    S3Backend.put_object_lock_configuration = put_object_lock_configuration  # type: ignore[method-assign]
