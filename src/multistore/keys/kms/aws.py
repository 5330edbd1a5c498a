"""AWS KMS in Tokyo or Osaka: one symmetric key per KEK, of one Region, never rotated.

Every request is held against the pinned host before it leaves. No plaintext of an object and no
scope key is ever sent: only the 64 bytes of a KEK, over TLS.
"""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

from multistore.errors import (
    ConfigurationError,
    InvalidArgumentError,
    KeyUnavailableError,
    TamperedError,
)
from multistore.keys.kms.base import KekLabel, MasterKey, MasterKeyState, of_another
from multistore.keys.secret import Secret
from multistore.processes import PerProcess
from multistore.sdk_logs import withhold_secrets
from multistore.stores.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import datetime, timedelta
    from pathlib import Path

    from mypy_boto3_kms import KMSClient
    from mypy_boto3_kms.type_defs import KeyMetadataTypeDef

REGIONS = {"ap-northeast-1": "Tokyo", "ap-northeast-3": "Osaka"}
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
CONNECT_SECONDS = 5
READ_SECONDS = 10
ATTEMPTS = 4
MAX_WAIT_DAYS = 30

_ARN = re.compile(r"arn:aws:kms:(?P<region>[a-z0-9-]+):[0-9]{12}:key/(?P<id>[A-Za-z0-9-]+)")
_DESCRIPTION = re.compile(r"multistore ledger (?P<ledger>[0-9a-f]{32}), KEK (?P<kek>[0-9]+)")
_STATES = {
    "Enabled": MasterKeyState.ENABLED,
    "Disabled": MasterKeyState.DISABLED,
    "PendingDeletion": MasterKeyState.PENDING_DESTRUCTION,
}
_RETRYABLE = frozenset(
    {
        "DependencyTimeoutException",
        "KMSInternalException",
        "KeyUnavailableException",
        "LimitExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
    }
)


def from_url(url: str, *, base: Path) -> AwsKms:
    """Make it from ``aws-kms://REGION``. No I/O.

    ``?endpoint=http://127.0.0.1:PORT`` names a test server; it may only be on loopback.

    Raises:
        ConfigurationError: the Region is not in Japan, the endpoint is another machine, or the
            URL says anything else.
    """
    del base
    parts = urlsplit(url)
    if not parts.netloc or parts.path.strip("/") or parts.fragment or "@" in parts.netloc:
        raise ConfigurationError(
            "the AWS KMS URL names no Region, or more than that", hint=_EXAMPLE
        )
    region, query = parts.netloc, parse_qs(parts.query)
    if region not in REGIONS:
        raise ConfigurationError(
            f"AWS KMS in {region!r} is not in Japan", provider="aws", code="KEY-001", hint=_EXAMPLE
        )
    if set(query) - {"endpoint"} or len(query.get("endpoint", [])) > 1:
        raise ConfigurationError("the AWS KMS URL may only name an endpoint", hint=_EXAMPLE)
    host = f"kms.{region}.amazonaws.com"
    if not query:
        endpoint = Endpoint("aws", f"https://{host}", region, frozenset({host}))
    else:
        address = urlsplit(query["endpoint"][0])
        if address.scheme not in ("http", "https") or address.hostname not in LOOPBACK:
            raise ConfigurationError(
                f"the AWS KMS endpoint {address.hostname} is not on this machine",
                provider="aws",
                hint="Only a test server on loopback can be named; leave the endpoint out.",
            )
        endpoint = Endpoint(
            "aws",
            f"{address.scheme}://{address.netloc}",
            region,
            frozenset({address.netloc.lower()}),
        )
    return AwsKms(endpoint, url=url)


_EXAMPLE = 'Write keys = "aws-kms://ap-northeast-1" (Tokyo) or "aws-kms://ap-northeast-3" (Osaka).'


