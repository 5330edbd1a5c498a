"""Azure Blob: obstore for the bytes, azure-storage-blob for the rest.

Azure honours create-only and if-match at the commit of any object, however large, and copies
inside the account. It knows no suffix range, so Last costs a HEAD more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multistore.errors import (
    AccessDeniedError,
    MultistoreError,
    UnsupportedError,
)
from multistore.stores.azure.account import Account, checked
from multistore.stores.azure.container import Container, Place
from multistore.stores.azure.copy import Copy, first_part, on_server, rewritten
from multistore.stores.azure.credentials import Provider
from multistore.stores.azure.delete import delete
from multistore.stores.azure.errors import from_obstore
from multistore.stores.azure.listing import objects
from multistore.stores.azure.names import (
    check_metadata,
    check_name,
    checked_account,
    checked_container,
)
from multistore.stores.azure.placement import AzurePlacement
from multistore.stores.azure.retention import AzureRetention
from multistore.stores.azure.upload import judged, upload
from multistore.stores.azure.version_ids import CURRENT, DELETED, SNAPSHOT
from multistore.stores.azure.versions import Uploads, Versions
from multistore.stores.base import MEBIBYTE, Capability, Limits
from multistore.stores.permits import REQUESTS
from multistore.stores.streaming import Measured, part_size_for
from multistore.stores.transfer import DataPlane, stored
from multistore.values import EMPTY, PutMode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from multistore.stores.base import Body, Fetched, Ref, StoredObject
    from multistore.stores.endpoint import Endpoint
    from multistore.stores.transfer import Written
    from multistore.values import CommonPrefix, Last, Outcome, Span, WriteMode

BLOCKS = 50_000
BLOCK_MAX = 4000 * MEBIBYTE
"""Microsoft Learn, "Scalability and performance targets for Blob storage"."""

_ALWAYS = frozenset({
    Capability.CONDITIONAL_CREATE,
    Capability.CONDITIONAL_UPDATE,
    Capability.CONDITIONAL_DELETE,
    Capability.SERVER_COPY,
    Capability.UPLOADS,
    Capability.UNEQUAL_PARTS,
    Capability.NON_ASCII_NAMES,
})  # fmt: skip


class AzureStore:
    """One container of an Azure storage account.

    Thread-safe; picklable: a pickle holds the arguments, and credentials only by reference.
    Making one costs no request. Clients are made at first use and shared by all stores of this
    process that name the same account and credentials.

    Args:
        name: the store's name in the configuration.
        endpoint: the account's URL and the hosts that are pinned. ``profile.versions`` says
            whether the service lists versions, snapshots and soft-deleted objects: Azure itself
            does; Azurite does not.
        account: the storage account.
        container: the container.
        credentials: ``env:PREFIX`` (``PREFIX_ACCOUNT_KEY`` or ``PREFIX_SAS_TOKEN``), or None for
            Entra ID.
        limits: how transfers are cut.

    Raises:
        ConfigurationError: plain http beyond loopback; a secondary or otherwise indirect host;
            no name of an account or a container.
        ResidencyError: the endpoint's own address is not one of its hosts.
    """

    def __init__(
        self,
        name: str,
        *,
        endpoint: Endpoint,
        account: str,
        container: str,
        credentials: str | None,
        limits: Limits | None = None,
    ) -> None:
        self._arguments = (name, endpoint, account, container, credentials, limits)
        self._limits = limits or Limits(parts=BLOCKS, object_size=BLOCKS * BLOCK_MAX)
        who = checked(Account(endpoint, checked_account(account), credentials))
        endpoint.check(who.url)
        concurrency = self._limits.concurrency
        requests = max(concurrency, REQUESTS)
        place = Place(name, who, checked_container(container), concurrency, requests)
        self._container = Container(place)
        self._credentials = Provider(credentials, account, endpoint)
        self._data = DataPlane(
            self._connect, self._translate, endpoint=endpoint, permits=self._container.permits
        )
        self._capabilities = _ALWAYS
        if endpoint.profile.versions:
            self._capabilities |= {Capability.VERSIONS}
        self._retention = AzureRetention(self._container)
        self._answered = False

    def __repr__(self) -> str:
        """Name the store, its account's URL and its container."""
        place = self._container.place
        return f"<AzureStore {place.store}: {place.account.url}/{place.container}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the arguments; the clients are made anew."""
        return _remade, self._arguments

    @property
    def name(self) -> str:
        """The store's name in the configuration."""
        return self._container.place.store

    @property
    def provider(self) -> str:
        """The provider's name in the catalogue."""
        return self._container.place.account.endpoint.provider

    @property
    def bucket(self) -> str:
        """The container's name."""
        return self._container.place.container

    @property
    def endpoint(self) -> Endpoint:
        """Where its requests go."""
        return self._container.place.account.endpoint

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What Azure Blob can do; VERSIONS as the endpoint's profile says."""
        return self._capabilities

    @property
    def limits(self) -> Limits:
        """How transfers are cut."""
        return self._limits

    def put(
        self,
        name: str,
        body: Body,
        *,
        mode: WriteMode,
        content_type: str | None = None,
        metadata: Mapping[str, str] = EMPTY,
    ) -> StoredObject:
        """Write one object; see Store.put.

        Up to ``part_size`` bytes go in one request. More go in blocks, by obstore, or under a
        condition by Microsoft's client, which costs one request more. A body of unknown size may
        have ``part_size * parts`` bytes; a known one has its blocks made large enough.
        """
        with self._container.locating("put", name):
            check_name(name, self._limits)
            check_metadata(metadata)
            return self._put(name, body, mode, content_type, metadata)

    def get(
        self,
        name: str,
        span: Span | Last,
        *,
        if_match: str | None = None,
        version: str | None = None,
    ) -> Fetched:
        """Read one range into memory; see Store.get."""
        with self._container.locating("get", name):
            fetched = self._data.get(
                name,
                span,
                if_match=if_match,
                version=self._checked_version(version),
                suffix_range=False,
            )
            self._answered = True
            return fetched

    def head(self, name: str, *, version: str | None = None) -> StoredObject:
        """Describe one object; see Store.head.

        obstore gives no error code for HEAD. Where the service refuses, the same object is asked
        for once more by the other client; a 404 is so questioned only until the container has
        been seen to answer.
        """
        with self._container.locating("head", name):
            asked = self._checked_version(version)
            try:
                info = self._data.head(name, version=asked)
            except MultistoreError as error:
                unsaid = error.code is None and error.status is not None
                if unsaid and not (self._answered and error.status == 404):
                    self._explain(name, asked)
                raise
            self._answered = True
            return info

    def list(
        self, prefix: str, *, delimiter: str | None = None, start_after: str | None = None
    ) -> Iterator[StoredObject | CommonPrefix]:
        """List names in the order of their bytes, page by page; see Store.list."""
        return objects(self._container, prefix, delimiter=delimiter, start_after=start_after)

    def copy(
        self,
        source: str,
        target: str,
        *,
        head: bytes,
        if_match: str,
        mode: WriteMode,
        content_type: str | None = None,
        metadata: Mapping[str, str] = EMPTY,
    ) -> StoredObject:
        """Copy under a new head; see Store.copy.

        Up to ``part_size`` bytes are read and written. More are copied inside the account but for
        the first part; where the service may not read the source, they pass through.
        """
        with self._container.locating("copy", source):
            check_name(target, self._limits)
            check_metadata(metadata)
            made = Copy(source, target, head, if_match, mode, content_type, metadata)
            part_size = self._limits.part_size
            first = first_part(self._data, made, part_size)
            size = first.info.size or 0
            if size > part_size:
                try:
                    result = on_server(self._container, made, first, self._limits)
                except AccessDeniedError as error:
                    if error.code != "CannotVerifyCopySource":
                        raise
                else:
                    return stored(
                        target, size, result, content_type=content_type, metadata=metadata
                    )
            body = rewritten(self._data, made, first, part_size)
            return self._put(target, body, made.commit_mode, content_type, metadata)

    def delete(self, refs: Sequence[Ref]) -> Sequence[Outcome]:
        """Delete, with one outcome per reference; see Store.delete.

        Cost: one request per reference. An object goes with its snapshots.
        """
        with self._container.locating("delete", None):
            for ref in refs:
                if ref.version is not None and Capability.VERSIONS not in self._capabilities:
                    raise _no_versions(ref.name)
            return delete(self._container, refs, workers=self._limits.concurrency)

    def close(self) -> None:
        """Give connections back. Idempotent."""
        self._data.close()
        self._container.close()

    @property
    def placement(self) -> AzurePlacement:
        """What the account says of its redundancy."""
        return AzurePlacement(self._container)

    @property
    def versions(self) -> Versions | None:
        """Every version, snapshot and soft-deleted object, where the service lists them."""
        return Versions(self._container) if Capability.VERSIONS in self._capabilities else None

    @property
    def uploads(self) -> Uploads:
        """Blocks that were never committed."""
        return Uploads(self._container)

    @property
    def retention(self) -> AzureRetention | None:
        """Immutability policies and legal holds of versions, where the service has them."""
        return self._retention if self.endpoint.profile.object_lock else None

    @property
    def rules(self) -> None:
        """None: Azure's lifecycle rules are the account's, past the data plane."""
        return

    @property
    def strays(self) -> None:
        """None: a container holds nothing but blobs."""
        return

    def _put(
        self,
        name: str,
        body: Body,
        mode: WriteMode,
        content_type: str | None,
        metadata: Mapping[str, str],
    ) -> StoredObject:
        part_size = part_size_for(body.size, self._limits)
        most = min(self._limits.object_size, part_size * self._limits.parts)
        parts = Measured(body.parts, body.size, most=most)
        small = parts.begin(part_size)
        result: Written
        with judged(mode):
            if small is not None:
                whole = small[0] if len(small) == 1 else b"".join(small)
                result = self._data.put(
                    name, whole, mode, content_type=content_type, metadata=metadata
                )
            elif mode is PutMode.OVERWRITE:
                result = self._data.put_stream(
                    name,
                    parts,
                    part_size=part_size,
                    concurrency=self._limits.concurrency,
                    content_type=content_type,
                    metadata=metadata,
                )
            else:
                result = upload(
                    self._container,
                    name,
                    parts,
                    mode=mode,
                    part_size=part_size,
                    workers=self._limits.concurrency,
                    content_type=content_type,
                    metadata=metadata,
                )
        return stored(name, parts.total, result, content_type=content_type, metadata=metadata)

    def _checked_version(self, version: str | None) -> str | None:
        if version is None:
            return None
        if Capability.VERSIONS not in self._capabilities:
            raise _no_versions()
        if version.startswith((SNAPSHOT, DELETED)):
            raise UnsupportedError(
                "snapshots and soft-deleted objects are listed and deleted, not read",
                version=version,
            )
        return None if version == CURRENT else version

    def _explain(self, name: str, version: str | None) -> None:
        at = {} if version is None else {"version_id": version}
        self._container.ask_blob(
            lambda blob: blob.get_blob_properties(), operation="head", name=name, **at
        )

    def _connect(self, options: dict[str, Any], retry: dict[str, Any]) -> Any:
        from obstore.store import AzureStore as Obstore  # noqa: PLC0415 - as transfer.py does

        place = self._container.place
        config: dict[str, Any] = {
            "account_name": place.account.name,
            "container_name": place.container,
            "endpoint": place.account.url,
            # Said although they are the defaults: AZURE_* in the environment would decide them.
            "use_emulator": False,
            "use_fabric_endpoint": False,
            "skip_signature": False,
            "credential_type": "auto",
            "disable_tagging": True,
        }
        return Obstore(
            config=config,  # type: ignore[arg-type]
            client_options=options,  # type: ignore[arg-type]
            retry_config=retry,  # type: ignore[arg-type]
            credential_provider=self._credentials,  # type: ignore[arg-type]
        )

    def _translate(self, error: BaseException, *, operation: str, name: str) -> MultistoreError:
        told = from_obstore(error, operation=operation, name=name)
        failed = self._credentials.failed
        if told.code == "NoCredentials" and failed is not None:
            told = failed.locate(operation=operation, key=name)
        return self._container.located(told)


def _remade(*arguments: Any) -> AzureStore:
    name, endpoint, account, container, credentials, limits = arguments
    return AzureStore(
        name,
        endpoint=endpoint,
        account=account,
        container=container,
        credentials=credentials,
        limits=limits,
    )


def _no_versions(name: str | None = None) -> UnsupportedError:
    return UnsupportedError("this store keeps no versions", key=name, hint="Leave the version out.")
