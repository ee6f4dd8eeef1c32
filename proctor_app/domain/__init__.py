"""The words and laws of proctoring: no input, no output, no framework."""
