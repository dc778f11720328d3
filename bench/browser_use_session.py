"""A browser of browser-use, as both of the scripts start it that run where that library is installed."""

import os
from importlib import import_module
from typing import Any

os.environ |= {"ANONYMIZED_TELEMETRY": "false", "BROWSER_USE_LOGGING_LEVEL": "result"}

library: Any = import_module("browser_use")  # it reads those when it is loaded


def session(browser: str) -> Any:
    """A session that is still to be started, with the browser at this path."""
    profile = library.BrowserProfile(
        headless=True,
        executable_path=browser,
        user_data_dir=None,
        chromium_sandbox=os.getuid() != 0,
        enable_default_extensions=False,
        viewport={"width": 1280, "height": 800},
    )
    return library.BrowserSession(browser_profile=profile)
