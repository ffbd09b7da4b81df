"""Speed and quality, measured; anyone can run them."""
