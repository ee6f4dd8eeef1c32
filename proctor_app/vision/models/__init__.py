"""Adapters around the models: each loads in its constructor, is stateless, and can be closed."""
