"""An order by its link: check, pay, tickets, cancel."""
