"""Maximum-weight matching of a general graph, exactly and with a certificate; integers only."""
