"""The playbook language: how a prompt becomes steps, and what is said when it does not."""
