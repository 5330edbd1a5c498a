"""Django's files in a vault: a storage backend, and the view that serves what it holds.

Needs the extra ``django``. The URL of an object in its store would give ciphertext, so the
application serves the files itself, to whom it chooses.
"""

from __future__ import annotations

from multistore.django.serving import serve
from multistore.django.storage import SealedStorage

__all__ = ["SealedStorage", "serve"]
