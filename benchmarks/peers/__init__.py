"""The clients that are measured beside each other: one small class each.

A peer has the methods of ``Peer`` that its library has an equivalent of; what it lacks is
reported as such. Each is used as its own documents show it, with payload signing off, as it is
over TLS.
"""

from __future__ import annotations

import importlib

PLACES = {
    "multistore": "ours:Multistore",
    "multistore-read": "ours:MultistoreRead",
    "multistore-open-file": "ours:MultistoreOpenFile",
    "obstore": "fast:Obstore",
    "obstore-signed": "fast:ObstoreSigned",
    "obstore-ranges": "fast:ObstoreRanges",
    "opendal": "fast:OpenDal",
    "boto3": "boto:Boto3",
    "boto3-transfer": "boto:Boto3Transfer",
    "minio": "others:Minio",
    "s3fs": "others:S3Fs",
    "smart_open": "others:SmartOpen",
    "cloudpathlib": "others:CloudPathLib",
    "azure-storage-blob": "azure:AzureBlob",
    "adlfs": "azure:AdlFs",
    "obstore-azure": "azure:ObstoreAzure",
    "amazon-s3-encryption-client": "sealing:AmazonS3Encryption",
    "aws-encryption-sdk": "sealing:AwsEncryptionSdk",
    "aws-encryption-sdk-frames": "sealing:AwsEncryptionSdkFrames",
    "azure-client-side-encryption": "sealing:AzureClientSide",
    "rclone-crypt": "sealing:RcloneCrypt",
}
"""Where each peer's class is, by its name on the command line."""


def load(name: str) -> type:
    """Give a peer's class; ImportError where its library is not installed."""
    module, _, kind = PLACES[name].partition(":")
    found: type = getattr(importlib.import_module(f"benchmarks.peers.{module}"), kind)
    return found
