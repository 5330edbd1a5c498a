"""AZD-*: what keeps a blob after it was deleted, or keeps it from being deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance.answers import MalformedError, entries, number, section, text, texts
from multistore.compliance.azure_view import ERASED_WITHIN_DAYS, azure_rule, emulated, properties
from multistore.compliance.collect.azure_account import (
    ACCOUNT,
    BLOB_SERVICE,
    CONTAINER,
    LIFECYCLE,
    LOCKS,
)
from multistore.compliance.collect.azure_data import BLOBS, SERVICE
from multistore.compliance.collect.azure_data import CONTAINER as CONTAINER_SAYS
from multistore.compliance.judgements import failed, passed, together, unknown
from multistore.compliance.model import Severity, Text
from multistore.compliance.reading import listed, part, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View


def soft_delete(view: View) -> Iterable[Judgement]:
    """AZD-001: what soft delete keeps of blobs and of containers ends within 60 days."""
    found = list(_kept(part(view, SERVICE, "deleteRetentionPolicy"), "blobs", "BLOB", SERVICE))
    yield from found
    if local := emulated(view):
        if not found:
            yield local
        return
    properties(view)
    service = part(view, BLOB_SERVICE, "properties")
    policy = section(service, "containerDeleteRetentionPolicy")
    found += (kept := list(_kept(policy, "containers", "コンテナー", BLOB_SERVICE)))
    yield from kept
    if not found:
        yield passed(
            "What soft delete keeps of blobs and containers ends within 60 days.",
            "論理的な削除で残る BLOB とコンテナーは、60 日以内に消えます。",
            call=BLOB_SERVICE,
        )


def _kept(policy: Mapping[str, Any], en: str, ja: str, call: str) -> Iterator[Judgement]:
    days = number(policy, "days")
    if policy.get("enabled") is not True:
        return
    if days is None:
        raise MalformedError("soft delete is on and does not say for how long")
    if days > ERASED_WITHIN_DAYS:
        yield failed(
            f"Deleted {en} can be brought back for {days} days; after {ERASED_WITHIN_DAYS} the "
            "data must be gone.",
            f"削除した{ja}が {days} 日間復元できます"
            f"（{ERASED_WITHIN_DAYS} 日以内の消去が必要です）。",
            call=call,
        )


def held(view: View) -> Iterable[Judgement]:
    """AZD-002: no locked policy and no legal hold keeps blobs from being erased."""
    if view.resource.kind == "azure-account":
        return _held_account(view)
    return together(
        _held_container(view),
        passed(
            "No legal hold and no locked policy is on the container or the blobs looked at.",
            "コンテナーと確認した BLOB に、リーガルホールドもロック済みのポリシーもありません。",
            call=BLOBS,
        ),
    )


def _held_account(view: View) -> list[Judgement]:
    if local := emulated(view):
        return [local]
    worm = section(properties(view), "immutableStorageWithVersioning")
    policy = section(worm, "immutabilityPolicy")
    days = number(policy, "immutabilityPeriodSinceCreationInDays")
    locked = text(policy, "state") == "Locked"
    if worm.get("enabled") is True and (locked or (days or 0) > ERASED_WITHIN_DAYS):
        return [
            failed(
                f"The account keeps every version unchangeable for {days} days "
                f"({text(policy, 'state')}).",
                f"アカウントの既定で、各バージョンが {days} 日間変更不可です"
                f"（{text(policy, 'state')}）。",
                call=ACCOUNT,
            )
        ]
    return [
        passed(
            "The account itself keeps no version from being erased.",
            "アカウントの既定の不変ポリシーで消去が妨げられることはありません。",
            call=ACCOUNT,
        )
    ]


def _held_container(view: View) -> Iterator[Judgement]:
    said = _container(view)
    if said.get("hasLegalHold") is not False:
        yield failed(
            "A legal hold is on the container: nothing in it can be erased.",
            "コンテナーにリーガルホールドがあり、内容を消去できません。",
            call=CONTAINER_SAYS,
        )
    if said.get("hasImmutabilityPolicy") is not False:
        yield from _policy(view)
    blobs = _blobs(view)
    holds, until = number(blobs, "legalHolds") or 0, text(blobs, "lockedUntil")
    if holds:
        yield failed(
            f"{holds} of {text(blobs, 'looked')} blobs looked at are under a legal hold.",
            f"確認した {text(blobs, 'looked')} 件の BLOB のうち {holds} 件に"
            "リーガルホールドがあります。",
            call=BLOBS,
        )
    if until:
        yield failed(
            f"A blob cannot be erased before {until}.",
            f"{until} まで消去できない BLOB があります。",
            call=BLOBS,
        )


def _container(view: View) -> Mapping[str, Any]:
    """Return what the container's users see of it; its lease is always told."""
    word(view, CONTAINER_SAYS, "leaseState")
    return view.read(CONTAINER_SAYS)


