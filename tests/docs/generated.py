"""What the pages on the check show of the code; ``python -m tests.docs.generated`` renews it."""

from __future__ import annotations

import json
import re

from multistore.compliance.opposites import OPPOSITES
from multistore.compliance.report import forms
from multistore.compliance.report.rule_list import table
from multistore.compliance.rules import all_rules
from tests.compliance.reports import TROUBLED
from tests.docs.blocks import ROOT

MARK = "<!-- what follows is generated: python -m tests.docs.generated -->\n"
ACTION = re.compile(r"\b([a-z0-9-]+:[A-Z][A-Za-z]+)")
# HEAD of an object, and what goes with the calls that rules name.
BESIDES = {"s3:GetObject", "s3:GetObjectVersion", "sts:GetCallerIdentity"}


def rules(page):
    """Return the reference with the table of the rules as they are now."""
    before, mark, _ = page.partition(MARK)
    assert mark, "the mark is gone"
    return f"{before}{mark}\n{table(all_rules())}"


def answers(page):
    """Return the concept page with the table of other scanners' demands."""
    before, mark, _ = page.partition(MARK)
    assert mark, "the mark is gone"
    lines = ["| demands | who | answer | held by |", "|---|---|---|---|"]
    for each in OPPOSITES:
        who = "; ".join(f"{scanner} `{'` `'.join(rules)}`" for scanner, rules in each.rules)
        answer = each.answer.en.replace("|", "\\|")
        lines.append(f"| {each.demands.en} | {who} | {answer} | {', '.join(each.ours)} |")
    return f"{before}{mark}\n" + "\n".join(lines) + "\n"


def actions():
    """Return every action of AWS that a rule needs."""
    named = {action for rule in all_rules() for action in ACTION.findall(rule.permission)}
    return sorted(BESIDES | {one for one in named if not one.startswith("azure:")})


def policy(page):
    """Return the how-to with the policy that grants what the rules need."""
    statement = {"Sid": "MultistoreCheck", "Effect": "Allow", "Action": actions(), "Resource": "*"}
    block = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)
    renewed, count = re.subn(r"```json\n.*?```", f"```json\n{block}\n```", page, flags=re.DOTALL)
    assert count == 1, "the policy is gone"
    return renewed


def example(_):
    """Return the example page of the reference."""
    return forms.rendered(TROUBLED, "html", "ja")


WRITTEN = {
    ROOT / "docs/reference/check.md": rules,
    ROOT / "docs/concepts/check.md": answers,
    ROOT / "docs/howto/ci.md": policy,
    ROOT / "docs/reference/example-check.html": example,
}

if __name__ == "__main__":
    for path, renewed in WRITTEN.items():
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
