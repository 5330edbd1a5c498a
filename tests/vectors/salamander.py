"""One ciphertext that AES-GCM opens under two keys, because GCM does not commit to its key.

The tag is a polynomial of the ciphertext over GF(2^128). One block is left free and chosen so
that the polynomials under both keys, each with its own mask, meet in one tag.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

# x^128 + x^7 + x^2 + x + 1 with GCM's reflected bits (SP 800-38D, 6.3).
_R = 0xE1 << 120


def _times(x, y):
    z = 0
    for i in range(127, -1, -1):
        if y >> i & 1:
            z ^= x
        x = (x >> 1) ^ (_R if x & 1 else 0)
    return z


_ONE = 1 << 127


def _power(x, n):
    result = _ONE
    while n:
        if n & 1:
            result = _times(result, x)
        x, n = _times(x, x), n >> 1
    return result


def _block(key, data):
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return int.from_bytes(encryptor.update(data), "big")


def salamander(first, second):
    """Give two blocks of ciphertext and the tag that opens them under both (key, nonce) pairs."""
    (key1, nonce1), (key2, nonce2) = first, second
    h1, h2 = _block(key1, bytes(16)), _block(key2, bytes(16))
    mask = _block(key1, nonce1 + b"\0\0\0\1") ^ _block(key2, nonce2 + b"\0\0\0\1")
    length = 8 * 32  # no associated data, 32 bytes of ciphertext
    block1 = int.from_bytes(b"any first block.", "big")
    known = _times(block1, _power(h1, 3) ^ _power(h2, 3)) ^ _times(length, h1 ^ h2) ^ mask
    # The inverse of x is x^(2^128 - 2).
    block2 = _times(known, _power(_power(h1, 2) ^ _power(h2, 2), 2**128 - 2))
    tag = _times(block1, _power(h1, 3)) ^ _times(block2, _power(h1, 2)) ^ _times(length, h1)
    tag ^= _block(key1, nonce1 + b"\0\0\0\1")
    return b"".join(part.to_bytes(16, "big") for part in (block1, block2, tag))
