"""From a query to an answer: evidence, ranking, confidence, and the ways to ask."""
