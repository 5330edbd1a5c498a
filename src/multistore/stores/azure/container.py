"""One container as the control client reaches it: the calls, the cap on them, their errors."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from multistore.errors import ClosedError, MultistoreError
from multistore.processes import PerProcess
from multistore.stores.azure.client import release, service
from multistore.stores.azure.errors import from_sdk
from multistore.stores.permits import Permits

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from azure.storage.blob import BlobClient, BlobServiceClient, ContainerClient

    from multistore.stores.azure.account import Account

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store's objects are, and by whose credentials.

    Attributes:
        store: the store's name in the configuration.
        account: the storage account, with its endpoint and the credentials' reference.
        container: the container's name.
        concurrency: requests of one transfer in flight at most.
        requests: requests in flight at most, over all threads.
    """

    store: str
    account: Account
    container: str
    concurrency: int
    requests: int


class Container:
    """One container. Thread-safe; clients are made at first use, and anew after a fork."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._closed = False
        self._permits = PerProcess(lambda: Permits(place.requests, place.concurrency))

    def permits(self) -> Permits:
        """Return the cap that every request of this store passes, of either SDK."""
        self.check_open()
        return self._permits.get()

    def check_open(self) -> None:
        """Refuse where the store was closed."""
        if self._closed:
            raise ClosedError("the store is closed", store=self.place.store)

    def ask(
        self,
        work: Callable[[ContainerClient], T],
        *,
        operation: str,
        name: str | None = None,
    ) -> T:
        """Make the requests of ``work``.

        Raises:
            MultistoreError: what the service or the way to it answered, by azure_errors.
        """
        try:
            client = self._service().get_container_client(self.place.container)
            with self.permits().requests():
                return work(client)
        except Exception as error:  # noqa: BLE001 - azure-core raises builtins as well
            translated = from_sdk(error, operation=operation, name=name)
        raise self.located(translated)

    def ask_blob(
        self, work: Callable[[BlobClient], T], *, operation: str, name: str, **at: str
    ) -> T:
        """Make the requests of ``work`` on one object; see ``ask``.

        ``at`` may be one ``version_id`` or ``snapshot``.
        """
        return self.ask(
            lambda client: work(client.get_blob_client(name, **at)), operation=operation, name=name
        )

    def url(self, name: str) -> str:
        """Return an object's URL, without a query."""
        client = self._service().get_blob_client(self.place.container, name)
        return client.url.partition("?")[0]

    def located(self, error: MultistoreError) -> MultistoreError:
        """Say where an error happened."""
        return error.locate(
            store=self.place.store,
            provider=self.place.account.endpoint.provider,
            bucket=self.place.container,
        )

    @contextmanager
    def locating(self, operation: str, name: str | None) -> Generator[None]:
        """Say of this store's errors where and at which verb they happened.

        Those of a body's source that are another store's, and all foreign ones, go on unchanged.
        """
        try:
            yield
        except MultistoreError as error:
            if error.store in (None, self.place.store):
                self.located(error.locate(key=name))
                error.operation = operation
            raise

    def close(self) -> None:
        """Give the client back. Idempotent."""
        self._closed = True
        self._permits.take()
        release(self.place.account, id(self))

    def _service(self) -> BlobServiceClient:
        self.check_open()
        return service(self.place.account, id(self))
