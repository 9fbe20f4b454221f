"""The design-space study: spaces, samples, short training, comparison."""
