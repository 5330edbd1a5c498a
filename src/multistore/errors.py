"""Every error that multistore raises, in one tree.

Each is also the builtin that a caller would catch anyway::

    MultistoreError
    ├── NotFoundError                  FileNotFoundError
    ├── AlreadyExistsError             FileExistsError
    ├── PreconditionFailedError
    ├── AccessDeniedError              PermissionError
    │   └── UnauthenticatedError
    ├── ConflictError
    │   ├── RetainedError              a hold or a lock forbids it
    │   └── VetoedError                a handler forbids it
    ├── UnsupportedError               NotImplementedError
    ├── InvalidArgumentError           ValueError
    │   ├── ConfigurationError         names the file and the entry
    │   └── ClosedError                the vault or the file is closed
    ├── ResidencyError                 refused or unknown: nothing was sent
    ├── IntegrityError                 what is stored is not what was sealed
    │   ├── FormatError
    │   ├── TruncatedError
    │   ├── LengthError
    │   ├── TamperedError
    │   ├── NameMismatchError
    │   └── ScopeMismatchError
    ├── ForkedProcessError             RuntimeError
    ├── KeyUnavailableError
    ├── KeyDestroyedError
    ├── TenantSuspendedError
    ├── ErasureError                   .remaining
    └── UnavailableError               retryable

No error carries a secret, a key or plaintext; the tests grep for canaries.
"""

from __future__ import annotations

from typing import Any, ClassVar

_FIELDS = ("operation", "store", "provider", "bucket", "key", "version", "code", "status")

SOURCE_LENGTH = "SourceLength"
"""The code of a LengthError that concerns a source, and nothing that is stored."""


class MultistoreError(Exception):
    """The root of the tree; what went wrong, where, and what to do next.

    Attributes:
        operation: the verb that failed (``put``, ``get``, ``open`` …).
        store: the store's name in the configuration.
        provider: the provider of that store (``aws``, ``azure``, ``local`` …).
        bucket: the bucket, container or directory.
        key: the object's address or name.
        version: the version that was asked for.
        code: the service's own error code, kept even where it is unknown to us.
        status: the HTTP status.
        request_id: the service's request id, for its support desk.
        retryable: whether the same call may succeed later, unchanged.
        hint: one sentence: what to do next.
    """

    retryable_by_default: ClassVar[bool] = False

    def __init__(
        self,
        message: str = "",
        *,
        operation: str | None = None,
        store: str | None = None,
        provider: str | None = None,
        bucket: str | None = None,
        key: str | None = None,
        version: str | None = None,
        code: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        retryable: bool | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.operation = operation
        self.store = store
        self.provider = provider
        self.bucket = bucket
        self.key = key
        self.version = version
        self.code = code
        self.status = status
        self.request_id = request_id
        self.retryable = self.retryable_by_default if retryable is None else retryable
        self.hint = hint

    def locate(self, **fields: Any) -> MultistoreError:
        """Fill in fields that are still unset, as the error passes a layer that knows them."""
        for name, value in fields.items():
            if getattr(self, name) is None:
                setattr(self, name, value)
        return self

    def __str__(self) -> str:
        """Give the message, where it happened, and the hint, on one line."""
        message = str(self.args[0]) if self.args else ""
        where = ", ".join(
            f"{name} {value}" for name in _FIELDS if (value := getattr(self, name)) is not None
        )
        if self.request_id:
            where = f"{where}, request id {self.request_id}" if where else self.request_id
        text = f"{message} ({where})" if where else message
        return f"{text.removesuffix('.')}. {self.hint}" if self.hint else text


class NotFoundError(MultistoreError, FileNotFoundError):
    """A true 404: the object, version, bucket, tenant or collection is not there."""


class AlreadyExistsError(MultistoreError, FileExistsError):
    """A create-only write met an object of that name."""


class PreconditionFailedError(MultistoreError):
    """An if-match did not match: somebody else wrote in between."""


class AccessDeniedError(MultistoreError, PermissionError):
    """The service knows the caller and refuses."""


class UnauthenticatedError(AccessDeniedError):
    """The service does not accept the credentials, the signature or the clock."""


class ConflictError(MultistoreError):
    """The resource is in a state that forbids this just now."""


class RetainedError(ConflictError):
    """A hold, a lock or a retention period forbids it."""


class VetoedError(ConflictError):
    """A handler of the application forbade it; nothing had moved."""


class UnsupportedError(MultistoreError, NotImplementedError):
    """The store cannot do this; refused before a byte moved."""


class InvalidArgumentError(MultistoreError, ValueError):
    """An argument that can never work."""


class ConfigurationError(InvalidArgumentError):
    """The configuration is wrong; the message names the file and the entry."""


class ClosedError(InvalidArgumentError):
    """The vault or the file was closed before the call."""


class ResidencyError(MultistoreError):
    """Where the bytes would lie is refused or unknown; not one of them was sent.

    Attributes:
        reasons: one per rule that spoke (multistore.residency.reasons.Reason), each of which
            says itself in Japanese and in English; empty where one request was stopped.
    """

    def __init__(self, message: str = "", *, reasons: tuple[Any, ...] = (), **fields: Any) -> None:
        super().__init__(message, **fields)
        self.reasons = reasons


class IntegrityError(MultistoreError):
    """What is stored is not what was sealed; nothing unverified was released."""


class FormatError(IntegrityError):
    """Not a sealed object, or one whose fields no writer would have written."""


class TruncatedError(IntegrityError):
    """Bytes are missing."""


class LengthError(IntegrityError):
    """The stored length does not fit the header."""


class TamperedError(IntegrityError):
    """A tag did not verify."""


class NameMismatchError(IntegrityError):
    """A sealed object under a name that it was not sealed for."""


class ScopeMismatchError(IntegrityError):
    """A sealed object of another tenant or collection."""


class ForkedProcessError(MultistoreError, RuntimeError):
    """This process was forked from one that had already moved bytes."""


class KeyUnavailableError(MultistoreError):
    """The key cannot be had now, or this ledger does not know its version."""


class KeyDestroyedError(MultistoreError):
    """The key was destroyed: nobody opens this object again."""


class TenantSuspendedError(MultistoreError):
    """The tenant's contract is stopped; reads and writes are refused."""


class ErasureError(MultistoreError):
    """An erasure or a deletion left something behind.

    Attributes:
        remaining: one outcome per version that is still there, or may be.
    """

    def __init__(
        self, message: str = "", *, remaining: tuple[Any, ...] = (), **fields: Any
    ) -> None:
        super().__init__(message, **fields)
        self.remaining = remaining


class UnavailableError(MultistoreError):
    """The service did not answer, or asked to come back later."""

    retryable_by_default = True
