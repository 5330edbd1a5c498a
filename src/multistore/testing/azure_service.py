"""Azure Blob over loopback HTTP, for what no emulator has: see azure_account for its rules.

    with AzureService(Account(soft_delete_days=7)) as service:
        AzureStore(…, endpoint=Endpoint("azure", service.url, …), account="tokyo", …)

It knows one container of any name, and answers what a store asks: Put Blob, Put Block, Put Block
List, Get Block List, Get Blob (with one range), Get Blob Properties, Delete Blob, Undelete Blob,
Snapshot Blob, Set Blob Legal Hold, Set Blob Immutability Policy, List Blobs, Get Container
Properties. Whatever else is asked is refused with 400, so that nothing passes for supported.
It checks no signature, only that there is one.
"""

from __future__ import annotations

import contextlib
import http.server
import re
import threading
from datetime import UTC, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from multistore.testing.azure_account import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from multistore.testing.azure_account import Account, Copy

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_BLOCK = re.compile(r"<(?:Latest|Uncommitted|Committed)>([^<]+)<")
_KNOWN = frozenset(
    {"blockid", "comp", "deletetype", "delimiter", "include", "marker", "maxresults", "prefix"}
    | {"restype", "snapshot", "timeout", "versionid", "blocklisttype"}
)


class AzureService:
    """Serves one account on a loopback port; ``asked`` is every request's method and target."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.asked: list[tuple[str, str]] = []
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                service.asked.append((self.command, self.path))
                try:
                    answer = _Request(service.account, self.command, self.path, self.headers, body)
                    status, headers, content = answer.answered()
                except Refused as refused:
                    told = f"<Code>{refused.code}</Code><Message>{refused.code}</Message>"
                    status, headers = refused.status, {"x-ms-error-code": refused.code}
                    content = f"<Error>{told}</Error>".encode()
                self.send_response(status)
                length = headers.pop("Content-Length", str(len(content)))
                for name, value in {"x-ms-request-id": "fake", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", length)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            def handle_one_request(self) -> None:
                with contextlib.suppress(ConnectionError):
                    super().handle_one_request()

            do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = serve  # noqa: N815 - http.server's

            def log_message(self, *_: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}/tokyo"

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


_Answer = tuple[int, dict[str, str], bytes]


class _Request:
    """One request, taken apart."""

    def __init__(
        self, account: Account, method: str, target: str, headers: Any, body: bytes
    ) -> None:
        self.account = account
        self.method = method
        self.headers = headers
        self.body = body
        path, query = urlsplit(target)[2:4]
        parts = unquote(path).lstrip("/").split("/", 2)
        self.name = parts[2] if len(parts) == 3 else ""
        self.query = {
            key: value[0] for key, value in parse_qs(query, keep_blank_values=True).items()
        }

    def answered(self) -> _Answer:
        """Do it."""
        if not self.headers.get("Authorization"):
            raise Refused(401, "NoAuthenticationInformation")
        if not self.headers.get("x-ms-version"):
            raise Refused(400, "MissingRequiredHeader")
        if self.query.keys() - _KNOWN:
            raise Refused(400, "UnsupportedQueryParameter")
        comp = self.query.get("comp", "")
        calls: dict[tuple[str, str], Callable[[], _Answer]]
        if self.query.get("restype") == "container":
            calls = {
                ("GET", "list"): self._list,
                ("GET", ""): self._container,
                ("HEAD", ""): self._container,
            }
        else:
            calls = {
                ("PUT", ""): self._put,
                ("PUT", "block"): self._stage,
                ("PUT", "blocklist"): self._commit,
                ("GET", "blocklist"): self._staged,
                ("GET", ""): self._get,
                ("HEAD", ""): self._get,
                ("DELETE", ""): self._delete,
                ("PUT", "undelete"): self._undelete,
                ("PUT", "snapshot"): self._snapshot,
                ("PUT", "legalhold"): self._hold,
                ("PUT", "immutabilityPolicies"): self._policy,
            }
        if (self.method, comp) not in calls:
            raise Refused(400, "UnsupportedQueryParameter")
        return calls[self.method, comp]()

    def _put(self) -> _Answer:
        if self.headers.get("x-ms-blob-type") != "BlockBlob":
            raise Refused(400, "MissingRequiredHeader")
        return self._written(self.body)

    def _written(self, data: bytes) -> _Answer:
        given = {key.lower(): value for key, value in self.headers.items()}
        none_match = given.get("if-none-match")
        if none_match not in (None, "*"):
            raise Refused(400, "InvalidHeaderValue")
        made = self.account.write(
            self.name,
            data,
            content_type=given.get("x-ms-blob-content-type")
            or given.get("content-type")
            or "application/octet-stream",
            metadata={
                key.removeprefix("x-ms-meta-"): value
                for key, value in given.items()
                if key.startswith("x-ms-meta-")
            },
            if_match=given.get("if-match"),
            only_new=none_match == "*",
        )
        return 201, _described(made), b""

    def _stage(self) -> _Answer:
        self.account.blocks.setdefault(self.name, {})[self.query["blockid"]] = self.body
        return 201, {}, b""

    def _commit(self) -> _Answer:
        staged = self.account.blocks.get(self.name, {})
        wanted = _BLOCK.findall(self.body.decode())
        if any(block not in staged for block in wanted):
            raise Refused(400, "InvalidBlockList")
        return self._written(b"".join(staged[block] for block in wanted))

    def _staged(self) -> _Answer:
        blocks = self.account.blocks.get(self.name)
        if blocks is None:
            self.account.find(self.name, None, None)
        rows = "".join(
            f"<Block><Name>{escape(name)}</Name><Size>{len(data)}</Size></Block>"
            for name, data in (blocks or {}).items()
        )
        told = f"<CommittedBlocks/><UncommittedBlocks>{rows}</UncommittedBlocks>"
        content = f"<BlockList>{told}</BlockList>".encode()
        return 200, {"Content-Type": "application/xml"}, content

    def _found(self) -> Copy:
        return self.account.find(self.name, self.query.get("versionid"), self.query.get("snapshot"))

    def _get(self) -> _Answer:
        found = self._found()
        wanted = self.headers.get("If-Match")
        if wanted is not None and wanted.strip('"') != found.etag.strip('"'):
            raise Refused(412, "ConditionNotMet")
        headers = {**_described(found), "x-ms-blob-type": "BlockBlob", "Accept-Ranges": "bytes"}
        headers["Content-Type"] = found.content_type
        asked = self.headers.get("x-ms-range") or self.headers.get("Range")
        if self.method == "HEAD" or asked is None:
            return 200, {**headers, "Content-Length": str(len(found.data))}, found.data
        cut = _RANGE.fullmatch(asked)
        if cut is None:
            raise Refused(400, "InvalidHeaderValue")
        start = int(cut[1])
        if start >= len(found.data):
            raise Refused(416, "InvalidRange")
        stop = min(len(found.data), int(cut[2]) + 1 if cut[2] else len(found.data))
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(found.data)}"
        return 206, headers, found.data[start:stop]

    def _delete(self) -> _Answer:
        if self.query.get("deletetype", "permanent").lower() != "permanent":
            raise Refused(400, "InvalidQueryParameterValue")
        self.account.delete(
            self.name,
            version=self.query.get("versionid"),
            snapshot=self.query.get("snapshot"),
            snapshots=self.headers.get("x-ms-delete-snapshots"),
            permanent="deletetype" in self.query,
            if_match=self.headers.get("If-Match"),
        )
        return 202, {}, b""

    def _undelete(self) -> _Answer:
        self.account.undelete(self.name)
        return 200, {}, b""

    def _snapshot(self) -> _Answer:
        made = self.account.snapshot(self.name)
        return 201, {**_described(made), "x-ms-snapshot": made.snapshot or ""}, b""

    def _hold(self) -> _Answer:
        told = self.headers.get("x-ms-legal-hold", "").lower()
        if told not in ("true", "false"):
            raise Refused(400, "InvalidHeaderValue")
        self.account.set_hold(self._found(), on=told == "true")
        return 200, {"x-ms-legal-hold": told}, b""

    def _policy(self) -> _Answer:
        until = parsedate_to_datetime(self.headers["x-ms-immutability-policy-until-date"])
        mode = self.headers.get("x-ms-immutability-policy-mode", "Unlocked").capitalize()
        self.account.set_policy(self._found(), until.astimezone(UTC), mode)
        return 200, {}, b""

    def _container(self) -> _Answer:
        return (
            200,
            {
                "ETag": '"0x8DE0"',
                "Last-Modified": format_datetime(self.account.clock(), usegmt=True),
                "x-ms-has-immutability-policy": "false",
                "x-ms-has-legal-hold": "false",
                "x-ms-immutable-storage-with-versioning-enabled": str(
                    self.account.immutability
                ).lower(),
            },
            b"",
        )

    def _list(self) -> _Answer:
        include = set(filter(None, self.query.get("include", "").split(",")))
        rows = [
            _row(copy, self.account, is_current=current)
            for copy, current in self.account.copies()
            if copy.name.startswith(self.query.get("prefix", ""))
            and _is_shown(copy, include, is_current=current)
        ]
        if "uncommittedblobs" in include:
            committed = {copy.name for copy, current in self.account.copies() if current}
            rows += [
                f"<Blob><Name>{escape(name)}</Name><Properties><Content-Length>0</Content-Length>"
                "<BlobType>BlockBlob</BlobType></Properties></Blob>"
                for name in sorted(self.account.blocks.keys() - committed)
                if name.startswith(self.query.get("prefix", ""))
            ]
        begin = int(self.query.get("marker") or 0)
        most = int(self.query.get("maxresults") or 5000)
        marker = str(begin + most) if begin + most < len(rows) else ""
        told = (
            '<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs>'
            f"{''.join(rows[begin : begin + most])}</Blobs><NextMarker>{marker}</NextMarker>"
            "</EnumerationResults>"
        )
        return 200, {"Content-Type": "application/xml"}, told.encode()


def _is_shown(copy: Copy, include: set[str], *, is_current: bool) -> bool:
    """List Blobs shows the bases alone, and of the rest what ``include`` names.

    Source: learn.microsoft.com/rest/api/storageservices/list-blobs, "URI parameters".
    """
    if copy.deleted is not None and "deleted" not in include:
        return False
    if copy.snapshot is not None:
        return "snapshots" in include
    return is_current or copy.deleted is not None or "versions" in include


def _described(copy: Copy) -> dict[str, str]:
    told = {
        "ETag": copy.etag,
        "Last-Modified": format_datetime(copy.modified, usegmt=True),
        "x-ms-creation-time": format_datetime(copy.modified, usegmt=True),
        **{f"x-ms-meta-{key}": value for key, value in copy.metadata.items()},
    }
    if copy.version is not None:
        told["x-ms-version-id"] = copy.version
    if copy.until is not None:
        told["x-ms-immutability-policy-until-date"] = format_datetime(copy.until, usegmt=True)
        told["x-ms-immutability-policy-mode"] = (copy.mode or "").lower()
    if copy.hold:
        told["x-ms-legal-hold"] = "true"
    return told


def _row(copy: Copy, account: Account, *, is_current: bool) -> str:
    fields = f"<Name>{escape(copy.name)}</Name>"
    more = ""
    if copy.snapshot is not None:
        fields += f"<Snapshot>{copy.snapshot}</Snapshot>"
    if copy.version is not None:
        fields += f"<VersionId>{copy.version}</VersionId>"
        if is_current:
            fields += "<IsCurrentVersion>true</IsCurrentVersion>"
    if copy.deleted is not None:
        fields += "<Deleted>true</Deleted>"
        gone = copy.deleted + timedelta(days=account.soft_delete_days or 0)
        more = (
            f"<DeletedTime>{format_datetime(copy.deleted, usegmt=True)}</DeletedTime>"
            f"<RemainingRetentionDays>{max(0, (gone - account.clock()).days)}"
            "</RemainingRetentionDays>"
        )
    return (
        f"<Blob>{fields}<Properties><Last-Modified>{format_datetime(copy.modified, usegmt=True)}"
        f"</Last-Modified><Etag>{escape(copy.etag.strip(chr(34)))}</Etag>"
        f"<Content-Length>{len(copy.data)}</Content-Length><BlobType>BlockBlob</BlobType>{more}"
        "</Properties></Blob>"
    )
