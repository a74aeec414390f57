"""Asks the clouds which copies there are, in another language than what made them: one line of JSON a snapshot.

usage: askTheClouds.py ROLE ACCOUNT/REGION ...
"""

import json
import sys

import boto3


def session(role: str, account: str, region: str):
    sts = boto3.client("sts", region_name=region)
    credentials = sts.assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName="asker"
    )["Credentials"]
    return boto3.Session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        region_name=region,
    )


def alias_of(aliases: list, key: str | None) -> str:
    if key is None:
        return "not encrypted"
    identifier = key.rsplit("/", 1)[-1]
    named = [alias["AliasName"] for alias in aliases if alias.get("TargetKeyId") == identifier]
    return named[0] if named else key


def snapshots(client):
    for page in client.get_paginator("describe_db_cluster_snapshots").paginate(SnapshotType="manual"):
        for one in page["DBClusterSnapshots"]:
            yield "cluster", one["DBClusterSnapshotIdentifier"], one["DBClusterIdentifier"], one
    for page in client.get_paginator("describe_db_snapshots").paginate(SnapshotType="manual"):
        for one in page["DBSnapshots"]:
            yield "instance", one["DBSnapshotIdentifier"], one["DBInstanceIdentifier"], one


def shared_with(client, what: str, name: str) -> list:
    if what == "cluster":
        answer = client.describe_db_cluster_snapshot_attributes(DBClusterSnapshotIdentifier=name)
        attributes = answer["DBClusterSnapshotAttributesResult"]["DBClusterSnapshotAttributes"]
    else:
        answer = client.describe_db_snapshot_attributes(DBSnapshotIdentifier=name)
        attributes = answer["DBSnapshotAttributesResult"]["DBSnapshotAttributes"]
    return [value for one in attributes if one["AttributeName"] == "restore" for value in one["AttributeValues"]]


def main(role: str, places: list) -> None:
    for place in places:
        account, region = place.split("/")
        opened = session(role, account, region)
        rds = opened.client("rds")
        aliases = opened.client("kms").list_aliases()["Aliases"]
        for what, name, of, one in snapshots(rds):
            tags = rds.list_tags_for_resource(
                ResourceName=one.get("DBClusterSnapshotArn") or one["DBSnapshotArn"]
            )["TagList"]
            print(
                json.dumps(
                    {
                        "where": place,
                        "engine": one["Engine"],
                        "of": of,
                        "status": one["Status"],
                        "key": alias_of(aliases, one.get("KmsKeyId")),
                        "sharedWith": shared_with(rds, what, name),
                        "tags": {tag["Key"]: tag["Value"] for tag in tags},
                    }
                )
            )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
