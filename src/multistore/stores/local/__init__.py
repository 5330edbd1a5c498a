"""The local store: one directory, one file per object, and nothing beside it to disagree with.

On disk::

    ROOT/school-042/video/第1回/lesson.mp4.object     the body, then a trailer (trailer.py)
    ROOT/.multistore/unfinished/TOKEN.body            a put that has not ended (drafts.py)
    ROOT/.multistore/unfinished/TOKEN.name            the name that it is for
    ROOT/.multistore/locks/00 … ff                    empty; writers of a name exclude each other

names.py says how a name becomes directories and a file, and back. The body is the file's
first bytes, unaltered: ``head -c SIZE FILE``, with the size that ``tail -n 1 FILE`` shows, gets
it back without this program. Content type and metadata are in the same file, so that a crash
cannot part them from the body.

A put writes and syncs an unfinished file, and then renames or links it to its place and syncs
the directory. So an object is there whole or not at all, the old one until the new one.
Directories are 0700 and files 0600. Links and files of others below the root are never
followed, listed or read.

The file system must tell upper from lower case, and have hard links and flock; one that
several hosts share must have flock between them (NFS 4 does).
"""

from __future__ import annotations

from multistore.stores.local.store import LocalStore

__all__ = ["LocalStore"]
