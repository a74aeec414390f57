# Farcopy, the Google side: a bucket that keeps what it is given, and the rights of the workers in it.
#
# The workers may write and read everywhere in the bucket, and delete below underway/ alone, where nothing but lists and parts
# of unfinished transfers lies. To overwrite an object is to delete it, so that is refused outside underway/ as well. Those of
# retention list the bucket, and read below catalogue/ and retention/holds/. Whoever holds copies writes below retention/holds/.

terraform {
  required_version = ">= 1.5"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 5.0"
    }
  }
}

variable "project" {
  type        = string
  description = "The project that keeps the copies; it should hold nothing else."
}

variable "bucket" {
  type        = string
  description = "Name of the bucket, as the fleet file's vault has it."
}

variable "location" {
  type        = string
  description = "Where the bucket is: EU, europe-west1, ..."
}

variable "prefix" {
  type        = string
  default     = ""
  description = "What stands between the bucket's name and Farcopy's keys in the fleet file's vault (copies for gs://bucket/copies); empty for nothing."
}

variable "workers" {
  type        = string
  description = "Who the workers are: serviceAccount:farcopy@project.iam.gserviceaccount.com, or a principal of a workload identity pool."
}

variable "planners" {
  type        = list(string)
  default     = []
  description = "Who the workers of the queues mark and prune are: they list the bucket, and read its records and who holds them, and nothing else."
}

variable "holders" {
  type        = list(string)
  default     = []
  description = "Who sets and releases holds of copies (the principal of the queue mark, and people): they write below retention/holds/."
}

variable "lock_held" {
  type        = bool
  default     = false
  description = "Whether holders also have Google Cloud hold each object of a held copy. For that Google Cloud asks for the right to read them."
}

variable "object_lock" {
  type        = bool
  default     = true
  description = "Whether each object is locked for as long as the fleet file's lock says. It can be switched on only when the bucket is made."
}

variable "soft_delete_days" {
  type        = number
  default     = 7
  description = "For how long what somebody has deleted can be brought back."
}

locals {
  underway  = var.prefix == "" ? "underway/" : "${trim(var.prefix, "/")}/underway/"
  catalogue = var.prefix == "" ? "catalogue/" : "${trim(var.prefix, "/")}/catalogue/"
  data      = var.prefix == "" ? "data/" : "${trim(var.prefix, "/")}/data/"
  holds     = var.prefix == "" ? "retention/holds/" : "${trim(var.prefix, "/")}/retention/holds/"
}

resource "google_storage_bucket" "copies" {
  # checkov:skip=CKV_GCP_62: Cloud Audit Logs have data access; a second bucket that nobody reads would be no better
  # checkov:skip=CKV_GCP_78: nobody may overwrite, each object is locked, and what is deleted can be brought back
  project                     = var.project
  name                        = var.bucket
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  enable_object_retention     = var.object_lock

  soft_delete_policy {
    retention_duration_seconds = var.soft_delete_days * 86400
  }

  # A retention of the whole bucket would keep the parts below underway/ as well: locks are on objects.
  lifecycle {
    prevent_destroy = true
  }
}

resource "google_project_iam_custom_role" "writer" {
  project     = var.project
  role_id     = "farcopyWriter"
  title       = "Farcopy writer"
  description = "Writes and reads copies; deletes and overwrites nothing."
  permissions = [
    "storage.buckets.get",
    "storage.objects.create",
    "storage.objects.get",
    "storage.objects.list",
    "storage.objects.setRetention",
  ]
}

resource "google_project_iam_custom_role" "sweeper" {
  project     = var.project
  role_id     = "farcopyUnderway"
  title       = "Farcopy underway"
  description = "Removes lists and parts of unfinished transfers."
  permissions = ["storage.objects.delete"]
}

resource "google_project_iam_custom_role" "lister" {
  project     = var.project
  role_id     = "farcopyLister"
  title       = "Farcopy lister"
  description = "Lists copies."
  permissions = ["storage.objects.list"]
}

