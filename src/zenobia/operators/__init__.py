"""What acts: hands and eyes in a browser, behind one promise."""
