"""List and read a zip archive in place: only the chunks that are touched are fetched."""

from __future__ import annotations

import io
import sys
import zipfile

import multistore

ADDRESS = "example/attachment/教材.zip"


def archive() -> bytes:
    """Make an archive with one short and one long member."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        zipped.writestr("目次.txt", "第1回 第2回")
        zipped.writestr("第1回.txt", bytes(5_000_000))
    return packed.getvalue()


def main(config: str) -> None:
    """Put the archive, then read one member of it."""
    with multistore.open(config) as vault:
        vault.put(ADDRESS, archive(), content_type="application/zip")
        with vault.open(ADDRESS) as file, zipfile.ZipFile(file) as zipped:
            for member in zipped.infolist():
                print(f"{member.file_size:>9} {member.filename}")
            print(zipped.read("目次.txt").decode())


if __name__ == "__main__":
    main(sys.argv[1])