resource "google_project_iam_custom_role" "record_reader" {
  project     = var.project
  role_id     = "farcopyRecordReader"
  title       = "Farcopy record reader"
  description = "Reads what the catalogue says of copies."
  permissions = ["storage.objects.get"]
}

resource "google_project_iam_custom_role" "hold_writer" {
  project     = var.project
  role_id     = "farcopyHoldWriter"
  title       = "Farcopy hold writer"
  description = "Says who holds copies."
  permissions = ["storage.objects.create"]
}

resource "google_project_iam_custom_role" "hold_keeper" {
  project     = var.project
  role_id     = "farcopyHoldKeeper"
  title       = "Farcopy hold keeper"
  description = "Has Google Cloud hold objects, and lets go of them."
  permissions = ["storage.objects.get", "storage.objects.update"]
}

resource "google_storage_bucket_iam_member" "writer" {
  bucket = google_storage_bucket.copies.name
  role   = google_project_iam_custom_role.writer.id
  member = var.workers

  condition {
    title      = "not below retention/holds/"
    expression = "!resource.name.startsWith(\"projects/_/buckets/${var.bucket}/objects/${local.holds}\")"
  }
}

resource "google_storage_bucket_iam_member" "hold_reader" {
  bucket = google_storage_bucket.copies.name
  role   = google_project_iam_custom_role.record_reader.id
  member = var.workers

  condition {
    title      = "below retention/holds/"
    expression = "resource.name.startsWith(\"projects/_/buckets/${var.bucket}/objects/${local.holds}\")"
  }
}

resource "google_storage_bucket_iam_member" "sweeper" {
  bucket = google_storage_bucket.copies.name
  role   = google_project_iam_custom_role.sweeper.id
  member = var.workers

  condition {
    title      = "below underway/"
    expression = "resource.name.startsWith(\"projects/_/buckets/${var.bucket}/objects/${local.underway}\")"
  }
}

resource "google_storage_bucket_iam_member" "lister" {
  for_each = toset(concat(var.planners, var.holders))
  bucket   = google_storage_bucket.copies.name
  role     = google_project_iam_custom_role.lister.id
  member   = each.value
}

resource "google_storage_bucket_iam_member" "record_reader" {
  for_each = toset(concat(var.planners, var.holders))
  bucket   = google_storage_bucket.copies.name
  role     = google_project_iam_custom_role.record_reader.id
  member   = each.value

  condition {
    title      = "below catalogue/ and retention/holds/"
    expression = "resource.name.startsWith(\"projects/_/buckets/${var.bucket}/objects/${local.catalogue}\") || resource.name.startsWith(\"projects/_/buckets/${var.bucket}/objects/${local.holds}\")"
  }
}

resource "google_storage_bucket_iam_member" "hold_writer" {
  for_each = toset(var.holders)
  bucket   = google_storage_bucket.copies.name
  role     = google_project_iam_custom_role.hold_writer.id
  member   = each.value

  condition {
    title      = "below retention/holds/"
    expression = "resource.name.startsWith(\"projects/_/buckets/${var.bucket}/objects/${local.holds}\")"
  }
}

resource "google_storage_bucket_iam_member" "hold_keeper" {
  for_each = toset(var.lock_held ? var.holders : [])
  bucket   = google_storage_bucket.copies.name
  role     = google_project_iam_custom_role.hold_keeper.id
  member   = each.value

  condition {
    title      = "below catalogue/ and data/"
    expression = "resource.name.startsWith(\"projects/_/buckets/${var.bucket}/objects/${local.catalogue}\") || resource.name.startsWith(\"projects/_/buckets/${var.bucket}/objects/${local.data}\")"
  }
}

output "vault" {
  description = "For the fleet file's vault."
  value       = var.prefix == "" ? "gs://${var.bucket}" : "gs://${var.bucket}/${trim(var.prefix, "/")}"
}
