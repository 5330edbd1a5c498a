"""One text for each version, snapshot and soft-deleted blob, where Azure has fields.

What a listing of versions gives as a version's id, and ``delete`` and ``get`` take back:

=========================== ==========================================================
``2026-11-24T08:21:13.…Z``  a version, former or current
``snapshot:2026-11-24T…Z``  a snapshot
``current``                 the object of an account that keeps no versions
``deleted:2026-11-24T…``    a soft-deleted object without a version id, and since when
=========================== ==========================================================
"""

from __future__ import annotations

CURRENT = "current"
SNAPSHOT = "snapshot:"
DELETED = "deleted:"


def query_of(version: str) -> dict[str, str]:
    """Return the SDK's option for one version or snapshot."""
    if version.startswith(SNAPSHOT):
        return {"snapshot": version.removeprefix(SNAPSHOT)}
    return {"version_id": version}
