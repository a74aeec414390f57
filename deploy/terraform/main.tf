# Farcopy, the AWS side for those who keep their accounts in Terraform or OpenTofu: the same templates as deploy/cloudformation, by the
# same StackSets and stacks. Formatted and not applied: no provider of AWS was at hand. Use it in the management account, or in the one that
# administers StackSets, with a second provider for the vault account.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      version               = ">= 6.0"
      configuration_aliases = [aws.vault, aws.scratch]
    }
  }
}

variable "worker_principal_arn" {
  type        = string
  description = "What the workers run as: output WorkerPrincipalArn of workers.yaml, or a role of your own."
}

variable "external_id" {
  type        = string
  sensitive   = true
  description = "The fleet file's roles.externalId. It is in Terraform's state: keep that as you keep secrets."
}

variable "organizational_unit_ids" {
  type        = list(string)
  description = "Units whose accounts hold databases: all of them get the role and the key, those that join later too."
}

variable "source_org_paths" {
  type        = list(string)
  description = "Paths of the same units (o-a1b2c3d4e5/r-f6g7/ou-f6g7-databases/*): the vault pulls copies from accounts below them and from nowhere else."
}

variable "source_regions" {
  type        = list(string)
  description = "Regions of the databases; the first one has the roles, and stays the first."

  validation {
    condition     = length(var.source_regions) > 0 && length(distinct(var.source_regions)) == length(var.source_regions)
    error_message = "Name one region or more, each once."
  }
}

variable "vault_account_id" {
  type        = string
  description = "The account that keeps the copies, which aws.vault opens."
}

variable "vault_regions" {
  type        = list(string)
  description = "Regions of the databases and of the vaults; the first one has the roles, and stays the first."

  validation {
    condition     = length(var.vault_regions) > 0 && length(distinct(var.vault_regions)) == length(var.vault_regions)
    error_message = "Name one region or more, each once."
  }
}

variable "restore_role_arns" {
  type        = list(string)
  default     = []
  description = "Roles that copies may be lent to (arn:aws:iam::333333333333:role/farcopy-restore), at most 70."
}

variable "database_names" {
  type        = string
  default     = "*"
  description = "Names under which the scratch account, which aws.scratch opens, restores; `*` where it holds nothing else."
}

variable "export_buckets" {
  type        = string
  default     = ""
  description = "Name of the buckets that RDS exports to; empty where no route leads to another cloud."
}

variable "vault_buckets" {
  type        = string
  default     = ""
  description = "Name of the buckets of S3 that are vaults themselves; empty where there are none."
}

locals {
  templates = "${path.module}/../cloudformation"

  vault_parameters = {
    WorkerPrincipalArn = var.worker_principal_arn
    ExternalId         = var.external_id
    SourceOrgPaths     = join(",", var.source_org_paths)
    RestoreRoleArns    = join(",", var.restore_role_arns)
    RoleRegion         = var.vault_regions[0]
    ExportBuckets      = var.export_buckets
    VaultBuckets       = var.vault_buckets
  }
}

resource "aws_cloudformation_stack_set" "source" {
  name             = "farcopy-source"
  description      = "Farcopy, the accounts whose databases are protected."
  permission_model = "SERVICE_MANAGED"
  capabilities     = ["CAPABILITY_NAMED_IAM"]
  template_body    = file("${local.templates}/source-account.yaml")

  parameters = {
    WorkerPrincipalArn = var.worker_principal_arn
    ExternalId         = var.external_id
    VaultAccountIds    = var.vault_account_id
    RoleRegion         = var.source_regions[0]
  }

  auto_deployment {
    enabled                          = true
    retain_stacks_on_account_removal = true
  }

  operation_preferences {
    region_concurrency_type = "SEQUENTIAL"
    region_order            = var.source_regions
  }

  lifecycle {
    # AWS sets it, and no service-managed StackSet has another one.
    ignore_changes = [administration_role_arn]
  }
}

# The region of the roles comes first: Terraform makes what `for_each` names at once.
resource "aws_cloudformation_stack_set_instance" "source_roles" {
  stack_set_name            = aws_cloudformation_stack_set.source.name
  stack_set_instance_region = var.source_regions[0]
  retain_stack              = true

  deployment_targets {
    organizational_unit_ids = var.organizational_unit_ids
  }
}

resource "aws_cloudformation_stack_set_instance" "source" {
  for_each   = toset(slice(var.source_regions, 1, length(var.source_regions)))
  depends_on = [aws_cloudformation_stack_set_instance.source_roles]

  stack_set_name            = aws_cloudformation_stack_set.source.name
  stack_set_instance_region = each.value
  retain_stack              = true

  deployment_targets {
    organizational_unit_ids = var.organizational_unit_ids
  }
}

# In the vault account itself, where StackSets have no business: nobody who administers the organisation administers the vault by them.
resource "aws_cloudformation_stack" "vault_roles" {
  # checkov:skip=CKV_AWS_124: Terraform tells whoever applies it how the stack has ended
  provider = aws.vault

  name          = "farcopy-vault"
  region        = var.vault_regions[0]
  capabilities  = ["CAPABILITY_NAMED_IAM"]
  template_body = file("${local.templates}/vault-account.yaml")
  parameters    = local.vault_parameters

  # Its key opens the copies.
  lifecycle {
    prevent_destroy = true
  }
}

# The key of each region lets the roles in, so they are there before it.
resource "aws_cloudformation_stack" "vault" {
  # checkov:skip=CKV_AWS_124: Terraform tells whoever applies it how the stack has ended
  provider   = aws.vault
  for_each   = toset(slice(var.vault_regions, 1, length(var.vault_regions)))
  depends_on = [aws_cloudformation_stack.vault_roles]

  name          = "farcopy-vault"
  region        = each.value
  capabilities  = ["CAPABILITY_NAMED_IAM"]
  template_body = file("${local.templates}/vault-account.yaml")
  parameters    = local.vault_parameters

  # Its key opens the copies.
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_cloudformation_stack" "restore" {
  # checkov:skip=CKV_AWS_124: Terraform tells whoever applies it how the stack has ended
  provider = aws.scratch

  name          = "farcopy-restore"
  capabilities  = ["CAPABILITY_NAMED_IAM"]
  template_body = file("${local.templates}/restore-account.yaml")

  parameters = {
    WorkerPrincipalArn = var.worker_principal_arn
    ExternalId         = var.external_id
    CopyAccountIds     = var.vault_account_id
    DatabaseNames      = var.database_names
  }
}

output "vault_keys" {
  description = "The key that copies end under, by region."
  value = merge(
    { (var.vault_regions[0]) = aws_cloudformation_stack.vault_roles.outputs["KeyArn"] },
    { for region, stack in aws_cloudformation_stack.vault : region => stack.outputs["KeyArn"] },
  )
}
