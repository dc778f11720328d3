"""What decides: agents choose the next action and never touch the browser except through their turn."""
