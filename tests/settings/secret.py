"""A secret that is long enough to be believed."""

SECRET = "8f1c0d7be2a94f35a6c8d01b7e42f9635c0a1d8e7b6f4a2930c5d1e8f7a6b4c2"
