"""How people come in: mailed links, passkeys, and the browsers in which they are signed in."""
