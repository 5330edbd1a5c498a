"""One storage API over AWS S3, Azure Blob, S3-compatible clouds in Japan and a directory."""
