"""A small world of resources and answers, for tests to bend; and what the rules say of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from multistore import config
from multistore.compliance.judging import judged
from multistore.compliance.model import FELL_THROUGH, Resource, Status
from multistore.compliance.rules import all_rules
from multistore.compliance.view import Seen, View
from tests.compliance.bucket_answers import ABSENT, NOW, answer

GOOD = {Status.PASS, Status.NA, Status.ATTESTED}
NEVER = object()
"""A call that was never made."""


def rule(name):
    return next(each for each in all_rules() if each.id == name)


def settings(stores, collections=None):
    first = next(iter(stores))
    raw = {
        "vault": {"ledger": "sqlite://", "keys": "local:keys"},
        "stores": stores,
        "collections": collections or {"video": {"store": first}},
    }
    return config.parse(raw, base=Path())


def resource(identity, kind, name=None, **more):
    fields = {"provider": "aws", "role": "account", "via": "tokyo", **more}
    return Resource(identity, kind, name or identity, **fields)


class World:
    """Resources and what each was asked, by id and call."""

    def __init__(self, configured, resources, answers, **more):
        self.settings = configured
        self.resources = {each.id: each for each in resources}
        self.answers = answers
        self.more = more

    def but(self, changes=None, resources=(), **more):
        """Return the same world with other answers, and further or other resources."""
        answers = {identity: dict(told) for identity, told in self.answers.items()}
        for identity, told in (changes or {}).items():
            answers.setdefault(identity, {}).update(told)
        known = {**self.resources, **{each.id: each for each in resources}}
        return World(self.settings, known.values(), answers, **{**self.more, **more})

    def seen(self, why="AccessDenied"):
        answers = {
            (identity, call): answer(call, identity, value, why)
            for identity, told in self.answers.items()
            for call, value in told.items()
            if value is not NEVER
        }
        return Seen(
            settings=self.settings,
            now=self.more.get("now", NOW),
            resources=self.resources,
            answers=answers,
            **{name: value for name, value in self.more.items() if name != "now"},
        )

    def findings(self, name, identity, why="AccessDenied"):
        """Return what one rule says of one resource."""
        every = judged(self.seen(why), [rule(name)])
        return [finding for finding in every if finding.resource.id == identity]

    def statuses(self, name, identity, why="AccessDenied"):
        return {finding.status for finding in self.findings(name, identity, why)}

    def judged_by(self, names):
        """Give every pair of a rule and a resource that it applies to."""
        for name in names:
            for each in self.resources.values():
                if each.kind in rule(name).applies_to and each.role != "target":
                    yield name, each.id

    def rests_on(self, names):
        """Give every answer that a rule asks for in this world: rule, resource, whose, call."""
        seen = self.seen()
        for name, identity in self.judged_by(names):
            view = View(seen, self.resources[identity])
            list(rule(name).judge(view))
            for asked in dict.fromkeys((a.resource, a.call) for a in view.asked):
                if asked in seen.answers:
                    yield name, identity, *asked


LOST = {
    "unreadable": (None, "AccessDenied"),
    "fallen through": (None, FELL_THROUGH),
    "never asked": (NEVER, ""),
}
"""How an answer may be lost: what a test puts in its place, and why."""


def labelled(*rows):
    return [(*row[1:], row[0]) for row in rows]


__all__ = ["ABSENT", "GOOD", "LOST", "NEVER", "World", "replace", "resource", "rule", "settings"]
