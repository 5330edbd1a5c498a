"""What a key service is: the small protocol that an implementer writes.

A key service holds master keys that never leave it, one per KEK of a ledger. It wraps and
unwraps 64 bytes, and it can destroy a master key, which is what an erasure rests on.

A package brings its own by the entry-point group ``multistore.kms``: the entry's name is the
scheme of the URL in the configuration (``keys = "azure-kv://…"``), its value a callable
``(url: str, *, base: Path) -> Kms`` that does no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from multistore.errors import KeyUnavailableError

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from multistore.keys.secret import Secret


@dataclass(frozen=True, slots=True)
class KekLabel:
    """Whose master key it is: the KEK's number in its ledger.

    A service stores it with the key (name, alias, tags), and binds every wrapped KEK to it.
    """

    ledger_id: bytes
    kek_no: int

    @property
    def context(self) -> dict[str, str]:
        """The encryption context: authenticated, not secret, and shown in the service's logs."""
        return {"multistore:ledger": self.ledger_id.hex(), "multistore:kek": str(self.kek_no)}


class MasterKeyState(StrEnum):
    """What a key service says of a master key."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    PENDING_DESTRUCTION = "pending-destruction"
    DESTROYED = "destroyed"
    ABSENT = "absent"
    """No such key is there. A service that forgets what it destroyed says this ever after."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """What a key service says of one master key.

    Attributes:
        key_id: the service's own, full name of it.
        state: as the service said just now.
        location: where the service keeps it.
        destroyed_at: when it will be destroyed (pending) or was, as far as the service tells.
        label: whose it is; None where the service does not tell.
    """

    key_id: str
    state: MasterKeyState
    location: str
    destroyed_at: datetime | None = None
    label: KekLabel | None = None


def of_another(key_id: str, owner: KekLabel) -> KeyUnavailableError:
    """Return the error for a master key that was made for another KEK or ledger."""
    return KeyUnavailableError(
        f"the master key {key_id} is that of KEK {owner.kek_no} of ledger {owner.ledger_id.hex()}",
        hint="Name the key service of this ledger, or restore its newest key backup.",
    )


@dataclass(frozen=True, slots=True)
class Occupant:
    """The ledger to which a key service's whole place belongs, and its newest KEK there."""

    ledger_id: bytes
    newest_kek: int


@runtime_checkable
class Kms(Protocol):
    """One key service. Safe to call from several threads and after a fork.

    Every method raises KeyUnavailableError where the service does not do it (``retryable`` where
    trying again may help) or the key is not one that stays in Japan, ConfigurationError where
    the place itself is not fit, and ResidencyError where a request would go elsewhere.
    """

    @property
    def url(self) -> str:
        """How the configuration names it; no secret is in it."""
        ...

    @property
    def location(self) -> str:
        """Where its master keys are, for reports."""
        ...

    @property
    def destroyable(self) -> bool:
        """Whether this service can destroy a master key at all."""
        ...

    @property
    def min_wait_days(self) -> int:
        """The shortest time between scheduling a destruction and the destruction."""
        ...

    @property
    def attestable(self) -> bool:
        """Whether a party other than the operator bears witness to a destruction."""
        ...

    def occupant(self) -> Occupant | None:
        """Say whose keys lie here, where this place is for one ledger alone; None elsewhere.

        This is how a new ledger is kept from covering up a lost one, and an old copy of a
        ledger is told from the newest. Raises as every method does.
        """
        ...

    def find(self, label: KekLabel) -> str | None:
        """Return the id of the label's master key, or None where there is none."""
        ...

    def create(self, label: KekLabel) -> str:
        """Create the label's master key, or return the one that is there; its id.

        Called again after a crash, or by two processes at once, it gives the same key.
        """
        ...

    def wrap(self, key_id: str, plaintext: bytearray, label: KekLabel) -> bytes:
        """Encrypt up to 4,096 bytes under a master key, bound to the label."""
        ...

    def unwrap(self, key_id: str, ciphertext: bytes, label: KekLabel) -> Secret:
        """Decrypt what wrap gave.

        Raises:
            TamperedError: these bytes were not wrapped under this key for this label.
            KeyDestroyedError: the service says that the key is destroyed.
            KeyUnavailableError: the key is disabled, waits for its destruction, or is absent.
        """
        ...

    def disable(self, key_id: str) -> None:
        """Make the key unusable, reversibly. Disabling a disabled key succeeds."""
        ...

    def enable(self, key_id: str) -> None:
        """Make the key usable again; a scheduled destruction is called off.

        Raises:
            KeyDestroyedError: it is too late.
        """
        ...

    def schedule_destruction(self, key_id: str, wait: timedelta) -> datetime:
        """Have the key destroyed after ``wait``, at least ``min_wait_days``; the date.

        A key that is scheduled already keeps its date. A key that is destroyed already
        gives the date of its destruction where it is known, else now.
        """
        ...

    def describe(self, key_id: str) -> MasterKey:
        """Ask what state the key is in. A key that is not there is ABSENT, not an error."""
        ...

    def close(self) -> None:
        """Give connections back. Idempotent."""
        ...
