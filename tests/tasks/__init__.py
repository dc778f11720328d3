"""Jobs on the web, each with an end that can be checked: by a script here, by a real model with `make eval`."""
