"""Corrections of moto that have nothing to do with Farcopy: one file each, small enough to be offered upstream."""

from __future__ import annotations


def apply() -> None:
    """Applies all of them to the moto that is installed; called once, before anything is created.

    `ec2_without_instance_types` is apart, since it has to come before moto's services are loaded.
    """
    from . import (
        aws_managed_keys,
        backend_lookup,
        cluster_already_exists,
        cluster_members_index,
        default_parameter_groups,
        missing_engines,
        object_lock_of_used_buckets,
        object_retention,
        ranged_reads,
        symmetric_keys_without_key_pair,
        unencrypted_clusters,
        unique_instance_resource_id,
    )

    aws_managed_keys.apply()
    backend_lookup.apply()
    cluster_already_exists.apply()
    cluster_members_index.apply()
    default_parameter_groups.apply()
    missing_engines.apply()
    object_lock_of_used_buckets.apply()
    object_retention.apply()
    ranged_reads.apply()
    symmetric_keys_without_key_pair.apply()
    unencrypted_clusters.apply()
    unique_instance_resource_id.apply()