def _blobs(view: View) -> Mapping[str, Any]:
    """Return what was counted; how many were looked at is always told."""
    word(view, BLOBS, "looked")
    return view.read(BLOBS)


def _policy(view: View) -> Iterator[Judgement]:
    """Judge a container's policy by its owner's side; its users only see that there is one."""
    if emulated(view) is None:
        properties(view)
    policy = part(view, CONTAINER, "properties", "immutabilityPolicy", "properties")
    days, state = number(policy, "immutabilityPeriodSinceCreationInDays"), text(policy, "state")
    if state == "Locked" or days is None or days > ERASED_WITHIN_DAYS:
        yield failed(
            f"The container's policy ({state}) keeps every blob for {days} days.",
            f"コンテナーの不変ポリシー（{state}）により、各 BLOB を {days} 日間消去できません。",
            call=CONTAINER,
        )


def generations(view: View) -> Iterable[Judgement]:
    """AZD-003: old versions, snapshots, the change feed and restore points end within 60 days."""
    if local := emulated(view):
        return [local]
    properties(view)
    return together(
        _generations(view),
        passed(
            "Old versions and snapshots end within 60 days, or there are none.",
            "以前のバージョンとスナップショットは 60 日以内に消えるか、存在しません。",
            call=LIFECYCLE,
        ),
    )


def _generations(view: View) -> Iterator[Judgement]:
    service = part(view, BLOB_SERVICE, "properties")
    ends = _ends(view)
    # Anybody who may write can make a snapshot; versions are made where they are switched on.
    kinds = [("snapshot", "snapshots", "スナップショット")]
    if service.get("isVersioningEnabled") is True:
        kinds.append(("version", "old versions", "以前のバージョン"))
    for kind, en, ja in kinds:
        days = ends.get(kind)
        seen = kind == "version" or any(_seen_snapshots(view))
        if days is None and seen:
            yield failed(
                f"No lifecycle rule for the whole account ends its {en}.",
                f"{ja}を期限付きで削除する、アカウント全体のルールがありません。",
                call=LIFECYCLE,
            )
        elif days is not None and days > ERASED_WITHIN_DAYS:
            yield failed(
                f"The account's {en} end after {days} days; the data must be gone after "
                f"{ERASED_WITHIN_DAYS}.",
                f"{ja}が {days} 日間残ります（{ERASED_WITHIN_DAYS} 日以内の消去が必要です）。",
                call=LIFECYCLE,
            )
    feed, restore = section(service, "changeFeed"), section(service, "restorePolicy")
    kept = number(feed, "retentionInDays")
    if feed.get("enabled") is True and (kept is None or kept > ERASED_WITHIN_DAYS):
        until = "for ever" if kept is None else f"for {kept} days"
        until_ja = "無期限" if kept is None else f"{kept} 日間"
        yield failed(
            f"The change feed keeps the names of blobs {until}.",
            f"変更フィードに BLOB 名が{until_ja}残ります。",
            call=BLOB_SERVICE,
        )
    back = number(restore, "days") or 0
    if restore.get("enabled") is True and back > ERASED_WITHIN_DAYS:
        yield failed(
            f"The account can be restored to any point of the last {back} days.",
            f"過去 {back} 日間の任意の時点に復元できます。",
            call=BLOB_SERVICE,
        )


def _seen_snapshots(view: View) -> Iterator[bool]:
    """Say of each container of this account that was looked at whether snapshots were seen."""
    for container in view.every("azure-container"):
        store = view.settings.stores.get(container.resource.store or "")
        if store is not None and store.account == view.resource.name:
            blobs = _blobs(container)
            yield bool(blobs.get("snapshots")) or blobs.get("more") is True


def _ends(view: View) -> dict[str, int]:
    """Return after how many days rules for the whole account delete versions and snapshots."""
    answer = view.answer(LIFECYCLE)
    found: dict[str, int] = {}
    if answer is None:
        return found
    for rule in entries(part(view, LIFECYCLE, "properties", "policy"), "rules"):
        filters = section(rule, "definition", "filters")
        narrowed = texts(filters, "prefixMatch") or entries(filters, "blobIndexMatch")
        if rule.get("enabled") is False or narrowed:
            continue
        for kind in ("version", "snapshot"):
            deletes = section(rule, "definition", "actions", kind, "delete")
            days = number(deletes, "daysAfterCreationGreaterThan")
            if days is not None:
                found[kind] = min(days, found.get(kind, days))
    return found


