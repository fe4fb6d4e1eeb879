"""Operations: health, metrics, invariants (`flask check`)."""
