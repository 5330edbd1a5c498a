"""Bytes in, bytes out: one module per kind of store, and no policy in any of them."""