def locks(view: View) -> Iterable[Judgement]:
    """AZD-004: no lock and no lease keeps the account or the container from being deleted."""
    if view.resource.kind == "azure-container":
        return _leases(view)
    if local := emulated(view):
        return [local]
    properties(view)
    found = [
        failed(
            f"The lock {text(lock, 'name')} ({text(lock, 'properties', 'level')}) keeps the "
            "account and its containers from being deleted.",
            f"ロック {text(lock, 'name')}（{text(lock, 'properties', 'level')}）により、"
            "アカウントとコンテナーを削除できません。",
            call=LOCKS,
        )
        for lock in listed(view, LOCKS, "value")
    ]
    return together(
        found, passed("No lock is on the account.", "アカウントにロックはありません。", call=LOCKS)
    )


def _leases(view: View) -> list[Judgement]:
    said, blobs = _container(view), _blobs(view)
    leased = number(blobs, "leased") or 0
    found: list[Judgement] = []
    if text(said, "leaseState") == "leased" and text(said, "leaseDuration") == "infinite":
        found.append(
            failed(
                "A lease without an end keeps the container from being deleted.",
                "無期限のリースがあり、コンテナーを削除できません。",
                call=CONTAINER_SAYS,
            )
        )
    if leased:
        found.append(
            unknown(
                f"{leased} of {text(blobs, 'looked')} blobs looked at are leased: who holds the "
                "lease may keep them.",
                f"確認した {text(blobs, 'looked')} 件のうち {leased} 件の BLOB がリース中で、"
                "削除できないことがあります。",
                call=BLOBS,
            )
        )
    return together(
        found, passed("No lease is in the way.", "妨げになるリースはありません。", call=BLOBS)
    )


_LEFT = Text(
    "Data that was erased is still there after 60 days.",
    "消去したはずのデータが、60 日を過ぎても残ります。",
)
_ERASURE = ("ISO/IEC 27001 A.8.10", "ISO/IEC 27018 A.10.3")
_SERVICE = "az storage account blob-service-properties update --account-name ACCOUNT"

RULES = (
    azure_rule(
        "AZD-001",
        Severity.HIGH,
        Text("Soft delete ends within 60 days", "論理的な削除が 60 日以内に終わること"),
        (SERVICE, ACCOUNT, BLOB_SERVICE),
        _LEFT,
        Text(
            f"{_SERVICE} --delete-retention-days 7 --container-delete-retention-days 7",
            f"次を実行します: {_SERVICE} --delete-retention-days 7 "
            "--container-delete-retention-days 7",
        ),
        family="erasure",
        permission="Microsoft.Storage/storageAccounts/blobServices/read",
        whitepaper=("WP-4",),
        controls=_ERASURE,
        judge=soft_delete,
    ),
    azure_rule(
        "AZD-002",
        Severity.CRITICAL,
        Text("Nothing keeps blobs from being erased", "消去を妨げる保持設定がないこと"),
        (CONTAINER_SAYS, BLOBS, ACCOUNT, CONTAINER),
        _LEFT,
        Text(
            "az storage container legal-hold clear --container-name NAME --account-name ACCOUNT "
            "--tags TAG; a locked policy cannot be taken back before it ends.",
            "az storage container legal-hold clear --container-name NAME --account-name ACCOUNT "
            "--tags TAG を実行します。ロック済みのポリシーは、期限まで取り消せません。",
        ),
        ("azure-account", "azure-container"),
        family="erasure",
        permission="Microsoft.Storage/storageAccounts/blobServices/containers/read",
        whitepaper=("WP-4",),
        controls=_ERASURE,
        judge=held,
    ),
    azure_rule(
        "AZD-003",
        Severity.HIGH,
        Text("Old generations end within 60 days", "過去の世代が 60 日以内に消えること"),
        (ACCOUNT, BLOB_SERVICE, LIFECYCLE, BLOBS),
        _LEFT,
        Text(
            "az storage account management-policy create --account-name ACCOUNT --policy "
            "@policy.json, with version.delete and snapshot.delete for every blob.",
            "すべての BLOB を対象に version.delete と snapshot.delete を定めます: "
            "az storage account management-policy create --account-name ACCOUNT "
            "--policy @policy.json",
        ),
        family="erasure",
        permission="Microsoft.Storage/storageAccounts/managementPolicies/read",
        whitepaper=("WP-4", "WP-6"),
        controls=_ERASURE,
        judge=generations,
    ),
    azure_rule(
        "AZD-004",
        Severity.MEDIUM,
        Text("No lock or lease is in the way", "ロックやリースが削除を妨げないこと"),
        (ACCOUNT, LOCKS, CONTAINER_SAYS, BLOBS),
        _LEFT,
        Text(
            "az lock delete --ids LOCK-ID; az storage container lease break --container-name NAME",
            "az lock delete --ids LOCK-ID、"
            "az storage container lease break --container-name NAME を実行します。",
        ),
        ("azure-account", "azure-container"),
        family="erasure",
        permission="Microsoft.Authorization/locks/read",
        whitepaper=("WP-4",),
        controls=_ERASURE,
        judge=locks,
    ),
)
