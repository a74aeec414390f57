"""Audits one recovery point of each resource: a whole copy in each of its places, and nothing more in any place.

usage: auditCopies.py ROLE EXPECTED PLACE ...

EXPECTED is {ARN of a resource: [ACCOUNT/REGION, ...]} as JSON, its own place first. Every PLACE (ACCOUNT/REGION) is searched, so
that what lies where nobody expects it is found as well. Prints one line for each thing that is wrong, then
`48 copies of 16 resources`; exits with 1 where anything is wrong.
"""

import json
import sys
from collections import defaultdict

from askTheClouds import alias_of, session, shared_with, snapshots

OWN_KEY = "alias/farcopy"


def look(role: str, place: str):
    """Every manual snapshot of a place, whoever made it."""
    account, region = place.split("/")
    opened = session(role, account, region)
    rds = opened.client("rds")
    aliases = opened.client("kms").list_aliases()["Aliases"]
    for what, name, _, one in snapshots(rds):
        arn = one.get("DBClusterSnapshotArn") or one["DBSnapshotArn"]
        tags = rds.list_tags_for_resource(ResourceName=arn)["TagList"]
        yield {
            "place": place,
            "name": name,
            "status": one["Status"],
            "percent": one["PercentProgress"],
            "size": one["AllocatedStorage"],
            "key": alias_of(aliases, one.get("KmsKeyId")),
            "shared": shared_with(rds, what, name),
            "tags": {tag["Key"].removeprefix("farcopy:"): tag["Value"] for tag in tags},
        }


def wrong_with(copy: dict, is_source: bool):
    """Why a copy is no whole one."""
    tags = copy["tags"]
    if copy["status"] != "available" or copy["percent"] != 100:
        yield f"is {copy['status']}, {copy['percent']} %"
    if not tags.get("verified", "").startswith("exists "):
        yield "was never proven"
    if tags.get("retention") == "temporary":
        yield "is a temporary one that was left behind"
    if copy["shared"]:
        yield f"is still shared with {', '.join(copy['shared'])}"
    if not is_source and copy["key"] != OWN_KEY:
        yield f"is under {copy['key']}"


def differences(copies: list):
    """What all copies of a recovery point must agree in."""
    for what, of in {
        "recovery points": lambda copy: copy["tags"].get("recovery-point"),
        "times of data": lambda copy: copy["tags"].get("data-time"),
        "sizes": lambda copy: copy["size"],
    }.items():
        seen = sorted({str(of(copy)) for copy in copies})
        if len(seen) > 1:
            yield f"its copies are of several {what}: {', '.join(seen)}"


def audit(expected: dict, found: list):
    of_resource = defaultdict(list)
    for copy in found:
        of_resource[copy["tags"].get("resource")].append(copy)
    for resource, copies in of_resource.items():
        if resource not in expected:
            yield from (f"{copy['place']} {copy['name']} is of nobody: {resource}" for copy in copies)
    for resource, places in expected.items():
        copies = of_resource[resource]
        for place in places:
            there = sum(copy["place"] == place for copy in copies)
            if there != 1:
                yield f"{resource} has {there} copies in {place}"
        for copy in copies:
            if copy["place"] not in places:
                yield f"{resource} has a copy in {copy['place']}"
            for why in wrong_with(copy, copy["place"] == places[0]):
                yield f"{copy['place']} {copy['name']} {why}"
        yield from (f"{resource}: {why}" for why in differences(copies))


def main(role: str, expected: dict, places: list) -> int:
    found = [copy for place in places for copy in look(role, place)]
    problems = list(audit(expected, found))
    for problem in problems:
        print(problem)
    print(f"{len(found)} copies of {len({copy['tags'].get('resource') for copy in found})} resources")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3:]))
