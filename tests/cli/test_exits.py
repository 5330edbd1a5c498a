"""Every error of the tree ends the command with the code that the reference promises."""

import inspect

import pytest

from multistore import errors
from multistore.cli.exits import Code, code_of

EXPECTED = {
    "MultistoreError": 1,
    "NotFoundError": 1,
    "AlreadyExistsError": 1,
    "PreconditionFailedError": 1,
    "AccessDeniedError": 1,
    "UnauthenticatedError": 1,
    "ConflictError": 1,
    "RetainedError": 1,
    "VetoedError": 1,
    "UnsupportedError": 1,
    "InvalidArgumentError": 2,
    "ConfigurationError": 2,
    "ClosedError": 2,
    "ResidencyError": 3,
    "IntegrityError": 5,
    "FormatError": 5,
    "TruncatedError": 5,
    "LengthError": 5,
    "TamperedError": 5,
    "NameMismatchError": 5,
    "ScopeMismatchError": 5,
    "ForkedProcessError": 1,
    "KeyUnavailableError": 4,
    "KeyDestroyedError": 4,
    "TenantSuspendedError": 4,
    "ErasureError": 1,
    "UnavailableError": 6,
}

CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, errors.MultistoreError)
}


def test_no_error_of_the_tree_is_without_an_expected_code():
    assert set(CLASSES) == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_code_of_each_error(name):
    assert code_of(CLASSES[name]("x")) == EXPECTED[name]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyboardInterrupt(), Code.INTERRUPTED),
        (OSError(28, "No space left on device"), Code.FAILED),
        (RuntimeError("a fault"), Code.FAILED),
    ],
)
def test_the_code_of_what_is_not_ours(error, code):
    assert code_of(error) == code


def test_the_codes_are_the_documented_numbers():
    assert {code.name: code.value for code in Code} == {
        "OK": 0,
        "FAILED": 1,
        "USAGE": 2,
        "RESIDENCY": 3,
        "KEYS": 4,
        "INTEGRITY": 5,
        "UNAVAILABLE": 6,
        "OVERDUE": 7,
        "PENDING": 8,
        "INTERRUPTED": 130,
        "READER_GONE": 141,
        "TERMINATED": 143,
    }
