"""The rules themselves, for people: all of them, one of them, and the table of the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance.model import Text
from multistore.compliance.report.words import SEVERITIES, WHITE_PAPER, family

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from multistore.compliance.model import Language, Rule

READS = Text("reads", "読み取り")
NEEDS = Text("needs", "必要な権限")
GATE = Text("also asked before the first byte", "開く前の判定にも使用")


def listed(rules: Sequence[Rule], language: Language) -> str:
    """Give each rule in two lines, in the order of their ids."""
    lines: list[str] = []
    for rule in sorted(rules, key=lambda rule: rule.id):
        severity = SEVERITIES[rule.severity].say(language)
        lines.append(f"{rule.id}  {severity}  {rule.title.say(language)}")
        read, needed = READS.say(language), NEEDS.say(language)
        facts = [
            f"{read} {', '.join(rule.reads) or '-'}",
            f"{needed} {rule.permission or '-'}",
            ", ".join((*rule.whitepaper, *rule.controls)) or "-",
            *([GATE.say(language)] if rule.gate else []),
        ]
        lines.append(f"         {'; '.join(facts)}")
    lines.append(f"全 {len(rules)} 規則" if language == "ja" else f"{len(rules)} rules")
    return "\n".join(lines) + "\n"


def explained(rule: Rule, language: Language) -> str:
    """Tell all about one rule."""
    japanese = language == "ja"
    facts = [
        ("重要度" if japanese else "severity", SEVERITIES[rule.severity].say(language)),
        ("分野" if japanese else "subject", family(rule.family).say(language)),
        ("対象" if japanese else "asked of", ", ".join(rule.applies_to)),
        ("読み取り" if japanese else "reads", ", ".join(rule.reads) or "-"),
        ("必要な権限" if japanese else "permission", rule.permission or "-"),
        (
            "ホワイトペーパー" if japanese else "white paper",
            ", ".join(f"{name} {WHITE_PAPER[name].say(language)}" for name in rule.whitepaper)
            or "-",
        ),
        ("管理策" if japanese else "controls", ", ".join(rule.controls) or "-"),
        ("放置した場合の影響" if japanese else "why it matters", rule.cost.say(language) or "-"),
        ("対応" if japanese else "what to do", rule.remedy.say(language) or "-"),
    ]
    if rule.gate:
        facts.append(("開く前" if japanese else "gate", GATE.say(language)))
    lines = [f"{rule.id}  {rule.title.say(language)}"]
    lines += [f"  {name}: {value}" for name, value in facts]
    return "\n".join(lines) + "\n"


def table(rules: Iterable[Rule]) -> str:
    """Give the table of the reference page, in Markdown."""
    lines = [
        "| rule | severity | question | reads | permission | white paper | controls | gate |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for rule in sorted(rules, key=lambda rule: rule.id):
        cells = (
            rule.id,
            rule.severity.value,
            rule.title.en,
            ", ".join(f"`{call}`" for call in rule.reads),
            rule.permission,
            ", ".join(rule.whitepaper),
            ", ".join(rule.controls),
            "too" if rule.gate else "-",
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") or "-" for cell in cells) + " |")
    return "\n".join(lines) + "\n"
