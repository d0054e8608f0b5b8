"""``python -m tangraph`` is the ``tangraph`` command."""

import sys

from tangraph.cli import main

sys.exit(main())
