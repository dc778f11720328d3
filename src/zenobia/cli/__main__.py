"""`python -m zenobia.cli` is `zenobia`."""

from zenobia.cli import main

main()
