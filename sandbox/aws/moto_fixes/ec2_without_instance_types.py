"""moto 5.2.5 reads the catalogue of all EC2 instance types and where they are offered as soon as RDS is loaded, which
needs nothing but the default network of EC2: a third of the start-up time and half of the memory.

Without it, EC2's DescribeInstanceTypes and DescribeInstanceTypeOfferings answer with empty lists.
"""

from __future__ import annotations

from typing import Any

from moto.utilities import utils


def load_ec2() -> None:
    """Loads moto's EC2 without the catalogue; to be called before anything else loads it."""
    load = utils.load_resource

    def load_resource(resource: str) -> Any:
        return {} if "/instance_type" in resource else load(resource)

    utils.load_resource = load_resource
    try:
        import moto.ec2.models  # noqa: F401
    finally:
        utils.load_resource = load
