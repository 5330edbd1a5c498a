"""Writes negative.json: one object per way in which the format must be refused.

``python -m tests.vectors.generate`` writes it anew; a test holds the file against it.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

from tests.vectors.raw import MAGIC, Sealed, canonical, carried, flipped, noise
from tests.vectors.salamander import salamander

PATH = Path(__file__).with_name("negative.json")
C = 2**14
PLAIN = noise("plaintext", 2 * C + 100)
META = canonical({"content_type": "video/mp4", "user": {"題名": "第1回"}})

tiny = Sealed(plain=noise("tiny", 101))
body = Sealed(plain=PLAIN)
live = body.but(unknown=True)
described = tiny.but(metadata=META)


def _vector(label, data, expect, *, of=tiny, released=0, inspect="fails", **more):
    """``of`` is the object whose keys and name the reader has, and expects."""
    vector = {
        "label": label,
        "scope_key": of.scope_key.hex(),
        "scope_id": of.scope_id.hex(),
        "key_version": of.key_version,
        "name": of.name,
    }
    if len(data) <= 1024:
        vector["object_hex"] = data.hex()
    else:
        vector["object_b64"] = base64.b64encode(data).decode()
    return vector | {"expect": expect, "released": released, "inspect": inspect} | more


def framing():
    whole = tiny.object
    yield _vector("framing: empty input", b"", "TruncatedError")
    for size in (7, 63, 95, 159):
        yield _vector(f"framing: cut at {size}", whole[:size], "TruncatedError")
    yield _vector("framing: header without body", whole[:160], "TruncatedError")
    mp4 = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + noise("mp4", 400)
    yield _vector("framing: a plain MP4", mp4, "FormatError")
    yield _vector("framing: a plain text of 20 bytes", b"not sealed in any way"[:20], "FormatError")
    mangled = whole.replace(b"\r\n", b"\n", 1)
    yield _vector("framing: magic with CRLF turned into LF", mangled, "FormatError")
    seven_bit = bytes([MAGIC[0] & 0x7F]) + whole[1:]
    yield _vector("framing: magic through a seven-bit channel", seven_bit, "FormatError")
    for version in (0, 2, 255):
        changed = tiny.but(version=version)
        yield _vector(f"framing: version {version}", changed.object, "FormatError")
    for suite in (0, 2, 255):
        yield _vector(f"framing: suite {suite}", tiny.but(suite=suite).object, "FormatError")
    for k in (0, 13, 21, 255):
        yield _vector(f"framing: chunk_log2 {k}", tiny.but(k=k).object, "FormatError")
    for bit in range(1, 8):
        changed = tiny.but(flags=1 << bit)
        yield _vector(f"framing: flag bit {bit}", changed.object, "FormatError")
    yield _vector("framing: key_version 0", tiny.but(key_version=0).object, "FormatError")
    yield _vector("framing: P is 2^50 + 1", tiny.but(length=2**50 + 1).object, "FormatError")
    yield _vector("framing: P is 2^64 - 1", tiny.but(length=2**64 - 1).object, "FormatError")
    changed = tiny.but(unknown=True, length=101)
    yield _vector("framing: LENGTH_UNKNOWN with a length", changed.object, "FormatError")
    changed = tiny.but(created=2**64 - 1)
    yield _vector("framing: sealed beyond the calendar", changed.object, "FormatError")


def binding():
    whole = tiny.object
    for k in (15, 17, 20):
        changed = whole[:10] + bytes([k]) + whole[11:]
        yield _vector(f"binding: chunk_log2 changed to {k}", changed, "TamperedError")
    empty, endless = Sealed(), Sealed(unknown=True)
    yield _vector("binding: LENGTH_UNKNOWN set", flipped(empty.object, 11), "TamperedError")
    yield _vector("binding: LENGTH_UNKNOWN cleared", flipped(endless.object, 11), "TamperedError")
    changed = flipped(tiny.but(unknown=True).object, 11)
    yield _vector("binding: LENGTH_UNKNOWN cleared on a body", changed, "LengthError")
    yield _vector("binding: salt flipped", flipped(whole, 40), "TamperedError")
    yield _vector("binding: key_version flipped", flipped(whole, 15, 1), "KeyUnavailableError")
    yield _vector("binding: P flipped", flipped(whole, 71), "LengthError")
    yield _vector("binding: created_at flipped", flipped(whole, 79), "TamperedError")
    yield _vector("binding: name_tag flipped", flipped(whole, 80, 7), "TamperedError")
    yield _vector("binding: metadata_digest flipped", flipped(whole, 127), "TamperedError")
    yield _vector("binding: header_tag flipped", flipped(whole, 159), "TamperedError")
    changed = whole[:128] + bytes(32) + whole[160:]
    yield _vector("binding: header_tag zero", changed, "TamperedError")
    later = tiny.but(key_version=2)
    yield _vector("binding: unknown key version", later.object, "KeyUnavailableError")
    yield _vector("binding: scope erased", whole, "KeyDestroyedError", scope_state="erased")
    yield _vector(
        "binding: scope suspended", whole, "TenantSuspendedError", scope_state="suspended"
    )
    theirs = tiny.but(scope_key=noise("their key", 32), scope_id=noise("their id", 16))
    yield _vector("binding: another tenant's object", theirs.object, "ScopeMismatchError")
    changed = theirs.object[:16] + tiny.scope_id + theirs.object[32:]
    yield _vector("binding: another tenant's object, scope_id rewritten", changed, "TamperedError")
    other = tiny.but(salt=noise("another salt", 32), plain=noise("another plaintext", 101))
    yield _vector(
        "binding: header of one object, body of another",
        other.header + whole[160:],
        "TamperedError",
        inspect="passes",
    )
    moved = tiny.but(name="a/c.bin")
    yield _vector("binding: other name", moved.object, "NameMismatchError")
    nfd = tiny.but(name="か\u3099.bin")
    yield _vector(
        "binding: the same name in another Unicode form",
        nfd.object,
        "NameMismatchError",
        of=tiny.but(name="が.bin"),
    )
    older = tiny.but(salt=noise("older salt", 32))
    yield _vector("binding: wrong pin", older.object, "TamperedError", pin=tiny.header[128:].hex())


def length():
    whole, chunks = body.object, body.chunks
    shorter = body.but(length=len(PLAIN) - 1).header + whole[160:]
    longer = body.but(length=len(PLAIN) + 1).header + whole[160:]
    yield _vector("length: P - 1", shorter, "LengthError")
    yield _vector("length: P + 1", longer, "TruncatedError")
    for count in (1, 16):
        yield _vector(f"length: cut by {count}", whole[:-count], "TruncatedError")
    at_border = body.header + b"".join(chunks[:2])
    yield _vector("length: cut at a chunk's border", at_border, "TruncatedError")
    yield _vector("length: one byte appended", whole + b"\0", "LengthError")
    appended = whole + body.chunk(3, b"more")
    yield _vector("length: a valid chunk appended", appended, "LengthError")
    cut = body.but(plain=PLAIN[:-30])
    forged = whole[:64] + cut.header[64:72] + whole[72:-30]
    yield _vector("length: cut, and P shrunk to match", forged, "TamperedError")
    cut_live = live.object
    yield _vector("length: unknown, cut by 1", cut_live[:-1], "TamperedError", released=-1, of=live)
    yield _vector("length: unknown, cut at a chunk's border", cut_live[:-116], "TruncatedError")
    yield _vector("length: unknown, one byte appended", cut_live + b"\0", "TamperedError")
    # Chunk 2 cut away, and the first 100 bytes of chunk 1 taken for the end.
    early = live.header + live.chunks[0] + live.chunks[1][:100]
    yield _vector("length: unknown, the end taken from the middle", early, "TamperedError")
    for rest in range(16):
        short = tiny.but(unknown=True).header + bytes(rest)
        yield _vector(f"length: unknown, a body of {rest} bytes", short, "TruncatedError")
    for rest in (0, 1, 15):
        short = live.header + live.chunks[0] + bytes(rest)
        label = f"length: unknown, a chunk and {rest} bytes"
        yield _vector(label, short, "TruncatedError")


def chunks():
    header, (first, second, last) = body.header, body.chunks

    def of(label, *parts, expect="TamperedError", inspect="passes", head=header, **more):
        return _vector(f"chunks: {label}", head + b"".join(parts), expect, inspect=inspect, **more)

    yield of("swapped", second, first, last)
    yield of("dropped", second, last, expect="TruncatedError", inspect="fails")
    yield of("duplicated", first, first, second, last, expect="LengthError", inspect="fails")
    yield of("one repeated in the place of another", first, first, last, released=C)
    start, middle, end = live.chunks
    lives = {"head": live.header, "inspect": "fails"}
    yield of("unknown, dropped", middle, end, **lives)
    yield of("unknown, duplicated", start, start, middle, end, **lives)
    yield of("unknown, swapped", middle, start, end, head=live.header)
    other = body.but(salt=noise("another salt", 32))
    yield of("taken from another object of the scope", other.chunks[0], second, last)
    yield of("the second taken from another object", first, other.chunks[1], last, released=C)
    yield of("a bit flipped in the first", flipped(first, 0), second, last)
    yield of("a bit flipped in the second", first, flipped(second, 77), last, released=C)
    yield of("a bit flipped in a tag", first, flipped(second, -1), last, released=C)
    yield of("a bit flipped in the last", first, second, flipped(last, 0), released=2 * C)
    yield of("a bit flipped in the last tag", first, second, flipped(last, -1), released=2 * C)
    yield of("all zero", bytes(len(first + second + last)))
    full = body.but(plain=PLAIN[:C])
    yield of(
        "a bit flipped in the tag of an empty last chunk",
        full.chunks[0],
        flipped(full.chunks[1], 3),
        head=full.header,
        released=C,
    )
    empty = Sealed()
    yield _vector("chunks: empty object without its 16 bytes", empty.header, "TruncatedError")
    yield of("empty object, its tag flipped", flipped(empty.chunks[0], 5), head=empty.header)
    yield two_keys()


def two_keys():
    """An object whose chunk opens under the reader's key too, though it was sealed by another."""
    theirs = Sealed(plain=bytes(32), scope_key=noise("the attacker's key", 32))
    mine = theirs.but(scope_key=tiny.scope_key)
    keys = [(sealed.keys()["body"], sealed.keys()["base"]) for sealed in (theirs, mine)]
    forged = theirs.header + salamander(*keys)
    return _vector("chunks: one that opens under two scope keys", forged, "TamperedError")


