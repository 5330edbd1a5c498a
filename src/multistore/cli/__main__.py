"""``python -m multistore.cli`` is the command ``multistore``."""

import sys

from multistore.cli import main

sys.exit(main())
