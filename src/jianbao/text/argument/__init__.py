"""The argument of a brief: judgement, findings, gaps and measures, declared by id and checked."""
