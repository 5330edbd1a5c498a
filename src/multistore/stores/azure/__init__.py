"""Azure Blob storage."""
