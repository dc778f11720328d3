"""`python -m zenobia`, the same as `zenobia`."""

from zenobia.cli import main

main()
