"""RES-022: what the organisation forbids, so that the next thing is not made abroad."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multistore.compliance.answers import MalformedError, entries, text
from multistore.compliance.judgements import failed, not_asked, passed
from multistore.compliance.model import Rule, Severity, Text
from multistore.compliance.policies import statements
from multistore.compliance.reading import listed, word
from multistore.compliance.region_denials import denials

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_ORGANIZATION = "organizations:DescribeOrganization"
_LIST = "organizations:ListPolicies"
_POLICY = "organizations:DescribePolicy"
_TARGETS = "organizations:ListTargetsForPolicy"
_NO_ORGANIZATION = "AWSOrganizationsNotInUseException"
_DENIED = "AccessDeniedException"


def region_denied(view: View) -> Iterable[Judgement]:
    """RES-022: a policy at the organisation's root denies what is not in Japan.

    Only the management account, and whom it delegates to, may read the policies.
    """
    organization = view.look(_ORGANIZATION)
    if organization is not None and organization.why == _NO_ORGANIZATION:
        return [
            not_asked(
                "The account is in no organisation.",
                "このアカウントは組織に属していません。",
                call=_ORGANIZATION,
            )
        ]
    management = word(view, _ORGANIZATION, "Organization", "MasterAccountId")
    told = view.look(_LIST)
    if told is not None and told.why == _DENIED and management != view.account():
        return [
            not_asked(
                f"This is a member account: the organisation's policies are shown to its "
                f"management account {management} only. Run the check there as well.",
                f"メンバーアカウントのため、組織のポリシーを参照できません。"
                f"管理アカウント（{management}）でも確認してください。",
                call=_LIST,
            )
        ]
    listed(view, _LIST, "Policies")
    return [_judged(view)]


def _judged(view: View) -> Judgement:
    gaps: list[Text] = []
    for policy in listed(view, _POLICY, "Policies"):
        name = text(policy, "Policy", "PolicySummary", "Name")
        found = list(denials(statements(text(policy, "Policy", "Content"))))
        if not found:
            continue
        unbound = list(_unbound(view, policy))
        for denial in found:
            against = [*denial.gaps, *unbound]
            if not against:
                return passed(
                    f"The policy {name} forbids {denial.what.en} outside Japan to every account "
                    "of the organisation but the management account, which no policy binds.",
                    f"ポリシー {name} が、組織の全アカウントに国外リージョンでの"
                    f"{denial.what.ja}を禁止しています（管理アカウントには適用されません）。",
                    call=_POLICY,
                )
            en = "; ".join(gap.en for gap in against)
            ja = "、".join(gap.ja for gap in against)
            gaps.append(Text(f"{name}: {en}.", f"{name}：{ja}。"))
    if not gaps:
        return failed(
            "No policy of the organisation denies anything by its region.",
            "リージョンを制限する組織のポリシーがありません。",
            call=_POLICY,
        )
    return failed(
        f"No policy of the organisation forbids every region abroad. "
        f"{' '.join(gap.en for gap in gaps)}",
        f"国外リージョンをすべて禁止する組織のポリシーがありません。{''.join(g.ja for g in gaps)}",
        call=_POLICY,
    )


def _unbound(view: View, policy: Mapping[str, Any]) -> Iterator[Text]:
    """Say whom a policy does not bind: it holds for what it is attached to, and below that."""
    number = text(policy, "Policy", "PolicySummary", "Id")
    for attached in listed(view, _TARGETS, "Policies"):
        if text(attached, "PolicyId") != number:
            continue
        targets = entries(attached, "Targets")
        if any(text(target, "Type") == "ROOT" for target in targets):
            return
        named = ", ".join(text(target, "TargetId") for target in targets)
        if named:
            yield Text(
                f"it is attached to {named} only, and not to the root",
                f"適用先が {named} のみで、ルートに適用されていません",
            )
        else:
            yield Text("it is attached to nothing", "どこにも適用されていません")
        return
    raise MalformedError("what a policy is attached to was not asked")


RULES = (
    Rule(
        id="RES-022",
        severity=Severity.INFO,
        title=Text(
            "A policy of the organisation forbids regions abroad",
            "組織のポリシーで国外リージョンを禁止していること",
        ),
        family="governance",
        reads=(_ORGANIZATION, _LIST, _POLICY, _TARGETS),
        permission="organizations:DescribeOrganization; organizations:ListPolicies, "
        "organizations:DescribePolicy, organizations:ListTargetsForPolicy in the management "
        "account",
        whitepaper=("WP-1",),
        controls=("ISO/IEC 27017 CLD.6.3.1",),
        cost=Text(
            "Nothing keeps the next bucket from being made abroad.",
            "次のバケットが国外に作られるのを防ぐものがありません。",
        ),
        remedy=Text(
            "At the root, attach a policy with one statement: Deny, NotAction of global services "
            "only, Resource *, StringNotEquals aws:RequestedRegion [ap-northeast-1, "
            "ap-northeast-3]. aws organizations create-policy --type SERVICE_CONTROL_POLICY "
            "--name japan-only --description Japan --content file://japan-only.json; "
            "aws organizations attach-policy --policy-id POLICY --target-id ROOT",
            "次の内容のポリシーをルートに適用してください（Deny、NotAction はグローバルサービス"
            "のみ、Resource は *、StringNotEquals で aws:RequestedRegion に ap-northeast-1 と "
            "ap-northeast-3）：aws organizations create-policy --type SERVICE_CONTROL_POLICY "
            "--name japan-only --description Japan --content file://japan-only.json、続けて "
            "aws organizations attach-policy --policy-id POLICY --target-id ROOT",
        ),
        applies_to=("aws-account",),
        judge=region_denied,
    ),
)
