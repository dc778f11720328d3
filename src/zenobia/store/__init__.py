"""What is remembered: every session, event, request, file and answer, each change in one transaction."""
