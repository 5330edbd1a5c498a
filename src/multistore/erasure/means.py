"""What an erasure works with, beyond the stores, the ledger and the hooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from multistore.erasure.payload import Medium
    from multistore.erasure.signing import Signer
    from multistore.keys.kms.base import Kms


@dataclass(frozen=True, slots=True)
class Means:
    """The signer, the key service and what certificates say of the stores.

    Attributes:
        signer: gives the key that signs the certificate; first asked when it is needed.
        kms: the key service, for the probes of a tenant's keys.
        media: what certificates say of each store, by its name.
        surviving: the collections that outlive a tenant, and until when in words.
    """

    signer: Callable[[], Signer]
    kms: Kms | None
    media: Mapping[str, Medium]
    surviving: Mapping[str, str]
