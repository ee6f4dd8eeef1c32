"""Set-up tooling of the project: no part of the product imports it."""
