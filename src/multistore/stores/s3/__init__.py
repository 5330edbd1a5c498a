"""Any S3 service."""
