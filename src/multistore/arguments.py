"""What is said where an argument is of a type that can never work. Pure.

The type is named and never the value: with two arguments in the wrong order it may be plaintext.
"""

from __future__ import annotations

from operator import index

from multistore.errors import InvalidArgumentError


def wrong_kind(what: str, given: object, wanted: str, *, hint: str) -> InvalidArgumentError:
    """Make the error for an argument of another type than it can have.

    Args:
        what: which argument, with its article: ``the address``.
        given: what came instead of it.
        wanted: what it may be.
        hint: how to write it.
    """
    kind = f"the class {given.__name__}" if isinstance(given, type) else type(given).__name__
    return InvalidArgumentError(f"{what} was given as {kind}; it is {wanted}", hint=hint)


def optional_text(what: str, given: object) -> None:
    """Refuse what is neither text nor None.

    Raises:
        InvalidArgumentError: it is of another type.
    """
    if given is not None and not isinstance(given, str):
        raise wrong_kind(what, given, "text (a str)", hint="Leave it out, or give a str.")


def must_be_a_pin(given: object) -> None:
    """Refuse what can pin no object.

    Raises:
        InvalidArgumentError: it is not bytes.
    """
    if not isinstance(given, bytes | bytearray | memoryview):
        raise wrong_kind(
            "the pin",
            given,
            "bytes",
            hint="Give the header_tag of an ObjectInfo; bytes.fromhex(…) reads one from JSON.",
        )


def optional_callable(what: str, given: object) -> None:
    """Refuse what would fail at its first call, half-way.

    Raises:
        InvalidArgumentError: it is neither None nor callable.
    """
    if given is not None and not callable(given):
        raise wrong_kind(what, given, "a function", hint="Give its name, without ().")


def whole_numbers(what: str, *given: object) -> None:
    """Refuse what is no whole number; one of numpy's is one.

    Raises:
        InvalidArgumentError: one is not.
    """
    for number in given:
        try:
            index(number)  # type: ignore[arg-type]  # which is the question
        except TypeError:
            raise wrong_kind(
                f"a bound of {what}",
                number,
                "a whole number of bytes",
                hint="Write Span(0, 5), From(100) or Last(500).",
            ) from None
