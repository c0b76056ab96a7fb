"""Arrays in, arrays out: clustering, Sinkhorn, neighbours, matching and scores."""
