"""ERA-*: what keeps data from being erased: locks, holds, denials."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from multistore.compliance.answers import entries, number, section, text
from multistore.compliance.bucket_policies import forbids_deleting, policy
from multistore.compliance.exemptions import exempt_from_erasure
from multistore.compliance.judgements import failed, passed
from multistore.compliance.model import Rule, Severity, Text
from multistore.compliance.reading import part
from multistore.compliance.residual import ERASED_WITHIN_DAYS, lock_days

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_BUCKETS = ("s3-bucket", "s3-compatible-bucket")
_STAYS = Text(
    "What a customer was promised to be erased is still there (WP-4).",
    "削除を約束したデータが残り続けます（WP-4）。",
)


def lock(view: View) -> Iterable[Judgement]:
    """ERA-001: nothing is locked for longer than an erasure may take, and never for good."""
    exempt = exempt_from_erasure(view)
    if exempt is not None:
        yield exempt
        return
    call = "GetObjectLockConfiguration"
    if view.answer(call) is None:
        yield passed("Nothing is locked.", "オブジェクトロックは設定されていません。")
        return
    retention = section(part(view, call, "ObjectLockConfiguration"), "Rule", "DefaultRetention")
    mode, days = text(retention, "Mode"), lock_days(view)
    if days is None:
        yield passed(
            "Locks are possible, and none is put by default.",
            "オブジェクトロックは利用可能ですが、既定の保持期間はありません。",
        )
    elif mode != "GOVERNANCE" or days > ERASED_WITHIN_DAYS:
        yield failed(
            f"Every new object is locked ({mode or '?'}, {days} days).",
            f"新しいオブジェクトがすべてロックされます（{mode or '?'}、{days} 日）。",
        )
    else:
        yield passed(
            f"New objects are locked for {days} days, and the owner can lift that.",
            f"新しいオブジェクトは {days} 日間ロックされますが、管理者が解除できます。",
        )


def holds(view: View) -> Iterable[Judgement]:
    """ERA-002: no sampled version is held, or locked for longer than an erasure may take."""
    exempt = exempt_from_erasure(view)
    if exempt is not None:
        yield exempt
        return
    if view.answer("GetObjectLockConfiguration") is None:
        yield passed(
            "The bucket cannot lock objects.", "オブジェクトをロックできないバケットです。"
        )
        return
    value = view.read("HeadObject")
    latest = view.now + timedelta(days=ERASED_WITHIN_DAYS)
    held = kept = 0
    for entry in entries(value, "Objects"):
        held += text(entry, "ObjectLockLegalHoldStatus") == "ON"
        until = text(entry, "ObjectLockRetainUntilDate")
        kept += bool(until) and datetime.fromisoformat(until) > latest
    sampled = number(value, "Sampled") or 0
    if held or kept:
        yield failed(
            f"Of {sampled} sampled objects {held} are under a legal hold, and {kept} are locked "
            f"for more than {ERASED_WITHIN_DAYS} days.",
            f"抽出した {sampled} 件のうち、{held} 件に法的保持、{kept} 件に "
            f"{ERASED_WITHIN_DAYS} 日を超えるロックがあります。",
        )
    else:
        yield passed(
            f"None of {sampled} sampled objects is held or locked for long.",
            f"抽出した {sampled} 件に、法的保持や長期のロックはありません。",
            confidence="corroborated",
        )


def mfa(view: View) -> Iterable[Judgement]:
    """ERA-007: scheduled erasure needs MFA Delete off."""
    if text(view.read("GetBucketVersioning"), "MFADelete") == "Enabled":
        yield failed(
            "MFA Delete is on: no schedule can erase a version.",
            "MFA Delete が有効なため、定期的な消去ができません。",
        )
    else:
        yield passed(
            "MFA Delete is off: erasure needs no token, only the permission.",
            "MFA Delete は無効で、権限のみで消去できます。",
        )


def lock_out(view: View) -> Iterable[Judgement]:
    """ERA-008: no statement keeps everybody from deleting."""
    exempt = exempt_from_erasure(view)
    if exempt is not None:
        yield exempt
        return
    found = [statement for statement in policy(view) if forbids_deleting(statement)]
    who = ", ".join(sorted({name for statement in found for name in statement.principals}))
    if found:
        yield failed(
            f"The policy denies deleting to {who or 'somebody'}.",
            f"ポリシーで {who or '一部の利用者'} による削除を拒否しています。",
        )
    else:
        yield passed(
            "The policy denies nobody to delete.", "ポリシーに削除を拒否する文はありません。"
        )


RULES = (
    Rule(
        id="ERA-001",
        severity=Severity.CRITICAL,
        title=Text("Nothing is locked beyond its erasure", "消去の期限を超えるロックがない"),
        family="erasure",
        reads=("GetObjectLockConfiguration",),
        permission="s3:GetBucketObjectLockConfiguration",
        whitepaper=("WP-4",),
        controls=("ISO/IEC 27001 A.8.10", "ISO/IEC 27018 A.10.3"),
        cost=_STAYS,
        remedy=Text(
            "Take the default retention away, or make it GOVERNANCE of 60 days at most; a "
            "COMPLIANCE lock that is there cannot be undone.",
            "既定の保持期間を外すか、GOVERNANCE で 60 日以内にしてください（設定済みの "
            "COMPLIANCE ロックは解除できません）。",
        ),
        applies_to=_BUCKETS,
        judge=lock,
    ),
    Rule(
        id="ERA-002",
        severity=Severity.HIGH,
        title=Text("No version is held (sample)", "法的保持されたバージョンがない（抽出）"),
        family="erasure",
        reads=("GetObjectLockConfiguration", "HeadObject"),
        permission="s3:GetObjectVersion, s3:GetObjectRetention, s3:GetObjectLegalHold",
        whitepaper=("WP-4",),
        controls=("ISO/IEC 27001 A.8.10",),
        cost=_STAYS,
        remedy=Text(
            "aws s3api put-object-legal-hold --bucket NAME --key KEY --legal-hold Status=OFF",
            "aws s3api put-object-legal-hold --bucket NAME --key KEY --legal-hold Status=OFF",
        ),
        applies_to=_BUCKETS,
        judge=holds,
    ),
    Rule(
        id="ERA-007",
        severity=Severity.LOW,
        title=Text("MFA Delete is off", "MFA Delete が無効である"),
        family="erasure",
        reads=("GetBucketVersioning",),
        permission="s3:GetBucketVersioning",
        whitepaper=("WP-3", "WP-4"),
        controls=("ISO/IEC 27001 A.8.10",),
        cost=Text("No scheduled erasure works.", "定期的な消去が機能しません。"),
        remedy=Text(
            "Switch MFA Delete off by the root account's token.",
            "ルートアカウントのトークンで MFA Delete を無効にしてください。",
        ),
        applies_to=_BUCKETS,
        judge=mfa,
    ),
    Rule(
        id="ERA-008",
        severity=Severity.HIGH,
        title=Text("Nobody is denied to delete", "削除を拒否するポリシーがない"),
        family="erasure",
        reads=("GetBucketPolicy",),
        permission="s3:GetBucketPolicy",
        whitepaper=("WP-4",),
        controls=("ISO/IEC 27001 A.8.10",),
        cost=_STAYS,
        remedy=Text(
            "Take the Deny of s3:DeleteObject* out of the policy.",
            "ポリシーから s3:DeleteObject* の Deny を除いてください。",
        ),
        applies_to=_BUCKETS,
        judge=lock_out,
    ),
)
