"""What the SDKs' own loggers would tell at DEBUG, and must not.

*Measured with botocore 1.43*: at DEBUG it writes the session token and the signature of each
request, the secret key and token that STS gave, and the plaintext of the keys that KMS gave; what
the metadata service of a machine or a container answered, where it cannot make use of it.
(azure-core is given a logger of its own, which is silent; obstore logs nothing.)
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

LOGGERS = (
    "botocore.auth",
    "botocore.credentials",
    "botocore.endpoint",
    "botocore.parsers",
    "botocore.utils",
)


class _Withholding(logging.Filter):
    """Lets a record say what it is about, with its numbers, and nothing else of it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = None  # an error of theirs repeats what was answered
        if record.levelno > logging.DEBUG or not record.args:
            return True
        if isinstance(record.args, Mapping):
            record.msg, record.args = f"{record.msg} (withheld)", ()
        else:
            record.args = tuple(
                arg if isinstance(arg, int | float) else "(withheld)" for arg in record.args
            )
        return True


_withholding = _Withholding()


def withhold_secrets() -> None:
    """Filter those loggers of this process, whoever logs there. Before a client is made."""
    for name in LOGGERS:
        # A filter that is there already is not added again.
        logging.getLogger(name).addFilter(_withholding)
