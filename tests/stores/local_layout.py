"""The local store's layout by its documentation, written a second time and sharing no code."""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path
from urllib.parse import unquote


def path_of(root, name):
    """Find an object's file by the documented rules, written a second time."""
    path = Path(root)
    *groups, last = name.split("/")
    for group in [*groups, None]:
        text = last if group is None else group
        while len(text) >= 60:
            path /= escaped(text[:60]) + "%"
            text = text[60:]
        piece = escaped(text) or "%"
        if group is None:
            return path / (piece + ".object")
        if piece.endswith(".object"):
            piece = piece[:-7] + "%2Eobject"
        path /= piece
    raise AssertionError


def escaped(text):
    out = "".join(
        f"%{ord(char):02X}"
        if char == "%" or ord(char) < 32 or ord(char) == 127 or (char == "." and not number)
        else char
        for number, char in enumerate(text)
    )
    assert unquote(out) == text
    return out


def write_file(root, name, data):
    """Write an object's file by the documented format, written a second time."""
    path = path_of(root, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(
        {
            "size": len(data),
            "modified": 1_700_000_000_000_000,
            "metadata": {},
            "etag": os.urandom(16).hex(),
            "content_type": None,
        }
    ).encode()
    footer = b" %08x %08x multistore-local-1\n" % (len(text), zlib.crc32(text))
    path.write_bytes(data + b"\n" + text + footer)


def read_body(root, name):
    """Get a body back with what anybody has: the size in the file's last line."""
    try:
        content = path_of(root, name).read_bytes()
    except FileNotFoundError:
        return None
    line = content[:-1].rpartition(b"\n")[2]
    return content[: json.loads(line[: line.rindex(b"}") + 1])["size"]]


def begin_upload(root, name):
    """Leave behind what a killed put leaves."""
    token = os.urandom(16).hex()
    unfinished = Path(root, ".multistore", "unfinished")
    (unfinished / f"{token}.body").write_bytes(b"half a bo")
    (unfinished / f"{token}.name").write_bytes(name.encode())
    return token
