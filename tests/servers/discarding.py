"""A Blob service that keeps nothing: it takes blocks as fast as they come, and gives zeros.

Run as a program, so that its memory and its interpreter lock are its own; it prints its port.
It understands Put Blob, Put Block, Put Block List, Get Blob with a range, Get Blob Properties.
"""

from __future__ import annotations

import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

PIECE = bytes(1 << 20)
SIZES: dict[str, int] = {}
STAGED: dict[str, dict[str, int]] = {}


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16

    def do_PUT(self):
        path, query = urlsplit(self.path)[2:4]
        room = bytearray(min(1 << 20, int(self.headers["Content-Length"]) or 1))
        left, body = int(self.headers["Content-Length"]), b""
        while left:
            got = self.rfile.readinto(memoryview(room)[: min(left, len(room))])
            if not got:
                return
            left -= got
            if "blocklist" in query:
                body += room[:got]
        if "comp=blocklist" in query:
            staged = STAGED.pop(path, {})
            ids = re.findall(rb"<(?:Latest|Uncommitted)>([^<]+)</", body)
            SIZES[path] = sum(staged[block_id.decode()] for block_id in ids)
        elif block := re.search(r"blockid=([^&]+)", query):
            name = block[1].replace("%3D", "=").replace("%2B", "+").replace("%2F", "/")
            STAGED.setdefault(path, {})[name] = int(self.headers["Content-Length"])
        else:
            SIZES[path] = int(self.headers["Content-Length"])
        self._say(201)

    def do_HEAD(self):
        size = SIZES.get(urlsplit(self.path).path)
        if size is None:
            self._say(404, {"x-ms-error-code": "BlobNotFound"})
        else:
            self._say(200, {"x-ms-blob-type": "BlockBlob"}, length=size)

    def do_GET(self):
        size = SIZES[urlsplit(self.path).path]
        asked = self.headers.get("Range") or self.headers.get("x-ms-range") or "bytes=0-"
        first, last = re.fullmatch(r"bytes=(\d+)-(\d*)", asked).groups()
        start, stop = int(first), min(size, int(last) + 1 if last else size)
        self._say(206, {"Content-Range": f"bytes {start}-{stop - 1}/{size}"}, length=stop - start)
        for at in range(start, stop, len(PIECE)):
            self.wfile.write(memoryview(PIECE)[: min(len(PIECE), stop - at)])

    def _say(self, status, headers=None, *, length=0):
        self.send_response_only(status)
        given = {
            "ETag": '"0x1"',
            "Last-Modified": "Tue, 24 Nov 2026 08:21:13 GMT",
            "Content-Length": str(length),
            **(headers or {}),
        }
        for key, value in given.items():
            self.send_header(key, value)
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(0)
