"""Why a verdict is what it is: one reason per rule that spoke, in Japanese and English."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from multistore.errors import InvalidArgumentError, ResidencyError
from multistore.residency.texts import HEADLINES, TEXTS
from multistore.values import EMPTY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Language = Literal["ja", "en"]
LANGUAGES: tuple[Language, ...] = ("ja", "en")


class Strength(StrEnum):
    """What an admission rests on. ``rank`` orders them, the strongest first."""

    SERVICE = "service"
    TABLE = "table"
    NETWORK = "network"
    CLAIM = "claim"
    MACHINE = "machine"

    @property
    def rank(self) -> int:
        """Give 0 for the strongest."""
        return list(Strength).index(self)

    def say(self, language: Language) -> str:
        """Say what this strength means, and what it does not."""
        return HEADLINES[self.value].say(language)


class Effect(StrEnum):
    """What a reason does to the verdict.

    ``REFUSED`` decides alone. ``UNKNOWN`` blocks whatever else is known. ``MISSING`` says
    which evidence would have admitted; it blocks only where nothing else admits. ``NOTED``
    changes nothing. ``ADMITTED`` is a piece of evidence for Japan.
    """

    REFUSED = "refused"
    UNKNOWN = "unknown"
    MISSING = "missing"
    NOTED = "noted"
    ADMITTED = "admitted"


@dataclass(frozen=True, slots=True)
class Reason:
    """What one rule found.

    Attributes:
        rule: its id, such as RES-001; ``multistore.residency.rules`` says how severe it is.
        effect: what it does to the verdict.
        text: which sentence of ``multistore.residency.texts``.
        values: what goes into that sentence; no secret is among them.
        strength: of an ADMITTED reason, what it rests on.
    """

    rule: str
    effect: Effect
    text: str
    values: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    strength: Strength | None = None

    def __post_init__(self) -> None:
        """Hold a reason to an admission with its strength, and to a sentence that exists."""
        if (self.effect is Effect.ADMITTED) != (self.strength is not None):
            raise InvalidArgumentError(f"{self.rule}: an admission, and only one, has a strength")
        if self.text not in TEXTS:
            raise InvalidArgumentError(f"{self.rule}: there is no sentence {self.text!r}")
        try:
            for language in LANGUAGES:
                self.say(language)
                self.advise(language)
        except KeyError as error:
            raise InvalidArgumentError(f"{self.rule}: {self.text!r} lacks {error}") from None

    def say(self, language: Language) -> str:
        """Say what was found, in one sentence, with the rule's id before it."""
        return f"[{self.rule}] {self._filled(TEXTS[self.text].say(language), language)}"

    def advise(self, language: Language) -> str:
        """Say what to do next; empty where there is nothing to do."""
        return self._filled(TEXTS[self.text].advise(language), language)

    def _filled(self, sentence: str, language: Language) -> str:
        chosen = {
            name.removesuffix(f"_{language}"): value
            for name, value in self.values.items()
            if not name.endswith(("_ja", "_en")) or name.endswith(f"_{language}")
        }
        return sentence.format_map(chosen)

    def to_json(self) -> dict[str, Any]:
        """Give the record of this reason."""
        return {
            "rule": self.rule,
            "effect": self.effect.value,
            "text": self.text,
            "values": dict(self.values),
            **({"strength": self.strength.value} if self.strength else {}),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Reason:
        """Read the record of a reason.

        Raises:
            InvalidArgumentError: it is not one.
        """
        try:
            strength = raw.get("strength")
            return cls(
                rule=str(raw["rule"]),
                effect=Effect(raw["effect"]),
                text=str(raw["text"]),
                values={str(name): str(value) for name, value in raw["values"].items()},
                strength=Strength(strength) if strength is not None else None,
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            if isinstance(error, InvalidArgumentError):
                raise
            raise InvalidArgumentError(f"this is not the record of a reason: {error}") from None


def refusal(reasons: Iterable[Reason], **where: Any) -> ResidencyError:
    """Make the error that carries these reasons; the first one's advice becomes its hint."""
    given = tuple(reasons)
    return ResidencyError(
        " ".join(reason.say("en") for reason in given).removesuffix(".")
        or "nothing shows where the bytes would lie",
        reasons=given,
        code=given[0].rule if given else "CAP-005",
        hint=next((advice for reason in given if (advice := reason.advise("en"))), None),
        **where,
    )
