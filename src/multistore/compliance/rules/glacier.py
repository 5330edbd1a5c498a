"""RES-020: the vaults of Glacier's own API, which no list of buckets shows."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from multistore.compliance import arns
from multistore.compliance.answers import number, section, text
from multistore.compliance.judgements import failed, not_asked, passed, together
from multistore.compliance.model import Rule, Severity, Text
from multistore.compliance.policies import statements, strangers
from multistore.compliance.reading import listed, part, word
from multistore.compliance.residual import ERASED_WITHIN_DAYS
from multistore.compliance.vault_regions import VAULT_REGIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from multistore.compliance.model import Judgement
    from multistore.compliance.policies import Statement
    from multistore.compliance.view import View

_REGIONS = "account:ListRegions"
_VAULTS = "glacier:ListVaults"
_LOCK = "glacier:GetVaultLock"
_POLICY = "glacier:GetVaultAccessPolicy"
# "Returned if the request was made by a customer with no Amazon Glacier storage": botocore's
# model of Glacier.
_NO_VAULTS = "NoLongerSupportedException"
_DELETING = "glacier:deletearchive"
_SHORTER = frozenset({"numericlessthan", "numericlessthanequals"})


def vaults(view: View) -> Iterable[Judgement]:
    """RES-020: no vault is abroad; none in Japan is locked beyond an erasure, or let to others."""
    if view.resource.kind == "aws-account":
        return [_asked_everywhere(view)]
    if view.resource.kind == "glacier-vault":
        return together(
            [*_locked(view), *_let_in(view)],
            passed(
                "No lock keeps the vault's archives from being erased, and no other account is "
                "let in.",
                "アーカイブの消去を妨げるロックはなく、他のアカウントの利用も許可されていません。",
                call=_LOCK,
            ),
        )
    return _of_region(view)


def _asked_everywhere(view: View) -> Judgement:
    if not view.seen.account:
        return not_asked(
            "Only the regions of the configured stores were asked for vaults; --account asks "
            "every region.",
            "設定されたストアのリージョンのみを確認しました"
            "（--account で全リージョンを確認します）。",
        )
    count = len(listed(view, _REGIONS, "Regions"))
    return passed(
        f"The account may use {count} regions; each is judged by itself.",
        f"アカウントが利用できるリージョンは {count} 件です（個別に判定します）。",
    )


def _of_region(view: View) -> Iterator[Judgement]:
    region = view.resource.region or view.resource.name
    if region not in VAULT_REGIONS:
        yield not_asked(
            f"Glacier has no vaults in {region}.", f"{region} に Glacier のボールトはありません。"
        )
        return
    told = view.look(_VAULTS)
    if told is not None and told.why == _NO_VAULTS:
        yield passed(
            "The service says that the account has no vault at all.",
            "このアカウントに Glacier のボールトはありません（サービスの応答による）。",
            call=_VAULTS,
        )
        return
    found = listed(view, _VAULTS, "VaultList")
    if arns.in_japan(region):
        yield passed(
            f"There are {len(found)} vaults in {region}; each is judged by itself.",
            f"{region} のボールトは {len(found)} 件です（個別に判定します）。",
        )
        return
    for vault in found:
        name, archives = text(vault, "VaultName"), number(vault, "NumberOfArchives")
        held = "an unknown number of" if archives is None else str(archives)
        held_ja = "件数不明" if archives is None else f"{archives} 件"
        yield failed(
            f"The vault {name} is in {region}, outside Japan, with {held} archives at its last "
            "inventory.",
            f"ボールト {name} が国外（{region}）にあります"
            f"（前回の棚卸し時点のアーカイブ：{held_ja}）。",
            call=_VAULTS,
        )
    if not found:
        yield passed(f"There is no vault in {region}.", f"{region} にボールトはありません。")


def _locked(view: View) -> Iterator[Judgement]:
    """Say which lock outlives an erasure; one that is being set binds already, for a day."""
    if view.answer(_LOCK) is None:
        return
    state = word(view, _LOCK, "State")
    for statement in statements(word(view, _LOCK, "Policy")):
        if statement.effect == "Deny" and _keeps(statement):
            yield failed(
                f"The vault's lock ({state}) denies that archives are deleted within "
                f"{ERASED_WITHIN_DAYS} days.",
                f"ボールトロック（{state}）により、{ERASED_WITHIN_DAYS} 日以内に"
                "アーカイブを削除できません。",
                call=_LOCK,
            )
            return


def _keeps(statement: Statement) -> bool:
    """Whether a denial keeps an archive for longer than an erasure may take.

    One that ends by the archive's age in time does not; any other condition is not relied on.
    """
    named = any(fnmatchcase(_DELETING, action.lower()) for action in statement.actions)
    if named is statement.but_actions:
        return False
    for operator, key, values in statement.conditions:
        if key == "glacier:archiveageindays" and operator in _SHORTER:
            return any(not day.isdigit() or int(day) > ERASED_WITHIN_DAYS for day in values)
    return True


def _let_in(view: View) -> Iterator[Judgement]:
    if view.answer(_POLICY) is None:
        return
    policy = statements(text(section(part(view, _POLICY, "policy")), "Policy"))
    for principal, _ in strangers(policy, own=view.account()):
        yield failed(
            f"The vault's policy lets {principal} in.",
            f"ボールトのポリシーで {principal} に利用を許可しています。",
            call=_POLICY,
        )


RULES = (
    Rule(
        id="RES-020",
        severity=Severity.MEDIUM,
        title=Text(
            "No old Glacier vault is left abroad", "旧 Glacier のボールトが国外に残っていないこと"
        ),
        family="residency",
        reads=(_REGIONS, _VAULTS, _LOCK, _POLICY),
        permission="account:ListRegions, glacier:ListVaults, glacier:GetVaultLock, "
        "glacier:GetVaultAccessPolicy",
        whitepaper=("WP-1", "WP-4"),
        controls=("ISO/IEC 27001 A.5.14", "ISO/IEC 27001 A.8.10"),
        cost=Text(
            "Archives that nobody lists any more are never erased.",
            "一覧に現れないアーカイブが、消去されないまま残ります。",
        ),
        remedy=Text(
            "Delete its archives, then the vault: aws glacier initiate-job --account-id - "
            "--vault-name VAULT --region REGION --job-parameters Type=inventory-retrieval, "
            "aws glacier delete-archive for each, and aws glacier delete-vault. A lock that is "
            "complete cannot be lifted; a policy: aws glacier delete-vault-access-policy.",
            "アーカイブをすべて削除してから、ボールトを削除してください："
            "aws glacier initiate-job --account-id - --vault-name VAULT --region REGION "
            "--job-parameters Type=inventory-retrieval、aws glacier delete-archive、"
            "aws glacier delete-vault（完了したロックは解除できません。ポリシーは "
            "aws glacier delete-vault-access-policy で削除します）。",
        ),
        applies_to=("aws-account", "aws-region", "aws-region-abroad", "glacier-vault"),
        judge=vaults,
    ),
)
