"""RES-016, RES-020, RES-022: violated, kept, unreadable, absent, of another shape, and why.

Of what is modelled here moto answers all but the file shares of Storage Gateway, ListUsers of
Transfer Family (both 500), GetVaultLock, GetVaultAccessPolicy and ListRegions (404).
"""

from __future__ import annotations

import botocore.session
import pytest

from multistore.compliance.model import Copy
from multistore.compliance.vault_regions import VAULT_REGIONS
from tests.compliance.account_cases import CASES, FAIL, NA, PASS, UNKNOWN, delivered
from tests.compliance.account_world import (
    ABROAD,
    ACCOUNT,
    IN_ORDER,
    REGION,
    STREAM,
    STREAM_ARN,
    THAILAND,
    VIRGINIA,
    WHOLE,
    organization,
    to,
)
from tests.compliance.bucket_answers import ABSENT
from tests.compliance.modelled import faults
from tests.compliance.worlds import GOOD, LOST, rule
from tests.servers.moto import AS_AWS

RULES = ("RES-016", "RES-020", "RES-022")
ROWS = [
    pytest.param(name, identity, changes, status, id=f"{name} {identity} {what}")
    for (name, identity), rows in CASES.items()
    for what, (changes, status) in rows.items()
]
RESTS = [pytest.param(*row, id=f"{row[0]} {row[1]} {row[3]}") for row in IN_ORDER.rests_on(RULES)]


@pytest.mark.parametrize(("name", "identity"), list(IN_ORDER.judged_by(RULES)))
def test_what_is_in_order_breaks_no_rule(name, identity):
    assert IN_ORDER.statuses(name, identity) <= GOOD
    assert IN_ORDER.statuses(name, identity)


@pytest.mark.parametrize(("name", "identity", "changes", "status"), ROWS)
def test_a_change_is_judged(name, identity, changes, status):
    found = IN_ORDER.but(changes).findings(name, identity)
    assert {finding.status for finding in found} == {status}
    for finding in found:
        assert finding.text.en
        assert finding.text.ja
        assert status is not FAIL or finding.remedy
        if status is UNKNOWN and "not known where" in finding.text.en:
            assert "lead it to Japan" in finding.remedy.en, "no permission is missing"


@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize(("name", "identity", "whose", "call"), RESTS)
def test_an_answer_that_is_lost_is_unknown_and_no_pass(name, identity, whose, call, how):
    value, why = LOST[how]
    assert UNKNOWN in IN_ORDER.but({whose: {call: value}}).statuses(name, identity, why)


@pytest.mark.parametrize(("name", "identity", "whose", "call"), RESTS)
def test_an_answer_of_another_shape_is_no_pass(name, identity, whose, call):
    for value in ({"Unheard": "of"}, dict.fromkeys(["Policies", "Users", "Policy"], 1)):
        found = IN_ORDER.but({whose: {call: value}}).statuses(name, identity)
        assert not found & GOOD


def _modelled():
    worlds = [IN_ORDER.answers]
    worlds += [changes for rows in CASES.values() for changes, _ in rows.values()]
    for told in worlds:
        for calls in told.values():
            for call, value in calls.items():
                if value is not ABSENT and ":" in call:
                    yield call, value


def test_no_answer_has_a_field_that_its_service_does_not_know():
    odd = {fault for call, value in _modelled() for fault in faults(call, value)}
    assert odd == set()
    assert faults("glacier:ListVaults", {"VaultList": [{"Invented": 1}]})
    targets = {"StorageGateway_20130630.": "storagegateway:", "/l": "account:L"}
    for asked, value in AS_AWS.items():
        call = next(asked.replace(old, new) for old, new in targets.items() if old in asked)
        assert faults(call, value) == []


def test_without_account_the_regions_abroad_are_not_asked_and_it_says_so():
    (finding,) = IN_ORDER.but(account=False).findings("RES-020", WHOLE)
    assert finding.status is NA
    assert "--account" in finding.text.en


def test_the_regions_of_glacier_are_those_that_the_sdk_knows():
    assert set(botocore.session.get_session().get_available_regions("glacier")) == VAULT_REGIONS


def test_a_region_without_vaults_is_not_asked_for_them():
    assert IN_ORDER.statuses("RES-020", THAILAND) == {NA}


@pytest.mark.parametrize("identity", [REGION, VIRGINIA])
def test_a_customer_without_any_vault_is_told_so_by_the_service(identity):
    lost = IN_ORDER.but({identity: {"glacier:ListVaults": None}})
    assert lost.statuses("RES-020", identity, "NoLongerSupportedException") == {PASS}


def test_a_stream_that_a_rule_of_events_leads_to_is_judged():
    copy = Copy("rule", STREAM_ARN, "event", "ap-northeast-1", in_japan=True)
    abroad = delivered(ExtendedS3=to(ABROAD))
    assert IN_ORDER.but(abroad, copies=(copy,)).statuses("RES-016", STREAM) == {FAIL}


CALLS = ("ListPolicies", "DescribePolicy", "ListTargetsForPolicy")
DENIED = {f"organizations:{call}": None for call in CALLS}


@pytest.mark.parametrize(
    ("changes", "why", "status"),
    [
        pytest.param(
            {"organizations:DescribeOrganization": None},
            "AWSOrganizationsNotInUseException",
            NA,
            id="in no organisation",
        ),
        pytest.param(
            {**DENIED, "organizations:DescribeOrganization": organization("999988887777")},
            "AccessDeniedException",
            NA,
            id="a member",
        ),
        pytest.param(DENIED, "AccessDeniedException", UNKNOWN, id="the head, without the right"),
        pytest.param(
            {**DENIED, "organizations:DescribeOrganization": organization("999988887777")},
            "TooManyRequestsException",
            UNKNOWN,
            id="a member, and nobody answered",
        ),
        pytest.param(
            {**DENIED, "organizations:DescribeOrganization": None},
            "AccessDeniedException",
            UNKNOWN,
            id="nobody says whose account it is",
        ),
        pytest.param(
            {"organizations:DescribeOrganization": organization("999988887777")},
            "",
            PASS,
            id="a member to whom it was delegated",
        ),
    ],
)
def test_only_whoever_may_read_the_policies_judges_them(changes, why, status):
    (finding,) = IN_ORDER.but({WHOLE: changes}).findings("RES-022", WHOLE, why)
    assert finding.status is status


def test_a_pass_says_that_the_management_account_is_not_bound():
    (finding,) = IN_ORDER.findings("RES-022", WHOLE)
    assert finding.status is PASS
    assert "but the management account" in finding.text.en
    assert "管理アカウント" in finding.text.ja
    assert ACCOUNT not in finding.text.en


def test_every_rule_says_what_it_needs_in_both_languages():
    for name in RULES:
        one = rule(name)
        assert {call.partition(":")[2] for call in one.reads} <= {
            action.partition(":")[2].strip(";")
            for action in one.permission.replace(",", " ").split()
        }
        for words in (one.title, one.cost, one.remedy):
            assert words.en
            assert words.ja
