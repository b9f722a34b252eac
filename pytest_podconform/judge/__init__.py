"""From a timeline to a verdict: pure, without a clock and without IO; suites use `vocabulary` only."""
