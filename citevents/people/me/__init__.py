"""A person's own pages: settings, passkeys, and everything kept of them."""
