"""The written report on a recording: one HTML file that opens anywhere, without a network."""
