"""``multistore://tenant/collection/key`` for everything that speaks fsspec.

pandas, PyArrow, Dask and Zarr find it by its name. It has no event loop and no cache of listings.
"""

# fsspec has no types; what comes from it is unknown to a checker.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUntypedBaseClass=false
# pyright: reportUnknownParameterType=false, reportIncompatibleMethodOverride=false

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from fsspec import AbstractFileSystem  # type: ignore[import-untyped]
from fsspec.callbacks import DEFAULT_CALLBACK, NoOpCallback  # type: ignore[import-untyped]
from fsspec.utils import isfilelike, tokenize  # type: ignore[import-untyped]

from multistore.errors import (
    FormatError,
    IntegrityError,
    InvalidArgumentError,
    NotFoundError,
    TruncatedError,
    UnsupportedError,
)
from multistore.fsspec_terms import directory_entry, file_entry, is_root, parents, plain
from multistore.open_vaults import OPEN
from multistore.opening import DEFAULT
from multistore.values import Address, CommonPrefix, From, Last, ObjectInfo, Prefix, PutMode, Span
from multistore.writing import ObjectWriter, mode_of_write

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from multistore.files import ObjectFile
    from multistore.vault import Vault

_CACHE = "use_listings_cache"
_WITHOUT_MEANING = {_CACHE, "listings_expiry_time", "max_paths", "asynchronous"}
_FOREIGN = (FormatError, TruncatedError)
_PUT_MODES = {"overwrite": PutMode.OVERWRITE, "create": PutMode.CREATE}


