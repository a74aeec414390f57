"""moto 5.2.5 presents the keys behind `alias/aws/*` as customer-managed, open to the policies of their account.

AWS: `KeyManager` is AWS. KMS developer guide, "AWS managed keys": their policies let every principal of the account in,
but only through their service, and let the account see what they are.
"""

from __future__ import annotations

import json

from moto.kms.models import KmsBackend

#: The part of an alias that names a service, where its endpoint is called otherwise.
_ENDPOINTS = {"ebs": "ec2"}


def apply() -> None:
    generate = KmsBackend._generate_default_keys

    def _generate_default_keys(self: KmsBackend, alias_name: str) -> str | None:
        key_id = generate(self, alias_name)
        if key_id is not None:
            service = alias_name.rpartition("/")[2]
            self.keys[key_id].key_manager = "AWS"
            self.keys[key_id].policy = _policy(self.account_id, self.region_name, _ENDPOINTS.get(service, service))
        return key_id

    KmsBackend._generate_default_keys = _generate_default_keys  # type: ignore[method-assign]


def _policy(account: str, region: str, service: str) -> str:
    through_service = {
        "StringEquals": {"kms:CallerAccount": account, "kms:ViaService": f"{service}.{region}.amazonaws.com"}
    }
    use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"]
    see = ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"]
    allow = {"Effect": "Allow", "Resource": "*"}
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {**allow, "Principal": {"AWS": "*"}, "Action": use, "Condition": through_service},
                {**allow, "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": see},
            ],
        }
    )
