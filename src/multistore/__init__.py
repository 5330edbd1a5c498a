"""One storage API over AWS S3, Azure Blob, S3-compatible clouds in Japan and a directory.

Sealed, Japan-only, provably erasable. ``multistore.open`` gives a Vault; everything else here is
a value that a Vault takes or gives, or an error that it raises.
"""

from typing import TYPE_CHECKING, Any

from multistore import loading
from multistore.download import Download
from multistore.errors import (
    AccessDeniedError,
    AlreadyExistsError,
    ClosedError,
    ConfigurationError,
    ConflictError,
    ErasureError,
    ForkedProcessError,
    FormatError,
    IntegrityError,
    InvalidArgumentError,
    KeyDestroyedError,
    KeyUnavailableError,
    LengthError,
    MultistoreError,
    NameMismatchError,
    NotFoundError,
    PreconditionFailedError,
    ResidencyError,
    RetainedError,
    ScopeMismatchError,
    TamperedError,
    TenantSuspendedError,
    TruncatedError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedError,
    VetoedError,
)
from multistore.values import (
    Address,
    CommonPrefix,
    From,
    IfMatch,
    Last,
    ObjectInfo,
    Outcome,
    OutcomeStatus,
    Prefix,
    PutMode,
    Span,
)
from multistore.vault import Vault

if TYPE_CHECKING:
    from multistore.config import Settings
    from multistore.opening import open  # noqa: A004 - multistore.open, as gzip.open

__all__ = [
    "AccessDeniedError",
    "Address",
    "AlreadyExistsError",
    "ClosedError",
    "CommonPrefix",
    "ConfigurationError",
    "ConflictError",
    "Download",
    "ErasureError",
    "ForkedProcessError",
    "FormatError",
    "From",
    "IfMatch",
    "IntegrityError",
    "InvalidArgumentError",
    "KeyDestroyedError",
    "KeyUnavailableError",
    "Last",
    "LengthError",
    "MultistoreError",
    "NameMismatchError",
    "NotFoundError",
    "ObjectInfo",
    "Outcome",
    "OutcomeStatus",
    "PreconditionFailedError",
    "Prefix",
    "PutMode",
    "ResidencyError",
    "RetainedError",
    "ScopeMismatchError",
    "Settings",
    "Span",
    "TamperedError",
    "TenantSuspendedError",
    "TruncatedError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnsupportedError",
    "Vault",
    "VetoedError",
    "open",
]


def __getattr__(name: str) -> Any:
    """Import pydantic and SQLAlchemy, 250 ms of a start, only with what needs them."""
    if name == "open":
        with loading.kept():
            from multistore import opening  # noqa: PLC0415 - as the docstring says

        return opening.open
    if name == "Settings":
        from multistore import config  # noqa: PLC0415 - as the docstring says

        return config.Settings
    raise AttributeError(f"module 'multistore' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
