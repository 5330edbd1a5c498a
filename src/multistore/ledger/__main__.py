"""``python -m multistore.ledger upgrade URL``: bring an older ledger to this version."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from multistore.errors import MultistoreError
from multistore.ledger import migrating
from multistore.ledger.address import parse
from multistore.ledger.ledger import Ledger, absent

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None, *, base: Path | None = None) -> None:
    """Upgrade a ledger in one transaction; a wrong argument ends with exit code 2."""
    parser = argparse.ArgumentParser(prog="python -m multistore.ledger", description=__doc__)
    parser.add_argument("verb", choices=["upgrade"])
    parser.add_argument("url", help="the ledger, as the configuration names it")
    arguments = parser.parse_args(argv)
    try:
        address = parse(arguments.url, base=base or Path())
        with closing(Ledger(address)) as ledger:
            if absent(ledger):
                parser.error(f"there is no ledger at {address}")
            with ledger.writing() as connection:
                migrating.upgrade(connection)
    except MultistoreError as error:
        parser.error(str(error))
    print(f"the ledger {address} is at {migrating.REVISION}")  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()
