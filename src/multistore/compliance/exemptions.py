"""Which buckets may keep what they have: logs outlive what they tell of. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance.judgements import not_asked

if TYPE_CHECKING:
    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View


def exempt_from_erasure(view: View) -> Judgement | None:
    """Say why erasure is not asked of a store: logs of erasures, and logs of access, outlive it."""
    store = view.resource.store
    if store is not None and store == view.settings.vault.erasure_log and not view.collections:
        return not_asked(
            "It keeps the log of erasures, which names nobody and must not be erased.",
            "個人を特定しない消去記録の保存先であり、消去の対象ではありません。",
        )
    logs = any(copy.kind == "log" and copy.target == view.resource.id for copy in view.seen.copies)
    routed = [view.settings.collections[name] for name in view.collections]
    if (logs and not routed) or (routed and all(each.survives_tenant for each in routed)):
        return not_asked(
            "It keeps access logs only, whose end LOG-002 asks about.",
            "アクセスログのみの保存先です（保存期間は LOG-002 で確認します）。",
        )
    return None
