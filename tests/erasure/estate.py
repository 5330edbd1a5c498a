"""A ledger, a signing key, and erasures on whatever stores a test brings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from multistore.erasure import execute, signing
from multistore.erasure.attesting import medium_of
from multistore.erasure.means import Means
from multistore.erasure.subject import Subject
from multistore.hooks import Hooks
from multistore.stores.base import Body
from multistore.values import PutMode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from multistore.keys.keyring import Keyring
    from multistore.stores.base import Store

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@dataclass
class Eraser:
    """Everything that an erasure needs but the stores.

    Attributes:
        witnessed: whether the stores are said to be run by somebody else, as clouds are.
    """

    keyring: Keyring
    home: Path
    hooks: Hooks = field(default_factory=Hooks)
    witnessed: bool = True

    def __call__(self, subject: str | Subject, places: Mapping[str, Store], **options: Any):
        options = {"reason": "the customer asked", "performed_by": "sato", **options}
        return execute.erase(
            Subject.parse(subject),
            places,
            self.keyring.ledger,
            self.hooks,
            means=self.means(places),
            **options,
        )

    def means(self, places: Mapping[str, Store]) -> Means:
        return Means(
            signer=lambda: signing.opened(self.home / "signing.pem"),
            kms=self.keyring.kms,
            media={
                name: medium_of(
                    "aws" if self.witnessed else store.provider,
                    store.bucket,
                    versions=store.versions is not None,
                )
                for name, store in places.items()
            },
            surviving={},
        )


def put(store: Store, name: str, data: bytes = b"sealed") -> None:
    store.put(name, Body([data], len(data)), mode=PutMode.OVERWRITE)


def everything(store: Store) -> list[tuple[Any, ...]]:
    """Everything that a store holds, bytes included: two equal answers are one state."""
    from multistore.values import Span

    seen: list[tuple[Any, ...]] = []
    for entry in store.list(""):
        data = bytes(store.get(entry.name, Span(0, 1 << 30)).data) if entry.size else b""
        seen.append(("now", entry.name, data))
    if store.versions is not None:
        for version in store.versions.list_versions(""):
            data = b""
            if version.kind == "object" and version.size:
                data = bytes(
                    store.get(version.name, Span(0, 1 << 30), version=version.version).data
                )
            seen.append((version.kind, version.name, version.version, data))
    if store.uploads is not None:
        seen += [("upload", up.name, up.upload_id) for up in store.uploads.list_uploads("")]
    return sorted(seen)
