"""The service beside what people use otherwise: same texts, weights, client and run."""
