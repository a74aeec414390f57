"""What moto's S3 takes without asking: checksums, names of actions, buckets of other accounts."""
