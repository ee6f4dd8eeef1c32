"""The command line: python -m proctor_app serve | create-admin | set-role | analyze."""

import sys

from proctor_app.cli import main

sys.exit(main(sys.argv[1:]))
