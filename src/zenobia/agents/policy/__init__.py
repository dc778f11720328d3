"""What agents may do: kinds of action read off the page, and rules about them that a person wrote."""
