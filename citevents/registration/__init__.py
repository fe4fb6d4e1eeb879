"""Registration: what one buyer pays for, who has a place by it, their tickets, and who is there."""
