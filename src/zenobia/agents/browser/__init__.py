"""The agent that a language model drives: it reads the page, decides, and acts within limits under a person's eye."""
