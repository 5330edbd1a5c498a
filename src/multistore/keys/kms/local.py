"""Master keys as files in a directory: the key service of a vault on one machine.

The directory is the key to everything: keep it apart from the ledger and from the data. A
destruction overwrites the file, flushes it, unlinks it and flushes the directory; whether the
disk, its snapshots or a backup of the directory still hold a copy, this process cannot know, so
it attests nothing.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from multistore.errors import (
    ConfigurationError,
    KeyDestroyedError,
    KeyUnavailableError,
    TamperedError,
)
from multistore.keys.kms.base import KekLabel, MasterKey, MasterKeyState, Occupant, of_another
from multistore.keys.secret import Secret, random

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from multistore.stores.base import Buffer

_STAMP = "%Y%m%dT%H%M%SZ"
_FILE = re.compile(
    r"(?P<ledger>[0-9a-f]{32})-(?P<kek>[1-9][0-9]{0,9})"
    r"\.(?P<state>key|disabled|destroyed|destroy-(?P<due>[0-9]{8}T[0-9]{6}Z))"
)
_KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_TRIES = 100
"""How often a file is looked for that other processes rename at the same moment."""


def from_url(url: str, *, base: Path) -> LocalKms:
    """Make it from ``local:DIRECTORY``, a path relative to ``base``. No I/O.

    Raises:
        ConfigurationError: no directory is named.
    """
    directory = url.removeprefix("local:")
    if not directory or directory.startswith("//"):
        raise ConfigurationError(
            f"keys = {url!r} names no directory", hint='Write keys = "local:keys/".'
        )
    return LocalKms(base / directory, url=url)


class LocalKms:
    """A directory, mode 0700, of key files, mode 0600; one directory per ledger."""

    destroyable = True
    min_wait_days = 0
    attestable = False

    def __init__(
        self,
        directory: Path,
        *,
        url: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.directory = directory
        self.url = url or f"local:{directory}"
        self._clock = clock

    def __repr__(self) -> str:
        """Name the directory."""
        return f"LocalKms({str(self.directory)!r})"

    @property
    def location(self) -> str:
        """The directory; where the machine stands, only its operator knows."""
        return f"directory {self.directory}"

    def occupant(self) -> Occupant | None:
        """Read whose keys lie in the directory, from the names of the files."""
        if not self._present():
            return None
        labels = [_label(name) for name in self._names()]
        if not labels:
            return None
        ledgers = {label.ledger_id for label in labels}
        if len(ledgers) > 1:
            raise self._unfit("holds the keys of several ledgers", "Keep one ledger's keys in it.")
        return Occupant(ledgers.pop(), max(label.kek_no for label in labels))

    def find(self, label: KekLabel) -> str | None:
        """Look for the label's file, in whatever state."""
        if not self._present():
            return None
        return _key_id(label) if any(self._files(_stem(label))) else None

    def create(self, label: KekLabel) -> str:
        """Draw a key into a new file; the file appears whole or not at all."""
        self._found()
        stem = _stem(label)
        if not any(self._files(stem)):
            # Of several processes the first one's key is the key.
            self._publish(self.directory / f"{stem}.key", random(_KEY_BYTES))
            self._flush()
        return _key_id(label)

    def wrap(self, key_id: str, plaintext: bytearray, label: KekLabel) -> bytes:
        """AES-256-GCM under the file's key, the key id and the label as additional data."""
        nonce = os.urandom(_NONCE_BYTES)
        key = self._read(key_id)
        return nonce + AESGCM(key).encrypt(nonce, plaintext, _bound_to(key_id, label))

    def unwrap(self, key_id: str, ciphertext: bytes, label: KekLabel) -> Secret:
        """Open what wrap gave."""
        owner = self.describe(key_id).label
        if owner is not None and owner != label:
            raise of_another(key_id, owner)
        master = AESGCM(self._read(key_id))
        plaintext = Secret(max(0, len(ciphertext) - _NONCE_BYTES - _TAG_BYTES))
        nonce, sealed = ciphertext[:_NONCE_BYTES], ciphertext[_NONCE_BYTES:]
        try:
            master.decrypt_into(nonce, sealed, _bound_to(key_id, label), plaintext)
        except (InvalidTag, ValueError):  # the latter: too short for a nonce and a tag
            raise TamperedError(
                f"KEK {label.kek_no} does not open under {key_id}",
                hint="It belongs to another ledger, or the ledger was altered: restore the "
                "newest key backup.",
            ) from None
        return plaintext

    def disable(self, key_id: str) -> None:
        """Rename the file so that wrap and unwrap refuse it."""
        self._move(key_id, "disabled", of=(MasterKeyState.ENABLED,))

    def enable(self, key_id: str) -> None:
        """Rename the file back; a date that has not come is forgotten."""
        self._move(key_id, "key", of=(MasterKeyState.DISABLED, MasterKeyState.PENDING_DESTRUCTION))

    def schedule_destruction(self, key_id: str, wait: timedelta) -> datetime:
        """Note the date in the file's name; with no wait, destroy at once."""
        known = self.describe(key_id)
        if known.state is MasterKeyState.ABSENT:
            raise KeyUnavailableError(f"there is no master key {key_id} in {self.directory}")
        if known.destroyed_at:
            return known.destroyed_at
        due = (self._clock() + wait).replace(microsecond=0)
        self._move(key_id, f"destroy-{due.strftime(_STAMP)}", of=tuple(MasterKeyState))
        return self.describe(key_id).destroyed_at or due

    def describe(self, key_id: str) -> MasterKey:
        """Read the file's name; a destruction whose date has come is done now."""
        stem = key_id.removeprefix("local:")
        label = _label(f"{stem}.key") if _FILE.fullmatch(f"{stem}.key") else None
        state, due = MasterKeyState.ABSENT, None
        for path in self._files(stem) if self._present() and label else ():
            state, due = self._state(path)
            if state is MasterKeyState.PENDING_DESTRUCTION and due and due <= self._clock():
                self._destroy(path, due)
                state = MasterKeyState.DESTROYED
            if state is MasterKeyState.DESTROYED:
                break
        return MasterKey(key_id, state, self.location, due, label)

    def close(self) -> None:
        """Nothing is kept open."""

    def _read(self, key_id: str) -> Secret:
        path, state = self._find(key_id)
        if state is MasterKeyState.DISABLED:
            raise KeyUnavailableError(
                f"the master key {key_id} is disabled",
                code="Disabled",
                hint="A roll retired it. Where it is still needed, restore the newest key backup, "
                "or enable it again by renaming its file to .key.",
            )
        if state is MasterKeyState.PENDING_DESTRUCTION:
            raise KeyUnavailableError(
                f"the master key {key_id} waits for its destruction",
                code="PendingDestruction",
                hint="It can be called off until then: multistore tenant end --cancel.",
            )
        key = Secret(_KEY_BYTES)
        try:
            with path.open("rb", buffering=0) as file:
                if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                    raise ConfigurationError(
                        f"the key file {path} is open to others", hint=f"Run chmod 600 {path}."
                    )
                if file.readinto(key) != _KEY_BYTES or file.read(1):
                    raise KeyUnavailableError(
                        f"the key file {path} does not hold 32 bytes",
                        hint="Put the file back from your copy of the key directory.",
                    )
        except OSError as error:
            raise KeyUnavailableError(
                f"the key file {path} cannot be read: {error.strerror}"
            ) from None
        return key

    def _find(self, key_id: str) -> tuple[Path, MasterKeyState]:
        """Return the key's file, other than a destroyed one's tombstone."""
        known = self.describe(key_id)
        if known.state is MasterKeyState.DESTROYED:
            raise KeyDestroyedError(f"the master key {key_id} was destroyed")
        if known.state is MasterKeyState.ABSENT:
            raise KeyUnavailableError(
                f"there is no master key {key_id} in {self.directory}",
                hint="Put the key directory of this ledger in its place.",
            )
        # The state of this very file: since it was described, another process may have moved it.
        path = next(iter(self._files(key_id.removeprefix("local:"))))
        state, _ = self._state(path)
        if state is MasterKeyState.DESTROYED:
            raise KeyDestroyedError(f"the master key {key_id} was destroyed")
        return path, state

    def _files(self, stem: str) -> Iterator[Path]:
        """Every file of one key; a tombstone first, since it outranks what a crash left."""
        names = [name for name in self._names() if name.startswith(f"{stem}.")]
        for name in sorted(names, key=lambda name: not name.endswith(".destroyed")):
            yield self.directory / name

    def _state(self, path: Path) -> tuple[MasterKeyState, datetime | None]:
        match = _FILE.fullmatch(path.name)
        state = match["state"] if match else "destroyed"
        if state == "key":
            return MasterKeyState.ENABLED, None
        if state == "disabled":
            return MasterKeyState.DISABLED, None
        if match and match["due"]:
            due = datetime.strptime(match["due"], _STAMP).replace(tzinfo=UTC)
            return MasterKeyState.PENDING_DESTRUCTION, due
        for left in self._files(path.name.split(".", 1)[0]):
            if left != path:  # a crash came between the tombstone and the unlinking
                self._destroy(left, datetime.now(UTC))
        when = datetime.fromtimestamp(int(path.read_text() or 0), UTC)
        return MasterKeyState.DESTROYED, when

    def _destroy(self, path: Path, when: datetime) -> None:
        stem = path.name.split(".", 1)[0]
        tombstone = self.directory / f"{stem}.destroyed"
        if not tombstone.exists():
            self._publish(tombstone, str(int(when.timestamp())).encode("ascii"))
        # Another process may do the same at this moment: what it has destroyed is destroyed.
        with suppress(FileNotFoundError):
            with path.open("r+b", buffering=0) as file:
                for filling in (os.urandom(_KEY_BYTES), bytes(_KEY_BYTES)):
                    file.seek(0)
                    file.write(filling)
                    os.fsync(file.fileno())
            path.unlink()
        self._flush()

    def _publish(self, path: Path, content: Buffer) -> None:
        """Let a file appear whole or not at all; one that is there stays as it is."""
        aside = self.directory / f".{path.stem}.{os.getpid()}.{os.urandom(4).hex()}"
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "wb", buffering=0) as file:  # noqa: PTH123 - a descriptor
                file.write(content)
                os.fsync(descriptor)
            with suppress(FileExistsError):  # another process was first
                os.link(aside, path)
        finally:
            aside.unlink()

    def _move(self, key_id: str, name: str, *, of: tuple[MasterKeyState, ...]) -> None:
        """Rename a key's file where it is in one of some states."""
        for _ in range(_TRIES):
            path, state = self._find(key_id)
            if state not in of:
                return
            try:
                path.rename(path.with_name(f"{path.name.split('.', 1)[0]}.{name}"))
            except FileNotFoundError:  # another process was first: look what it is now
                continue
            self._flush()
            return
        raise KeyUnavailableError(
            f"other processes keep renaming the master key {key_id}", retryable=True
        )

    def _names(self) -> list[str]:
        try:
            return sorted(
                path.name for path in self.directory.iterdir() if _FILE.fullmatch(path.name)
            )
        except OSError as error:
            raise self._unfit(
                f"cannot be read: {error.strerror}",
                "Run multistore as the directory's owner.",
            ) from None

    def _flush(self) -> None:
        descriptor = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _found(self) -> None:
        """Create the directory where it is absent, open to its owner only."""
        if self._present():
            return
        try:
            self.directory.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise self._unfit(
                f"cannot be created: {error.strerror}", "Create its parent directory first."
            ) from None
        self._present()

    def _present(self) -> bool:
        """Whether the directory is there; refuses one that is not its owner's alone."""
        try:
            status = self.directory.stat()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._unfit(
                f"cannot be read: {error.strerror}", "Run multistore as the directory's owner."
            ) from None
        if not stat.S_ISDIR(status.st_mode):
            raise self._unfit("is not a directory", "Name a directory.")
        if status.st_uid != os.geteuid():
            raise self._unfit("belongs to another user", "Run multistore as the directory's owner.")
        if stat.S_IMODE(status.st_mode) & 0o077:
            raise self._unfit("is open to others", f"Run chmod 700 {self.directory}.")
        return True

    def _unfit(self, fault: str, hint: str) -> ConfigurationError:
        return ConfigurationError(f"the key directory {self.directory} {fault}", hint=hint)


def _stem(label: KekLabel) -> str:
    return f"{label.ledger_id.hex()}-{label.kek_no}"


def _key_id(label: KekLabel) -> str:
    return f"local:{_stem(label)}"


def _label(name: str) -> KekLabel:
    match = _FILE.fullmatch(name)
    if not match:
        raise ValueError(name)
    return KekLabel(bytes.fromhex(match["ledger"]), int(match["kek"]))


def _bound_to(key_id: str, label: KekLabel) -> bytes:
    fields = [key_id, *(f"{name}={value}" for name, value in sorted(label.context.items()))]
    return b"multistore-local-kms-v1\0" + "\0".join(fields).encode()
