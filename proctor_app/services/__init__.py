"""Use cases: they authorise, own the transactions and speak the domain's words."""
