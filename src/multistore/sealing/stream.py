"""Chunks: sealing and opening them, from buffer to buffer. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag

from multistore.errors import TamperedError
from multistore.sealing.framing import TAG_BYTES

if TYPE_CHECKING:
    from multistore.sealing.header import ObjectKeys


def seal_into(keys: ObjectKeys, first: int, plain: memoryview, out: memoryview) -> int:
    """Seal consecutive chunks, the first of which has the number ``first``.

    Every chunk but the object's last is full, so ``plain`` is whole chunks, or the last one
    alone, or both. Releases the GIL for each chunk.

    Args:
        keys: of the object.
        first: the number of the first chunk.
        plain: the plaintext.
        out: at least as long as the sealed chunks.

    Returns:
        The number of bytes written to ``out``.
    """
    framing, encrypt = keys.framing, keys.body.encrypt_into
    written = 0
    # The loop runs once for an empty last chunk.
    for number, start in enumerate(range(0, max(1, len(plain)), framing.chunk), first):
        piece = plain[start : start + framing.chunk]
        end = written + len(piece) + TAG_BYTES
        encrypt(keys.nonce(number), piece, None, out[written:end])
        written = end
    return written


def open_into(
    keys: ObjectKeys, first: int, sealed: memoryview, start: int, out: memoryview
) -> int | None:
    """Open consecutive chunks, and keep the plaintext bytes from ``start`` on that fill ``out``.

    Args:
        keys: of the object.
        first: the number of the first chunk in ``sealed``.
        sealed: whole sealed chunks; the last may be the object's short last one.
        start: the offset in the object's plaintext that goes to ``out[0]``.
        out: the destination. Where a chunk does not verify, it is zero from there on.

    Returns:
        The number of the first chunk that did not verify, or None where all did.
    """
    framing = keys.framing
    origin = first << framing.chunk_log2
    stop = start + len(out)
    position = 0
    number = first
    while position < len(sealed):
        piece = sealed[position : position + framing.sealed]
        begin = origin + (number - first) * framing.chunk
        end = begin + len(piece) - TAG_BYTES
        try:
            if start <= begin and end <= stop:
                keys.body.decrypt_into(
                    keys.nonce(number), piece, None, out[begin - start : end - start]
                )
            else:
                plain = keys.body.decrypt(keys.nonce(number), piece, None)
                low, high = max(begin, start), min(end, stop)
                if low < high:
                    out[low - start : high - start] = memoryview(plain)[low - begin : high - begin]
        except InvalidTag:
            # decrypt_into has already written what it could not verify.
            left = max(0, begin - start)
            out[left:] = bytes(len(out) - left)
            return number
        position += framing.sealed
        number += 1
    return None


def tampered(number: int) -> TamperedError:
    """The error for a chunk that did not verify."""
    return TamperedError(
        f"chunk {number} did not verify",
        hint="It is not what was sealed: restore the object from a backup or put it anew.",
    )
