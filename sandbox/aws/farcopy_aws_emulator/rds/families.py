"""Where clusters of one engine differ from those of another, although one API and one kind of snapshot serve them all.

Sources, as each line names them: AUG, the Aurora user guide; RUG, the RDS user guide; "docdb" and "neptune", the API
models of these services.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ClusterFamily:
    #: How messages and seeds call it.
    name: str
    #: Whether CopyDBClusterSnapshot takes its snapshots at all.
    copies: bool = True
    #: Whether a shared snapshot may be copied to another region, where the settings permit it to others.
    copies_shared_across_regions: bool = True
    #: Whether a copy across regions needs a presigned URL, which the SDKs add.
    needs_presigned_url: bool = False
    #: Whether a key given to a restore encrypts what comes of a plain snapshot.
    encrypts_plain_on_restore: bool = True
    #: Whether the service makes the instances itself, all of one class.
    has_instances_of_its_own: bool = False


AURORA = ClusterFamily("Aurora")

#: Source: docdb, CopyDBClusterSnapshot: a shared snapshot is copied in its region only, and across regions
#: PreSignedUrl has to be there.
DOCUMENTDB = ClusterFamily("DocumentDB", copies_shared_across_regions=False, needs_presigned_url=True)

#: Source: neptune, CopyDBClusterSnapshot: `PreSignedUrl` is not supported; [!] one that is given is ignored here.
NEPTUNE = ClusterFamily("Neptune")

#: Source: RUG, "Limitations of Multi-AZ DB clusters": snapshots are not copied, and a plain cluster is not encrypted.
#: RUG, "Multi-AZ DB cluster deployments": a writer and two readers in three zones.
MULTI_AZ = ClusterFamily(
    "Multi-AZ DB cluster", copies=False, encrypts_plain_on_restore=False, has_instances_of_its_own=True
)

#: By engine; all other engines are Aurora's.
_FAMILIES: Mapping[str, ClusterFamily] = {
    "docdb": DOCUMENTDB,
    "neptune": NEPTUNE,
    "mysql": MULTI_AZ,
    "postgres": MULTI_AZ,
}


def family_of(engine: str) -> ClusterFamily:
    """The family of a cluster of this engine; for instances, there is none."""
    return _FAMILIES.get(engine, AURORA)
