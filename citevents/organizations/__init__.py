"""Organizations: how an installation gets its first one, and further ones."""
