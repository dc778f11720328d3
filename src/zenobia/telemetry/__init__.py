"""What can be learnt of a server from outside: numbers, traces, and whose line of the log is whose."""
