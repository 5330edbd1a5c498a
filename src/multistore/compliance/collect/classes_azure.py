"""The classes of data in a container: a few listings by prefix, with the metadata of blobs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from multistore.compliance.belonging import classes, declared
from multistore.compliance.collect import Collector
from multistore.compliance.collect.azure_data import Asker
from multistore.compliance.collect.classes import CALL, PAGE, Level, sample
from multistore.values import EMPTY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer, Resource


class _Container:
    """The shelves of one container."""

    def __init__(self, client: Any, more: Mapping[str, Any]) -> None:
        self._client, self._more = client, more

    def level(self, prefix: str) -> Level:
        """List one page of what lies directly below a prefix."""
        pages = self._client.walk_blobs(
            name_starts_with=prefix, delimiter="/", results_per_page=PAGE, **self._more
        ).by_page()
        page: list[Any] = list(next(pages, ()))
        return Level([str(item.name) for item in page], pages.continuation_token is not None)

    def words(self, prefix: str) -> Mapping[str, str] | None:
        """Read the first blob's metadata below a prefix; its tags need a right of their own."""
        pages = self._client.list_blobs(
            name_starts_with=prefix, include=["metadata"], results_per_page=1, **self._more
        ).by_page()
        page: list[Any] = list(next(pages, ()))
        if not page:
            return None
        metadata: Mapping[str, str] = page[0].metadata or EMPTY
        return dict(metadata)


def container_classes(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Sample a store's container. Cost: at most 13 requests; a container of no store takes none."""
    if resource.role != "store":
        return
    known = classes(reader.settings)

    def look(client: Any, more: dict[str, Any]) -> dict[str, Any]:
        container = client.get_container_client(resource.name)
        value = sample(_Container(container, more), known)
        own: Mapping[str, str] = container.get_container_properties(**more).metadata or EMPTY
        return {**value, "ContainerDeclares": declared(own, known)}

    with Asker(resource, reader) as asker:
        yield replace(asker.ask(CALL, look), resource=resource.id)


COLLECTORS = (Collector(("azure-container",), container_classes),)
