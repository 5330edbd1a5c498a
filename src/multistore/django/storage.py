"""The files of one collection, as Django's fields, forms and templates know them."""

# Django has no types; what comes from it is unknown to a checker.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUntypedBaseClass=false
# pyright: reportUntypedFunctionDecorator=false, reportUntypedClassDecorator=false
# pyright: reportUnknownParameterType=false, reportMissingParameterType=false

from __future__ import annotations

import io
import mimetypes
import os
import unicodedata
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin

from django.conf import settings  # type: ignore[import-untyped]
from django.core.exceptions import SuspiciousFileOperation  # type: ignore[import-untyped]
from django.core.files import File  # type: ignore[import-untyped]
from django.core.files.storage import Storage  # type: ignore[import-untyped]
from django.core.files.uploadedfile import InMemoryUploadedFile  # type: ignore[import-untyped]
from django.utils import timezone  # type: ignore[import-untyped]
from django.utils.deconstruct import deconstructible  # type: ignore[import-untyped]
from django.utils.encoding import filepath_to_uri  # type: ignore[import-untyped]

from multistore.errors import (
    AlreadyExistsError,
    InvalidArgumentError,
    NotFoundError,
    UnsupportedError,
)
from multistore.open_vaults import OPEN
from multistore.opening import DEFAULT
from multistore.values import Address, CommonPrefix, Prefix, PutMode

if TYPE_CHECKING:
    import datetime as dt

    from multistore.sources import Source
    from multistore.values import ObjectInfo
    from multistore.vault import Vault


