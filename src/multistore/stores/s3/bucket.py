"""One bucket as the control client reaches it: the calls, the cap on them, their errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multistore.errors import ClosedError
from multistore.processes import PerProcess
from multistore.stores.permits import Permits
from multistore.stores.s3.answers import unreadable
from multistore.stores.s3.client import Control, control, release
from multistore.stores.s3.errors import error_of, from_botocore

if TYPE_CHECKING:
    from multistore.errors import MultistoreError
    from multistore.stores.endpoint import Endpoint
    from multistore.stores.s3.names import Names


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store's objects are, and by whose credentials.

    Attributes:
        store: the store's name in the configuration.
        endpoint: where requests go.
        bucket: the bucket's plain name.
        credentials: a reference, never a key.
        concurrency: requests of one transfer in flight at most.
        requests: requests in flight at most, over all threads.
    """

    store: str
    endpoint: Endpoint
    bucket: str
    credentials: str | None
    concurrency: int
    requests: int


class Bucket:
    """One bucket. Thread-safe; clients are made at first use, and anew after a fork."""

    def __init__(self, place: Place, names: Names) -> None:
        self.place = place
        self.names = names
        self._closed = False
        self._permits = PerProcess(lambda: Permits(place.requests, place.concurrency))
        self._control: PerProcess[Control] = PerProcess(
            lambda: control(place.endpoint, place.credentials, place.requests)
        )

    def permits(self) -> Permits:
        """Return the cap that every request of this store passes, of either SDK."""
        self.check_open()
        return self._permits.get()

    def control(self) -> Control:
        """Return this process's client and its credentials' session.

        Raises:
            ClosedError: the store was closed.
            UnauthenticatedError: there are no such credentials.
        """
        self.check_open()
        try:
            return self._control.get()
        except Exception as error:  # noqa: BLE001 - botocore raises builtins as well
            translated = self.translated(error, operation="connect")
        raise translated

    def check_open(self) -> None:
        """Refuse where the store was closed."""
        if self._closed:
            raise ClosedError("the store is closed", store=self.place.store)

    def ask(
        self,
        call: str,
        *,
        operation: str,
        name: str | None = None,
        needs: str | None = None,
        **parameters: Any,
    ) -> Any:
        """Make one request by boto3's name for it; ``name`` becomes its Key.

        Raises:
            MultistoreError: what the service or the way to it answered, by s3_errors; or that the
                answer is without the field that it ``needs``, so that it is none of S3's.
        """
        given: dict[str, Any] = {"Bucket": self.place.bucket, **parameters}
        if name is not None:
            given["Key"] = self.names.spelt(name)
        method = getattr(self.control().client, call)
        try:
            with self.permits().requests():
                answer = method(**given)
        except Exception as error:  # noqa: BLE001
            translated = self.translated(error, operation=operation, name=name)
        else:
            if needs is None or answer.get(needs):
                return answer
            lacking = unreadable(answer, f"the answer to {call} has no {needs}")
            place = self.place.endpoint
            translated = self.located(
                error_of(lacking, operation=operation, endpoint=place, name=name)
            )
        raise translated

    def translated(
        self, error: BaseException, *, operation: str, name: str | None = None
    ) -> MultistoreError:
        """Translate what boto3 raised, and say where it happened."""
        return self.located(
            from_botocore(error, operation=operation, endpoint=self.place.endpoint, name=name)
        )

    def located(self, error: MultistoreError) -> MultistoreError:
        """Say where an error happened."""
        return error.locate(
            store=self.place.store,
            provider=self.place.endpoint.provider,
            bucket=self.place.bucket,
        )

    def close(self) -> None:
        """Give the client back. Idempotent."""
        self._closed = True
        self._permits.take()
        if self._control.take() is not None:
            release(self.place.endpoint, self.place.credentials)