def metadata():
    whole, entry = described.object, described.carried

    def of(label, value, expect="TamperedError", data=whole):
        more = {} if value is None else {"sealed_metadata_b64url": value}
        return _vector(f"metadata: {label}", data, expect, **more)

    yield of("lost", None)
    stripped = whole[:96] + bytes(32) + whole[128:]
    yield of("stripped, and its digest zeroed", None, data=stripped)
    yield of("added", entry, data=tiny.object)
    other = described.but(salt=noise("another salt", 32))
    yield of("replaced by another object's", other.carried)
    older = described.but(metadata=canonical({"user": {"題名": "第0回"}}), nonce=noise("old", 12))
    yield of("an older one replayed", older.carried)
    yield of("a bit flipped", carried(flipped(described.sealed_metadata, 20)))
    context = other.core
    foreign = described.but(metadata_context=context)
    yield of("sealed in another object's context", foreign.carried, data=foreign.object)
    yield of("not base64", entry[:-4] + "****", "FormatError")
    yield of("not ASCII", entry[:-1] + "あ", "FormatError")
    yield of("with padding", carried(described.sealed_metadata + b"\0") + "==", "FormatError")
    yield of("in the alphabet of plain base64", entry.replace("-", "+", 1) + "+/", "FormatError")
    yield of("shorter than a nonce and a tag", carried(bytes(27)), "FormatError")
    for label, text in {
        "not UTF-8": b"\xff\xfe",
        "not JSON": b"content_type=video/mp4",
        "a list": b'["video/mp4"]',
        "the content type a number": b'{"content_type":4}',
        "the content type null": b'{"content_type":null}',
        "the user part a list": b'{"user":["a"]}',
        "a user value that is a number": b'{"user":{"a":1}}',
        "an unknown field": b'{"colour":"red"}',
        "a name twice": b'{"user":{"a":"1","a":"2"}}',
    }.items():
        wrong = described.but(metadata=text)
        yield of(label, wrong.carried, "FormatError", wrong.object)
    long = described.but(metadata=canonical({"user": {"a": "x" * 1400}}))
    yield of("over-long", long.carried, "FormatError", long.object)


def vectors():
    return [vector for group in (framing, binding, length, chunks, metadata) for vector in group()]


def text():
    lines = (json.dumps(vector, ensure_ascii=False) for vector in vectors())
    return "[\n" + ",\n".join(lines) + "\n]\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
