"""Read and check the argument of a brief: judgement, findings, gaps and measures, declared by id."""
