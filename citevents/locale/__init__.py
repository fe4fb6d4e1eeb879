"""Languages, countries, zones and the rules of their clocks. It stands under everything, and knows nothing of it."""
