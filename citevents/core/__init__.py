"""The foundation. It knows no slice."""
