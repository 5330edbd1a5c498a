"""On what file system a directory is: a mount may keep its bytes on another machine."""

from __future__ import annotations

import os
import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")

# File systems whose bytes are kept by another machine, or by whatever serves a FUSE mount.
_ELSEWHERE = re.compile(
    r"nfs\d?|cifs|smb3?|smbfs|ncpfs|afs|ceph|lustre|gpfs|beegfs|glusterfs|ocfs2|gfs2|davfs2?|"
    r"coda|orangefs|pvfs2|9p|virtiofs|fuse\..+|fuse"
)
_FUSE_ON_THIS_MACHINE = frozenset({"fuse.fuse-overlayfs", "fuse.ntfs-3g", "fuse.gocryptfs"})


def filesystem(path: Path, mounts: Path = MOUNTS) -> tuple[str | None, bool]:
    """Return the type of the file system that holds a path, and whether it may be elsewhere.

    The path itself need not exist yet. Where the system has no table of mounts (macOS), the
    type is None and the answer is that it is not elsewhere: nothing shows that it is.
    """
    try:
        table = mounts.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return None, False
    place = os.path.realpath(path)
    found: tuple[int, str] | None = None
    for line in table.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split()
        if len(fields) < 5 or not right:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), fields[4])
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        # The last mount on the same point hides the ones before it.
        if inside and (found is None or len(point) >= found[0]):
            found = len(point), right.split()[0]
    if found is None:
        return None, True
    kind = found[1]
    return kind, bool(_ELSEWHERE.fullmatch(kind)) and kind not in _FUSE_ON_THIS_MACHINE
