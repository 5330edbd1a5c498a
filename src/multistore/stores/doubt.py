"""What an answer that never came leaves in doubt: a write, and never a read."""

from __future__ import annotations

_READS = frozenset({"get", "head", "list", "placement"})


def hint_for(operation: str, hint: str | None, *, of_doubt: str) -> str | None:
    """Give an error's hint; to a read, which changes nothing, no doubt about a write is told.

    Args:
        operation: the verb that failed.
        hint: what the error's row says.
        of_doubt: the service's sentence about a write whose answer is missing.
    """
    return "Try again." if hint == of_doubt and operation in _READS else hint
