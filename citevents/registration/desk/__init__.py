"""The desk: orders, their figures, arrivals."""
