"""Security tests at their full numbers, which take too long to go with every change.

    python -m tests.security.at_length [crowd | frames | uploads | sessions | bombs ...] [--keep]

Each attacks a server of its own while a bystander works there, says what it measured, and fails at the first thing
that is not so. With `--keep` what came of it is written into `docs/concepts/security.md`.
"""