class MultistoreFileSystem(AbstractFileSystem):  # type: ignore[misc]
    """The objects of one configuration as fsspec's files; directories are common prefixes.

    Instances of one configuration share one open vault per process, from whichever thread or
    tenant's path they are asked for; every call goes through the vault's own checks. A pickle
    holds the configuration's path and nothing else. A child of a fork opens a vault of its own;
    where the parent had moved bytes over the network, its calls raise ForkedProcessError.

    Args:
        configuration: the path of the configuration; by default what MULTISTORE_CONFIG names,
            or multistore.toml.

    Raises InvalidArgumentError where an option is unknown, or asks for a cache of listings.
    """

    protocol = "multistore"
    root_marker = ""
    # fsspec caches by arguments and thread; a relative path means another file elsewhere.
    cachable = False

    def __init__(self, configuration: str | os.PathLike[str] | None = None, **options: Any) -> None:
        # ``asynchronous`` is what Zarr asks of every filesystem; it wraps a synchronous one.
        meant = {name for name in options if name not in _WITHOUT_MEANING}
        if unknown := meant | {name for name in options if name == _CACHE and options[name]}:
            raise InvalidArgumentError(
                f"there is no storage option {', '.join(sorted(unknown))}",
                hint="The only one is configuration, the path; listings are never kept.",
            )
        super().__init__()
        named = configuration or os.environ.get("MULTISTORE_CONFIG") or DEFAULT
        self.configuration = Path(named).absolute()
        # What cp_file copied for the mv of this thread.
        self._copied = threading.local()

    @property
    def vault(self) -> Vault:
        """The open vault of this configuration in this process."""
        return OPEN.get(self.configuration)

    @property
    def fsid(self) -> str:
        """Name the configuration: equal for equal ones, in any process."""
        return f"multistore-{tokenize(str(self.configuration))}"

    @property
    def _fs_token(self) -> str:
        return str(tokenize(type(self), str(self.configuration)))

    def __repr__(self) -> str:
        """Name the configuration: what fsspec wraps is told apart by it, in any process."""
        return f"{type(self).__name__}({str(self.configuration)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the path of the configuration."""
        return type(self), (str(self.configuration),)

    @classmethod
    def clear_instance_cache(cls) -> None:
        """Close every vault that was opened here; the next call opens anew."""
        super().clear_instance_cache()
        OPEN.close()

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        return [plain(each) for each in path] if isinstance(path, list) else plain(path)

    # -- looking ---------------------------------------------------------------------------

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        """Describe a file or a directory. Cost: one request for a file, two for a directory.

        Raises:
            NotFoundError: there is neither.
        """
        _no_more(options)
        path = plain(path)
        if not is_root(path):
            try:
                return file_entry(self.vault.head(path))
            except (NotFoundError, *_FOREIGN):  # or a mark of the directory
                if next(self._below(path), None) is None:
                    raise
        else:
            self._below(path)
        return directory_entry(path)

    def ls(
        self,
        path: str,
        detail: bool = True,  # noqa: FBT001, FBT002 - fsspec's
        **options: Any,
    ) -> list[Any]:
        """List a directory, or give the one file. Sizes are plaintext; one request per 1,000.

        Raises:
            NotFoundError: there is neither.
        """
        _no_more(options)
        path = plain(path)
        found = [
            directory_entry(entry.prefix.rstrip("/"))
            if isinstance(entry, CommonPrefix)
            else file_entry(entry)
            for entry in self._below(path, delimiter="/")
            # "dir/" is another tool's mark of a directory, and no child of itself.
            if isinstance(entry, CommonPrefix) or str(entry.address) != f"{path}/"
        ]
        # Nor is an object that is not sealed, and has the name of a directory beside it.
        directories = {entry["name"] for entry in found if entry["type"] == "directory"}
        found = [e for e in found if e["size"] is not None or e["name"] not in directories]
        if not found and not is_root(path) and next(self._below(path), None) is None:
            found = [file_entry(self.vault.head(path))]
        return found if detail else [entry["name"] for entry in found]

    def find(
        self,
        path: str,
        maxdepth: int | None = None,
        withdirs: bool = False,  # noqa: FBT001, FBT002 - fsspec's
        detail: bool = False,  # noqa: FBT001, FBT002 - fsspec's
        **options: Any,
    ) -> Any:
        """List everything below, in one flat listing: one request per 1,000 objects."""
        _no_more(options)
        if maxdepth is not None:
            return super().find(path, maxdepth=maxdepth, withdirs=withdirs, detail=detail)
        path = plain(path)
        found: dict[str, dict[str, Any]] = {}
        for entry in (each for each in self._below(path) if isinstance(each, ObjectInfo)):
            name = str(entry.address)
            if withdirs:
                for parent in parents(name, path):
                    found.setdefault(parent, directory_entry(parent))
            if not name.endswith("/"):
                found[name] = file_entry(entry)
        if not found and not is_root(path):
            with suppress(NotFoundError):
                found = {path: file_entry(self.vault.head(path))}
        names = sorted(found)
        return {name: found[name] for name in names} if detail else names

    def exists(self, path: str, **options: Any) -> bool:
        """Tell whether there is a file or a directory; False only where there is truly none."""
        try:
            self.info(path, **options)
        except NotFoundError:
            return False
        return True

    def isfile(self, path: str) -> bool:
        """Tell whether there is an object. Cost: one request."""
        path = plain(path)
        return not is_root(path) and self.vault.exists(path)

    def isdir(self, path: str) -> bool:
        """Tell whether there is something below the path. Cost: one request."""
        path = plain(path)
        return next(self._below(path), None) is not None or is_root(path)

    def created(self, path: str) -> dt.datetime | None:
        """Say when the object was sealed, from its own authenticated header."""
        return self.vault.head(plain(path)).created

    def modified(self, path: str) -> dt.datetime:
        """Say when the store took the object."""
        return self.vault.head(plain(path)).modified

    def checksum(self, path: str) -> int:
        """Give a number that changes whenever the object is written, even with equal content."""
        tag = self.vault.head(plain(path)).header_tag
        return int.from_bytes(tag or b"", "big")

    def ukey(self, path: str) -> str:
        """Give the same as ``checksum``, as text."""
        return f"{self.checksum(path):x}"

    def sign(self, path: str, expiration: int = 100, **options: Any) -> NoReturn:
        """Refuse: what a URL would give is ciphertext, and only the vault can open it.

        Raises:
            UnsupportedError: always.
        """
        del expiration, options
        raise UnsupportedError(
            "a sealed object has no URL that a browser could use: the store has ciphertext only",
            key=plain(path),
            hint="Serve it from your application, which opens it: vault.get or vault.read.",
        )

    # -- reading ---------------------------------------------------------------------------

    def _open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | None = None,
        autocommit: bool = True,  # noqa: FBT001, FBT002 - fsspec's
        cache_options: dict[str, Any] | None = None,
        **options: Any,
    ) -> ObjectFile | ObjectWriter:
        del block_size, cache_options  # the file's read-ahead fits itself to the reads
        if mode == "rb":
            options.pop("cache_type", None)  # of fsspec's own files, as block_size is
            _no_more(options)
            return self.vault.open(path)
        over = mode_of_write(mode)
        file = self.vault.open(path, "xb" if over is PutMode.CREATE else "wb", **options)
        return file if autocommit else file.deferred()

    def cat_file(
        self, path: str, start: int | None = None, end: int | None = None, **options: Any
    ) -> bytes:
        """Read a file or a range of it, with the meaning of a slice. Cost: as Vault.read."""
        _no_more(options)
        path = plain(path)
        if (end is None or end >= 0) and (start is None or start >= 0):
            start = start or 0
            if end is not None and end <= start:
                self.vault.head(path)
                return b""
            return self._read(path, From(start) if end is None else Span(start, end))
        if end is None and start is not None:
            return self._read(path, Last(-start))
        start, stop, _ = slice(start, end).indices(self.vault.head(path).size or 0)
        return self._read(path, Span(start, stop)) if start < stop else b""

    def _read(self, path: str, span: Span | From | Last) -> bytes:
        try:
            return self.vault.read(path, span)
        except InvalidArgumentError as error:
            if error.code == "InvalidRange":
                return b""
            raise

    def get_file(
        self,
        rpath: str,
        lpath: Any = None,
        callback: Any = DEFAULT_CALLBACK,
        outfile: Any = None,
        **options: Any,
    ) -> None:
        """Save a file, parts in parallel; the local file appears when it is whole and verified."""
        _no_more(options)
        path = plain(rpath)
        target: Any = lpath
        outfile = target if outfile is None and isfilelike(lpath) else outfile
        try:
            download = None if is_root(path) else self.vault.get(path)
        except NotFoundError:
            if outfile is not None or not self.isdir(path):
                raise
            download = None
        if download is None:
            Path(target).mkdir(parents=True, exist_ok=True)
            return
        callback.set_size(download.info.size)
        if outfile is not None:
            for piece in download:
                outfile.write(piece)
                callback.relative_update(len(piece))
            return
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        quiet = isinstance(callback, NoOpCallback)
        download.save(target, progress=None if quiet else callback.relative_update)

    # -- writing ---------------------------------------------------------------------------

    def put_file(
        self,
        lpath: str,
        rpath: str,
        callback: Any = DEFAULT_CALLBACK,
        mode: str = "overwrite",
        **options: Any,
    ) -> None:
        """Put a local file; a directory is nothing to put. ``options`` as of Vault.put."""
        source = Path(lpath)
        if source.is_dir():
            return
        callback.set_size(source.stat().st_size)
        self.vault.put(
            plain(rpath),
            source,
            mode=_put_mode(mode),
            progress=callback.relative_update,
            **options,
        )

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **options: Any) -> None:
        """Put bytes. With ``mode="create"`` never over an object. ``options`` as of Vault.put."""
        self.vault.put(plain(path), value, mode=_put_mode(mode), **options)

    def cp_file(self, path1: str, path2: str, **options: Any) -> None:
        """Copy one object; a directory is nothing to copy."""
        _no_more(options)
        source, target = plain(path1), plain(path2)
        try:
            if not is_root(source):
                self.vault.copy(source, target)
                if (pairs := getattr(self._copied, "pairs", None)) is not None:
                    pairs.append((source, target))
        except NotFoundError:
            if not self.isdir(source):
                raise

    def mv(
        self,
        path1: str,
        path2: str,
        recursive: bool = False,  # noqa: FBT001, FBT002 - fsspec's
        maxdepth: int | None = None,
        **options: Any,
    ) -> None:
        """Copy, then delete of the sources what is not one of the targets.

        An object has several spellings: with and without the protocol, in NFC and in NFD. To
        move it onto another spelling of its own name leaves it where it is.
        """
        _no_more(options)
        pairs: list[tuple[str, str]] = []
        self._copied.pairs = pairs
        try:
            self.copy(path1, path2, recursive=recursive, maxdepth=maxdepth, on_error="raise")
        finally:
            self._copied.pairs = None
        targets = {Address.parse(target) for _, target in pairs}
        sources = {Address.parse(source) for source, _ in pairs}
        self.vault.delete_many(sorted(sources - targets))

    # -- deleting --------------------------------------------------------------------------

    def rm_file(self, path: str) -> None:
        """Delete one object. Cost: two requests.

        Raises:
            NotFoundError: there is none.
            IsADirectoryError: it is a directory.
            RetainedError: a hold or a lock forbids it.
        """
        path = plain(path)
        if not self.isfile(path):
            self.info(path)
            raise IsADirectoryError(f"{path} is a directory; delete it with recursive=True")
        self.vault.delete(path)

    def rm(
        self,
        path: str | list[str],
        recursive: bool = False,  # noqa: FBT001, FBT002 - fsspec's
        maxdepth: int | None = None,
    ) -> None:
        """Delete files, and directories if recursive, other tools' directory marks included.

        A file that has a directory's name stays where the directory goes. Where a store keeps
        versions this hides the objects; ``vault.erase`` is what ends them.

        Raises:
            NotFoundError: there is none.
            RetainedError: a hold or a lock forbids the deletion of the one file.
            ErasureError: some of several could not be deleted; ``remaining`` names them. All
                others were.
        """
        named = [path] if isinstance(path, str | os.PathLike) else list(path)
        if not recursive or maxdepth is not None:
            for each in reversed(self.expand_path(named, recursive=recursive, maxdepth=maxdepth)):
                # With recursive, directories are among them: they end with their last file.
                if not recursive or self.isfile(each):
                    self.rm_file(each)
            return
        for each in self.expand_path(named):
            addresses = [e.address for e in self._below(each) if isinstance(e, ObjectInfo)]
            if not is_root(each):
                if addresses:
                    addresses += self._marks(each)
                elif self.isfile(each):
                    addresses = [Address.parse(each)]
                else:
                    raise NotFoundError("there is no such file or directory", key=each)
            self.vault.delete_many(addresses)

    def _marks(self, directory: str) -> Iterator[Address]:
        """Give what ADLS and Hadoop put beside a directory: without a byte, and so not sealed."""
        for name in (directory, f"{directory}_$folder$"):
            entry = next(self.vault.list(Prefix.parse(name)), None)
            if isinstance(entry, ObjectInfo) and str(entry.address) == name and entry.size is None:
                try:
                    self.vault.head(name)
                except TruncatedError:
                    yield entry.address
                except IntegrityError:
                    continue  # something else of another tool

    def _below(
        self, path: str, delimiter: str | None = None
    ) -> Iterator[ObjectInfo | CommonPrefix]:
        return self.vault.list(Prefix.parse(f"{path}/"), delimiter=delimiter)


def _put_mode(mode: str) -> PutMode:
    if mode not in _PUT_MODES:
        raise InvalidArgumentError(f"the mode is overwrite or create, and not {mode!r}")
    return _PUT_MODES[mode]


def _no_more(options: dict[str, Any]) -> None:
    """Refuse what would be ignored; ``refresh`` is what every call does anyway."""
    if unknown := sorted(options.keys() - {"refresh"}):
        raise TypeError(f"unexpected keyword argument {unknown[0]!r}")