class AwsKms:
    """AWS KMS at one endpoint, with the credentials of the SDK's own chain."""

    destroyable = True
    min_wait_days = 7
    attestable = True

    def __init__(self, endpoint: Endpoint, *, url: str) -> None:
        self.url = url
        self.region = cast("str", endpoint.region)
        self._endpoint = endpoint
        self._clients = PerProcess(self._client)

    def __repr__(self) -> str:
        """Name the Region."""
        return f"AwsKms({self.url!r})"

    @property
    def location(self) -> str:
        """The Region, and its city."""
        return f"AWS {self.region} ({REGIONS[self.region]})"

    def occupant(self) -> None:
        """An account may hold the keys of several ledgers, so nobody occupies it."""
        return

    def find(self, label: KekLabel) -> str | None:
        """Look for the label's alias. Cost: one request."""
        with self._errors("DescribeKey", _alias(label)):
            try:
                answer = self._clients.get().describe_key(KeyId=_alias(label))
            except self._clients.get().exceptions.NotFoundException:
                return None
        key = answer["KeyMetadata"]
        if _label(key) != label:
            raise KeyUnavailableError(
                f"the alias {_alias(label)} names a key of something else",
                hint="Remove the alias, or point it back to its own key.",
            )
        return self._admitted(key)

    def create(self, label: KekLabel) -> str:
        """Create a key of this one Region, and the alias by which it is found again.

        Cost: three requests. A process that is killed between the two creations leaves a key
        that nothing uses and that has no alias; its description says what it was for.
        """
        if found := self.find(label):
            return found
        client = self._clients.get()
        with self._errors("CreateKey", _alias(label)):
            created = client.create_key(
                Description=f"multistore ledger {label.ledger_id.hex()}, KEK {label.kek_no}",
                KeyUsage="ENCRYPT_DECRYPT",
                KeySpec="SYMMETRIC_DEFAULT",
                Origin="AWS_KMS",
                MultiRegion=False,
            )["KeyMetadata"]
        key_id = self._admitted(created)
        with self._errors("CreateAlias", key_id):
            try:
                client.create_alias(AliasName=_alias(label), TargetKeyId=key_id)
            except client.exceptions.AlreadyExistsException:
                # Another process was first; this key has wrapped nothing.
                client.schedule_key_deletion(
                    KeyId=self._bare(key_id), PendingWindowInDays=self.min_wait_days
                )
                return self.create(label)
        return key_id

    def wrap(self, key_id: str, plaintext: bytearray, label: KekLabel) -> bytes:
        """Encrypt under the key, with the label as encryption context. Cost: one request."""
        with self._errors("Encrypt", key_id):
            return self._clients.get().encrypt(
                KeyId=self._own(key_id),
                Plaintext=cast("bytes", plaintext),
                EncryptionContext=label.context,
            )["CiphertextBlob"]

    def unwrap(self, key_id: str, ciphertext: bytes, label: KekLabel) -> Secret:
        """Decrypt under the key and the label. Cost: one request.

        The SDK hands the plaintext over as ``bytes``, which Python cannot overwrite; what is
        returned can be.
        """
        try:
            with self._errors("Decrypt", key_id):
                answer = self._clients.get().decrypt(
                    KeyId=self._own(key_id),
                    CiphertextBlob=ciphertext,
                    EncryptionContext=label.context,
                )
        except TamperedError:
            owner = None
            with suppress(KeyUnavailableError):  # a runtime role may not describe keys
                owner = self.describe(key_id).label
            if owner is not None and owner != label:
                raise of_another(key_id, owner) from None
            raise
        return Secret(answer["Plaintext"])

    def disable(self, key_id: str) -> None:
        """Disable the key. Cost: one request."""
        if self.describe(key_id).state is MasterKeyState.PENDING_DESTRUCTION:
            return
        with self._errors("DisableKey", key_id):
            self._clients.get().disable_key(KeyId=self._bare(key_id))

    def enable(self, key_id: str) -> None:
        """Call a scheduled deletion off, and enable the key. Cost: two or three requests."""
        if self.describe(key_id).state is MasterKeyState.PENDING_DESTRUCTION:
            with self._errors("CancelKeyDeletion", key_id):
                self._clients.get().cancel_key_deletion(KeyId=self._bare(key_id))
        with self._errors("EnableKey", key_id):
            self._clients.get().enable_key(KeyId=self._bare(key_id))

    def schedule_destruction(self, key_id: str, wait: timedelta) -> datetime:
        """Schedule the deletion, 7 to 30 days from now. Cost: two requests."""
        days = -(-wait.total_seconds() // 86_400)
        if not self.min_wait_days <= days <= MAX_WAIT_DAYS:
            raise InvalidArgumentError(
                f"AWS KMS deletes a key after 7 to {MAX_WAIT_DAYS} days, not after {days:.0f}"
            )
        if due := self.describe(key_id).destroyed_at:
            return due
        with self._errors("ScheduleKeyDeletion", key_id):
            return self._clients.get().schedule_key_deletion(
                KeyId=self._bare(key_id), PendingWindowInDays=int(days)
            )["DeletionDate"]

    def describe(self, key_id: str) -> MasterKey:
        """Ask for the key's state. AWS forgets a deleted key, which is then ABSENT.

        Cost: one request.
        """
        with self._errors("DescribeKey", key_id):
            try:
                key = self._clients.get().describe_key(KeyId=self._own(key_id))["KeyMetadata"]
            except self._clients.get().exceptions.NotFoundException:
                return MasterKey(key_id, MasterKeyState.ABSENT, self.location)
        state = _STATES.get(key.get("KeyState", ""))
        if state is None:
            raise KeyUnavailableError(
                f"the master key {key_id} is in the state {key.get('KeyState')}",
                code=key.get("KeyState"),
            )
        return MasterKey(
            self._admitted(key), state, self.location, key.get("DeletionDate"), _label(key)
        )

    def close(self) -> None:
        """Close this process's connections."""
        if client := self._clients.take():
            client.close()

    def _client(self) -> KMSClient:
        import botocore.session  # noqa: PLC0415 - the SDK is loaded when it is needed
        from botocore.config import Config  # noqa: PLC0415 - as above

        withhold_secrets()
        session: Any = botocore.session.Session()
        client: KMSClient = session.create_client(
            "kms",
            endpoint_url=self._endpoint.url,
            region_name=self.region,
            config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                proxies={},  # the environment's proxy is never used
                use_fips_endpoint=False,
                use_dualstack_endpoint=False,
            ),
        )
        events: Any = client.meta.events
        events.register_first("before-send.kms", self._check)
        return client

    def _check(self, request: Any, **_: object) -> None:
        self._endpoint.check(request.url)

    def _own(self, key_id: str) -> str:
        """Refuse a key of another Region, or one that may have replicas, by its name alone."""
        match = _ARN.fullmatch(key_id)
        if not match:
            raise KeyUnavailableError(
                f"{key_id!r} is not the ARN of an AWS KMS key",
                hint="The ledger's keys are in another key service than the configuration names.",
            )
        if match["region"] != self.region:
            raise KeyUnavailableError(
                f"the master key {key_id} is in {match['region']}, not in {self.region}",
                provider="aws",
                code="KEY-001",
                hint=f'Write keys = "aws-kms://{match["region"]}" if that is its place.'
                if match["region"] in REGIONS
                else "A master key outside Japan is never used.",
            )
        if match["id"].startswith("mrk-"):
            raise _multi_region(key_id, [])
        return key_id

    def _bare(self, key_id: str) -> str:
        """The id without the ARN around it: AWS takes either, an emulator only this."""
        return self._own(key_id).rpartition("/")[2]

    def _admitted(self, key: KeyMetadataTypeDef) -> str:
        key_id = key.get("Arn", "")
        if key.get("MultiRegion"):
            replicas = key.get("MultiRegionConfiguration", {}).get("ReplicaKeys", [])
            raise _multi_region(key_id, [replica.get("Region", "?") for replica in replicas])
        return self._own(key_id)

    @contextmanager
    def _errors(self, call: str, key_id: str) -> Generator[None, None, None]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

        try:
            yield
        except ClientError as error:
            raise self._error(call, key_id, error) from None
        except BotoCoreError as error:
            kind = type(error).__name__
            raise KeyUnavailableError(
                f"AWS KMS in {self.region} was not reached for {call}: {kind}",
                provider="aws",
                operation=call,
                code=kind,
                retryable="Credential" not in kind,
                hint="Give credentials by the SDK's own chain: a role, or a profile."
                if "Credential" in kind
                else "Check the network and the name resolution.",
            ) from None

    def _error(self, call: str, key_id: str, error: Any) -> KeyUnavailableError | TamperedError:
        fault = error.response.get("Error", {})
        answer = error.response.get("ResponseMetadata", {})
        code = str(fault.get("Code", ""))
        text: str = f"was refused {call}: {code}"
        hint: str | None = None
        where: dict[str, Any] = {
            "provider": "aws",
            "operation": call,
            "code": code,
            "status": answer.get("HTTPStatusCode"),
            "request_id": answer.get("RequestId"),
        }
        if code in ("InvalidCiphertextException", "IncorrectKeyException"):
            return TamperedError(
                f"AWS KMS does not open this under {key_id}",
                hint="It belongs to another ledger, or the ledger was altered: restore the "
                "newest key backup.",
                **where,
            )
        if code == "DisabledException":
            text, hint = "is disabled", "Enable it, or restore the newest key backup."
        elif code == "KMSInvalidStateException":
            text, hint = self._invalid_state(key_id)
        elif code == "NotFoundException":
            text = "is not there"
            hint = "It was deleted, or these are credentials of another account."
        elif code == "AccessDeniedException":
            text = f"does not permit kms:{call} to these credentials"
            hint = "docs/howto/keys-for-operators.md lists what each role needs."
        return KeyUnavailableError(
            f"the master key {key_id} {text}", hint=hint, retryable=code in _RETRYABLE, **where
        )

    def _invalid_state(self, key_id: str) -> tuple[str, str | None]:
        with suppress(KeyUnavailableError):
            known = self.describe(key_id)
            if known.state is MasterKeyState.PENDING_DESTRUCTION and known.destroyed_at:
                return (
                    f"waits for its deletion on {known.destroyed_at:%Y-%m-%d %H:%M %Z}",
                    "It can be called off until then, for a tenant: multistore tenant end --cancel",
                )
            if known.state is MasterKeyState.DISABLED:
                return "is disabled", "Enable it, or restore the newest key backup."
        return "is in a state that does not allow this", None


def _alias(label: KekLabel) -> str:
    return f"alias/multistore/{label.ledger_id.hex()}/{label.kek_no}"


def _label(key: KeyMetadataTypeDef) -> KekLabel | None:
    match = _DESCRIPTION.fullmatch(key.get("Description", ""))
    return KekLabel(bytes.fromhex(match["ledger"]), int(match["kek"])) if match else None


def _multi_region(key_id: str, replicas: list[str]) -> KeyUnavailableError:
    where = f", with replicas in {', '.join(replicas)}" if replicas else ""
    return KeyUnavailableError(
        f"the master key {key_id} is a multi-Region key{where}: its material can leave Japan",
        provider="aws",
        code="KEY-001",
        hint="Use keys of one Region only.",
    )
