"""An S3 service that costs next to nothing: it lists the versions of a script and forgets them.

Run as a program, so that its processor time is its own; it prints its port. It understands
ListObjectsV2, ListObjectVersions, ListMultipartUploads and DeleteObjects. ``PUT /bucket?fill=N``
makes N versions of a hundred names.
"""

from __future__ import annotations

import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PAGE = 1000
VERSIONS: dict[tuple[str, str], None] = {}
STAMP = "<LastModified>2026-11-24T08:21:13.123Z</LastModified>"
ETAG = "<ETag>&quot;c4ca4238a0b923820dcc509a6f75849b&quot;</ETag>"
OBJECT = re.compile(rb"<Key>([^<]*)</Key><VersionId>([^<]*)</VersionId>")


def versions(query: dict[str, str]) -> str:
    """Give one page of versions behind the markers."""
    behind = (query.get("key-marker", ""), query.get("version-id-marker", ""))
    found = sorted(one for one in VERSIONS if one > behind)
    rows = "".join(
        f"<Version><Key>{key}</Key><VersionId>{version}</VersionId><Size>1</Size>{STAMP}{ETAG}"
        "<IsLatest>false</IsLatest><StorageClass>STANDARD</StorageClass></Version>"
        for key, version in found[:PAGE]
    )
    if len(found) > PAGE:
        key, version = found[PAGE - 1]
        rows += f"<NextKeyMarker>{key}</NextKeyMarker>"
        rows += f"<NextVersionIdMarker>{version}</NextVersionIdMarker>"
    return f"<IsTruncated>{str(len(found) > PAGE).lower()}</IsTruncated>{rows}"


def objects() -> str:
    """Give the names, which are never more than a page."""
    names = sorted({name for name, _ in VERSIONS})
    return "<IsTruncated>false</IsTruncated>" + "".join(
        f"<Contents><Key>{name}</Key><Size>1</Size>{STAMP}{ETAG}</Contents>" for name in names
    )


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16

    def do_GET(self):
        query = {
            name: value[0]
            for name, value in parse_qs(urlsplit(self.path).query, keep_blank_values=True).items()
        }
        if "versions" in query:
            self._say("ListVersionsResult", versions(query))
        elif "uploads" in query:
            self._say("ListMultipartUploadsResult", "<IsTruncated>false</IsTruncated>")
        else:
            self._say("ListBucketResult", objects())

    def do_POST(self):
        asked = OBJECT.findall(self.rfile.read(int(self.headers["Content-Length"])))
        for key, version in asked:
            VERSIONS.pop((key.decode(), version.decode()), None)
        self._say(
            "DeleteResult",
            "".join(
                f"<Deleted><Key>{key.decode()}</Key><VersionId>{version.decode()}</VersionId>"
                "</Deleted>"
                for key, version in asked
            ),
        )

    def do_PUT(self):
        count = int(parse_qs(urlsplit(self.path).query)["fill"][0])
        for number in range(count):
            VERSIONS[f"acme/video/{number % 100:03}", f"XpMjWnABCDEFGHIJKLMNOPQ{number:09}"] = None
        self._say("Filled", "")

    def _say(self, root, content):
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>{content}</{root}>'.encode()
        self.send_response_only(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

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
