"""What is said: the words, shapes and rules of the wire, with no input or output of their own."""
