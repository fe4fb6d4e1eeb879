"""Registration: orders, places, holds, tickets, check-in."""
