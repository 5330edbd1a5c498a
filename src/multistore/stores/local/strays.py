"""What lies in a store's directory and is no object of it: somebody else's files, links, folders.

A store neither reads nor deletes them. But whoever erases a tenant must know of them: a file that
was put into its directory by hand may be a copy of what is to go, and a link leads to another one.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from multistore.stores.facets import Stray
from multistore.stores.local import names
from multistore.stores.local.failures import reported
from multistore.stores.local.tree import CONTROL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from multistore.stores.local.tree import Pieces, Tree


class _Level(NamedTuple):
    """A directory still to be read: the way to it, its text, and whether the store could use it."""

    pieces: Pieces
    text: str
    ours: bool


class Strays:
    """The strays facet of a local store."""

    def __init__(self, tree: Tree, store: str) -> None:
        self._tree = tree
        self._store = store

    def list_strays(self, prefix: str) -> Iterator[Stray]:
        """See StraysFacet. A link or file in the place of a directory above is given as well.

        Cost: one directory read per directory below the prefix; memory: one directory, and the
        ways to those still to be read.
        """
        with self._reported(prefix):
            blocked, levels = self._way(names.pieces(prefix)[:-1])
        yield from blocked
        while levels:
            level = levels.pop()
            with self._reported(prefix):
                found, below = self._read(level)
            levels += below
            yield from (one for one in found if _below(one, prefix))

    def _way(self, branches: Pieces) -> tuple[list[Stray], list[_Level]]:
        """Go down to where the prefix begins: what is in the way, and the directory."""
        text = ""
        for depth, piece in enumerate(branches):
            text += names.fragment(piece, leaf=False) or ""
            try:
                with self._tree.directory(branches[:depth]) as parent:
                    status = os.stat(piece, dir_fd=parent, follow_symlinks=False)
            except FileNotFoundError:
                return [], []
            if not stat.S_ISDIR(status.st_mode):
                return [Stray(text, _what(status.st_mode), status.st_size)], []
        return [], [_Level(branches, text, ours=True)]

    def _read(self, level: _Level) -> tuple[list[Stray], list[_Level]]:
        found: list[Stray] = []
        below: list[_Level] = []
        empty = True
        try:
            with self._tree.directory(level.pieces) as directory, os.scandir(directory) as scan:
                for item in sorted(scan, key=lambda one: os.fsencode(one.name)):
                    piece = os.fsencode(item.name)
                    if not level.pieces and piece == CONTROL:
                        continue
                    empty = False
                    stray, deeper = _told(level, piece, item.stat(follow_symlinks=False))
                    found += stray
                    below += deeper
        except (FileNotFoundError, NotADirectoryError):
            return [], []  # it went meanwhile
        if empty:
            found.append(Stray(level.text, "directory", 0))
        return found, below[::-1]

    def _reported(self, prefix: str) -> AbstractContextManager[None]:
        return reported(operation="list", store=self._store, bucket=self._tree.root, key=prefix)


def _below(stray: Stray, prefix: str) -> bool:
    """Say whether a stray lies under a prefix; an empty directory of just that name does not.

    Other empty ones are told, whatever their names: none that the store made outlives its last
    object, but for what lay beside it or a crash, and a name may say something of a customer.
    """
    return stray.path.startswith(prefix) and (stray.what != "directory" or stray.path != prefix)


def _told(level: _Level, piece: bytes, status: os.stat_result) -> tuple[list[Stray], list[_Level]]:
    """Say what one entry is: nothing where it is ours, a stray, or a directory to read."""
    leaf = names.fragment(piece, leaf=True) if level.ours else None
    branch = names.fragment(piece, leaf=False) if level.ours else None
    shown = level.text + piece.decode(errors="backslashreplace")
    if stat.S_ISDIR(status.st_mode):
        text = f"{shown}/" if branch is None else level.text + branch
        return [], [_Level((*level.pieces, piece), text, ours=branch is not None)]
    if stat.S_ISREG(status.st_mode):
        return ([] if leaf is not None else [Stray(shown, "file", status.st_size)]), []
    # In the place of an object, or of a directory, it is told under the name that it takes.
    path = shown if leaf is None and branch is None else level.text + (leaf or branch or "")
    return [Stray(path, _what(status.st_mode), status.st_size)], []


def _what(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "link"
    return "file" if stat.S_ISREG(mode) else "other"
