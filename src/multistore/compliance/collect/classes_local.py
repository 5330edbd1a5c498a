"""The classes of data in a local directory, read as the store reads it, and nothing else of it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from multistore.compliance.belonging import UNOWNED, classes
from multistore.compliance.collect import Collector
from multistore.compliance.collect.classes import CALL, PAGE, Level, sample
from multistore.compliance.model import Answer
from multistore.errors import MultistoreError
from multistore.stores.local import names
from multistore.stores.local.tree import CONTROL, Tree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Resource


class _Directory:
    """The shelves of one directory; what lies there and is no file of the store is counted."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.foreign = 0

    def level(self, prefix: str) -> Level:
        """Read one directory, and look into those in it of which the store knows nothing."""
        pieces = names.pieces(prefix)[:-1]
        with self._tree.directory(pieces) as directory:
            with os.scandir(directory) as scan:
                items = list(scan)
            self.foreign += sum(_foreign(item, prefix) for item in items)
            found = list(islice(self._tree.walk(prefix, delimiter="/", after=None), PAGE + 1))
            texts, more = [each.text for each in found[:PAGE]], len(found) > PAGE
            if not more:
                branches = {text.removeprefix(prefix) for text in texts}
                self.foreign += sum(_strange(item, branches, directory) for item in items)
        return Level(texts, more)

    def words(self, prefix: str) -> None:
        """Give none: a file of the store has no tags, and its metadata are sealed."""
        del prefix


def _foreign(item: os.DirEntry[str], prefix: str) -> bool:
    """Whether an entry of a directory is none that the store could have made."""
    piece = os.fsencode(item.name)
    if not prefix and piece == CONTROL:
        return False
    leaf = item.is_file(follow_symlinks=False)
    if not leaf and not item.is_dir(follow_symlinks=False):
        return True
    return names.fragment(piece, leaf=leaf) is None


def _strange(item: os.DirEntry[str], branches: Collection[str], parent: int) -> bool:
    """Whether a directory holds files, and none that the store could have made."""
    piece = os.fsencode(item.name)
    if piece == CONTROL or not item.is_dir(follow_symlinks=False):
        return False
    text = names.fragment(piece, leaf=False)
    if text is None or not text.endswith("/") or text in branches:
        return False  # counted already, or the beginning of a name that is longer than a piece
    walk = os.fwalk(item.name, dir_fd=parent, onerror=_refused)
    return any(files for _, _, files, _ in walk)


def _refused(error: OSError) -> None:
    """Let a directory that cannot be read leave the sample unread."""
    raise error


def directory_classes(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Sample a store's directory: its root, and those of at most eight tenants. No request."""
    at = datetime.now(UTC)
    path = reader.settings.resolve(reader.settings.stores[resource.store or ""].path or Path())
    if not path.is_dir():
        yield Answer(CALL, resource.id, at, "absent", why="NoDirectory")
        return
    shelves = _Directory(Tree(path))
    try:
        value = sample(shelves, classes(reader.settings))
    except (MultistoreError, OSError) as error:
        why = (error.code if isinstance(error, MultistoreError) else None) or type(error).__name__
        yield Answer(CALL, resource.id, at, "unreadable", why=why)
        return
    if shelves.foreign:
        value["Found"][UNOWNED] = value["Found"].get(UNOWNED, 0) + shelves.foreign
    yield Answer(CALL, resource.id, at, "read", value)


COLLECTORS = (Collector(("local",), directory_classes, network=False),)