@deconstructible(path="multistore.django.SealedStorage")
class SealedStorage(Storage):  # type: ignore[misc]
    """The files of one collection. Made from ``STORAGES``, or given to a FileField.

    ``save`` never writes over a file, also where two save the same name at once; on a store that
    cannot refuse to write over, every name gets seven random characters. Names are
    NFC-normalised, so that が of macOS and of Windows is one name. All storages of one
    configuration share one open vault per process; a migration holds the arguments below.

    Args:
        collection: the collection.
        tenant: the tenant; without it the first segment of each name is the tenant, so that
            ``upload_to`` says whose a file is.
        configuration: as of the filesystem: by default what MULTISTORE_CONFIG names, or
            multistore.toml.
        base_url: where ``serve`` is in your URLconf; without it ``url`` is refused.
    """

    def __init__(
        self,
        *,
        collection: str,
        tenant: str | None = None,
        configuration: str | os.PathLike[str] | None = None,
        base_url: str | None = None,
    ) -> None:
        # A wrong name is told at the start and not at the first upload.
        Prefix(tenant or "any", collection)
        self._collection = collection
        self._tenant = tenant
        self._base_url = base_url
        self._draws = False
        named = configuration or os.environ.get("MULTISTORE_CONFIG") or DEFAULT
        self._configuration = Path(named).absolute()

    @property
    def vault(self) -> Vault:
        """The open vault of this storage's configuration in this process."""
        return OPEN.get(self._configuration)

    def address(self, name: str) -> Address:
        """Give the address of a file.

        Raises:
            InvalidArgumentError: the name can never be a file's.
        """
        tenant, key = self._placed(name)
        return Address(tenant, self._collection, key)

    # -- what Django asks of a storage -------------------------------------------------------

    def get_valid_name(self, name: str) -> str:
        """Give Django's valid name of the NFC form: of NFD it would drop the voicing marks."""
        return str(super().get_valid_name(unicodedata.normalize("NFC", name)))

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """Give a name that is free, of at most ``max_length`` characters in NFC."""
        name = unicodedata.normalize("NFC", str(name))
        name = str(super().get_available_name(name, max_length=max_length))
        return self._drawn(name, max_length) if self._draws else name

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        """Seal and write a file, and give the name under which it is there.

        Raises:
            SuspiciousFileOperation: no free name is as short as the field wants.
            InvalidArgumentError: the name can never be a file's.
            AlreadyExistsError: the name was taken meanwhile, and the content cannot be read twice.
        """
        while True:
            drawn = self._draws  # another thread may find it out meanwhile
            try:
                return str(super().save(name, content, max_length=max_length))
            except AlreadyExistsError:
                # Somebody else took the name between the look and the put.
                if not content.seekable():
                    raise  # and a pipe's bytes are gone
            except UnsupportedError:
                if drawn:
                    raise
                # A store that cannot refuse to write over: so nobody else may come to this name.
                self._draws = True

    def exists(self, name: str) -> bool:
        """Tell whether there is such a file; False only where there is truly none."""
        return self.vault.exists(self.address(name))

    def size(self, name: str) -> int:
        """Give the number of plaintext bytes.

        Raises:
            NotFoundError: there is no such file.
        """
        return self._head(name).size or 0

    def delete(self, name: str) -> None:
        """Delete a file; what is absent is no error.

        Where the store keeps versions this hides the file; ``vault.erase`` is what ends it.

        Raises:
            RetainedError: a hold or a lock forbids it.
        """
        if not name:
            raise InvalidArgumentError("the name of a file is empty")
        self.vault.delete(self.address(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Give the names of the directories and of the files below a path.

        Raises:
            NotFoundError: there is nothing; only the root of a tenant may be empty.
        """
        path = path.strip("/")
        tenant, key = self._placed(f"{path}/" if path else "")
        below = Prefix(tenant, self._collection, key)
        directories: list[str] = []
        files: list[str] = []
        for entry in self.vault.list(below, delimiter="/"):
            if isinstance(entry, CommonPrefix):
                directories.append(PurePosixPath(entry.prefix).name)
            # "dir/" is another tool's mark of a directory, and no file in itself.
            elif str(entry.address) != str(below):
                files.append(PurePosixPath(entry.key).name)
        if not directories and not files and key and not self._is_marked(below):
            raise NotFoundError("there is no such directory", key=str(below))
        return directories, files

    def get_created_time(self, name: str) -> dt.datetime:
        """Say when the file was sealed, from its own authenticated header."""
        info = self._head(name)
        return _in_djangos_time(info.created or info.modified)

    def get_modified_time(self, name: str) -> dt.datetime:
        """Say when the store took the file."""
        return _in_djangos_time(self._head(name).modified)

    def url(self, name: str | None) -> str:
        """Give the URL under which your application serves the file.

        Raises:
            UnsupportedError: the storage has no ``base_url``.
        """
        if self._base_url is None:
            raise UnsupportedError(
                "a sealed file has no URL of its own: the store has ciphertext only",
                key=name,
                hint="Put multistore.django.serve into your URLconf, and base_url into OPTIONS.",
            )
        base = self._base_url if self._base_url.endswith("/") else f"{self._base_url}/"
        return urljoin(base, str(filepath_to_uri(name or "")).lstrip("/"))

    def _open(self, name: str, mode: str = "rb") -> File:
        binary = mode.replace("t", "")
        if "b" in binary:
            return File(self.vault.open(self.address(name), cast("Any", binary)), name)
        file: Any = self.vault.open(self.address(name), cast("Any", f"{binary}b"))
        return File(io.TextIOWrapper(file, encoding="utf-8"), name)

    def _save(self, name: str, content: File) -> str:
        self.vault.put(
            self.address(name),
            _source(content),
            mode=PutMode.OVERWRITE if self._draws else PutMode.CREATE,
            content_type=getattr(content, "content_type", None) or mimetypes.guess_type(name)[0],
        )
        return name

    def _drawn(self, name: str, max_length: int | None) -> str:
        """Give the name with 7 random characters (41 bits) in it."""
        path = PurePosixPath(name)
        suffix = "".join(path.suffixes)
        root = path.name.removesuffix(suffix)
        drawn = path.with_name(str(self.get_alternative_name(root, suffix)))
        over = 0 if max_length is None else max(0, len(str(drawn)) - max_length)
        if not over:
            return str(drawn)
        if over >= len(root):
            raise SuspiciousFileOperation(f"no free name for {name!r} has {max_length} characters")
        return str(path.with_name(str(self.get_alternative_name(root[:-over], suffix))))

    def _head(self, name: str) -> ObjectInfo:
        return self.vault.head(self.address(name))

    def _placed(self, name: str) -> tuple[str, str]:
        """Give the tenant of a name, and the key."""
        if self._tenant is not None:
            return self._tenant, name
        tenant, slash, key = name.partition("/")
        if not slash:
            raise InvalidArgumentError(
                f"{name[:80]!r} does not say whose file it is",
                hint="This storage has no tenant: write tenant/name, or set it in OPTIONS.",
            )
        return tenant, key

    def _is_marked(self, below: Prefix) -> bool:
        return next(iter(self.vault.list(below)), None) is not None


def _source(content: File) -> Source:
    """Give what can be put: the binary file itself, which tells its size, or the chunks."""
    if type(content).chunks in (File.chunks, InMemoryUploadedFile.chunks):
        file = content.file
        while isinstance(file, File):
            file = file.file
        if not isinstance(file, io.TextIOBase):
            with suppress(AttributeError, io.UnsupportedOperation):  # a pipe begins where it is
                content.seek(0)
            return cast("Source", file)
    return (c.encode() if isinstance(c, str) else c for c in content.chunks())


def _in_djangos_time(moment: dt.datetime) -> dt.datetime:
    """Give aware UTC, or with USE_TZ off the local time without a zone."""
    told: dt.datetime = moment if settings.USE_TZ else timezone.make_naive(moment)
    return told
