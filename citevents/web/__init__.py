"""How a page is made: its parts, icons, charts and maps, forms, and what every answer has in common. It knows no slice."""
