"""Parts that pages are built of: pure rendering."""
